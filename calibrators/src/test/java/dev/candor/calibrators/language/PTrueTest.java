package dev.candor.calibrators.language;

import static dev.candor.calibrators.language.Refusal.refuses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.candor.calibrators.PlattScaling;
import java.util.List;
import org.junit.jupiter.api.Test;

class PTrueTest {

    private static final double ROUNDING = 1e-12;

    private final LanguageModel model =
            new TableModel(new double[][] {{.1, .6, .3}, {.5, .1, .4}, {.4, .5, .1}});

    @Test
    void weighsTrueAgainstFalseAlone() {
        PTrue judge = PTrue.of(model, 1, 2);
        assertThat(judge.confidence(0)).isCloseTo(2 / 3., within(ROUNDING));
        assertThat(judge.confidence(0, 1)).isCloseTo(.2, within(ROUNDING));
        assertThat(PTrue.of(Math.log(3), 0)).isCloseTo(.75, within(ROUNDING));
    }

    @Test
    void theOtherJudgementHasTheRest() {
        assertThat(PTrue.of(model, 2, 1).confidence(0)).isCloseTo(1 / 3., within(ROUNDING));
    }

    @Test
    void aTemperatureSoftens() {
        PTrue judge = PTrue.builder().setModel(model).setTokens(1, 2).optTemperature(2).build();
        double softened = 1 / (1 + Math.sqrt(.5));
        assertThat(judge.confidence(0)).isCloseTo(softened, within(ROUNDING));
    }

    @Test
    void givesLogitsThatPlattScalingTakes() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray logits =
                    PTrue.of(model, 1, 2)
                            .logits(
                                    manager,
                                    List.of(new long[] {0}, new long[] {1}, new long[] {2}));
            NDArray labels = manager.create(new long[] {1, 0, 1});
            PlattScaling scaling = PlattScaling.fit(logits, labels);
            assertThat(scaling.slope()).isPositive();
            assertThat(logits.softmax(1).get(":, 1").toDoubleArray())
                    .containsExactly(new double[] {2 / 3., .2, 5 / 6.}, within(ROUNDING));
        }
    }

    @Test
    void refusesWhatIsMissing() {
        refuses(() -> PTrue.builder().setTokens(1, 2).build(), "no model was set");
        refuses(
                () -> PTrue.builder().setModel(model).build(),
                "tokens -1 and -1, expected those of True and False");
        refuses(() -> PTrue.of(model, 1, 1), "options[1] = 1, the same as options[0]");
        refuses(() -> PTrue.of(Double.NaN, 1), "logits NaN and 1.0, expected finite values");
        refuses(
                () -> PTrue.builder().optTemperature(0),
                "temperature = 0.0, expected a finite value > 0");
    }
}
