package dev.candor.calibrators.language;

import static dev.candor.calibrators.language.Refusal.refuses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.candor.calibrators.language.UfCalibration.Chooser;
import dev.candor.calibrators.language.UfCalibration.Elicited;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Golden values of the formula in float64, by numpy 2.4.6. */
class UfCalibrationTest {

    private static final double GOLDEN_TOLERANCE = 1e-10;
    private static final double ROUNDING = 1e-12;
    private static final List<String> OPTIONS = List.of("red", "green", "blue", "grey");
    private static final String REPLACED = "All other options are wrong.";

    /** Takes the first text of its liking. */
    private static Chooser preferring(String... texts) {
        return options -> {
            for (String text : texts) {
                if (options.contains(text)) {
                    return options.indexOf(text);
                }
            }
            return -1;
        };
    }

    private static Chooser saying(int... answers) {
        Deque<Integer> left = new ArrayDeque<>(Arrays.stream(answers).boxed().toList());
        return options -> left.remove();
    }

    @Test
    void combinesUncertaintyAndFidelity() {
        Elicited elicited =
                UfCalibration.of()
                        .combine(
                                new double[] {.7, .2, .1, 0},
                                List.of(new int[] {0}, new int[] {0, 1}, new int[] {1, 0, 2}));
        assertThat(elicited.uncertainty()).isCloseTo(.578389824724, within(GOLDEN_TOLERANCE));
        assertThat(elicited.fidelity())
                .containsExactly(
                        new double[] {.8619047619, .1238095238, .0142857143, 0},
                        within(GOLDEN_TOLERANCE));
        assertThat(elicited.confidence())
                .containsExactly(
                        new double[] {.3633878177, .0521993550, .0060230025, 0},
                        within(GOLDEN_TOLERANCE));
        assertThat(elicited.answer()).isZero();
    }

    @Test
    void aModelThatAlwaysSaysTheSameAndStandsByItIsCertain() {
        Elicited elicited =
                UfCalibration.of().elicit(preferring("blue"), preferring(REPLACED), OPTIONS, 10);
        assertThat(elicited.uncertainty()).isZero();
        assertThat(elicited.confidence()).containsExactly(0, 0, 1, 0);
        assertThat(elicited.unparsed()).isZero();
    }

    @Test
    void aModelThatGivesWayKeepsLess() {
        Chooser chooser = preferring("green", "grey", REPLACED);
        assertThat(UfCalibration.of().chain(chooser, OPTIONS, 2).orElseThrow())
                .containsExactly(1, 3, 2);
        Elicited elicited = UfCalibration.of().elicit(preferring("blue"), chooser, OPTIONS, 2);
        assertThat(elicited.fidelity())
                .containsExactly(new double[] {0, 4 / 7., 1 / 7., 2 / 7.}, within(ROUNDING));
    }

    @Test
    void endsWhenNothingElseIsLeft() {
        Chooser stubborn = preferring("red", "green", "blue", "grey");
        assertThat(UfCalibration.of().chain(stubborn, OPTIONS, 3).orElseThrow())
                .containsExactly(0, 1, 2, 3);
    }

    @Test
    void countsAnswersThatCannotBeParsed() {
        Elicited elicited =
                UfCalibration.of().elicit(saying(0, -1, 0, 1), saying(0, -1), OPTIONS, 4);
        assertThat(elicited.unparsed()).isEqualTo(2);
        assertThat(elicited.fidelity())
                .containsExactly(new double[] {2 / 3., 0, 0, 0}, within(ROUNDING));
        refuses(
                () -> UfCalibration.of().elicit(saying(-1, -1), saying(), OPTIONS, 2),
                "none of 2 samples could be parsed");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void fidelitySharesOutWhatWasSampled(long seed) {
        Random random = new Random(seed);
        Chooser any = options -> random.nextInt(options.size());
        Elicited elicited = UfCalibration.of().elicit(any, any, OPTIONS, 10);
        assertThat(Arrays.stream(elicited.fidelity()).sum()).isCloseTo(1, within(ROUNDING));
        assertThat(elicited.uncertainty()).isBetween(0.0, 1.0);
    }

    @Test
    void refusesWhatDoesNotFit() {
        UfCalibration method = UfCalibration.of();
        double[] even = {.5, .5};
        refuses(() -> UfCalibration.uncertainty(.5, .6), "shares sums to 1.1, expected 1");
        refuses(
                () -> method.combine(even, List.of(new int[] {2})),
                "chains[0] holds 2, expected 0..1");
        refuses(
                () -> method.combine(even, List.of(new int[0])),
                "chains[0] is empty, expected at least one option");
        refuses(
                () -> method.combine(even, List.of(new int[] {1}, new int[] {0, 1})),
                "chains[1] ends with 1, as one before it does");
        refuses(
                () -> method.elicit(saying(0), saying(0), OPTIONS, 1),
                "samples = 1, expected at least 2");
        refuses(
                () -> method.elicit(saying(4), saying(0), OPTIONS, 2),
                "option 4 was chosen, expected 0..3");
        refuses(
                () -> UfCalibration.builder().optDecay(0),
                "decay = 0.0, expected a finite value > 0");
    }
}
