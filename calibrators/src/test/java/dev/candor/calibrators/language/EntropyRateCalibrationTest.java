package dev.candor.calibrators.language;

import static dev.candor.calibrators.language.Refusal.refuses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.candor.calibrators.FitSummary.Status;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EntropyRateCalibrationTest {

    private static final double ROUNDING = 1e-12;
    private static final double SLOPE_TOLERANCE = 1e-8;

    /** Places of which the next token is drawn from the model, tilted by 1.5. */
    private record Places(double[][] logits, double[][] lookAhead, int[] next) {

        static Places drawn(long seed, int size) {
            Random random = new Random(seed);
            Places places = new Places(new double[size][6], new double[size][6], new int[size]);
            for (int i = 0; i < size; i++) {
                Arrays.setAll(places.logits[i], k -> random.nextGaussian());
                Arrays.setAll(places.lookAhead[i], k -> 2 * random.nextDouble());
                double[] tilted = new double[6];
                for (int k = 0; k < 6; k++) {
                    tilted[k] = places.logits[i][k] - 1.5 * places.lookAhead[i][k];
                }
                double draw = random.nextDouble();
                double[] p = Distributions.softmax(tilted);
                while (places.next[i] < 5 && draw > p[places.next[i]]) {
                    draw -= p[places.next[i]++];
                }
            }
            return places;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void findsTheTiltOfTheTexts(long seed) {
        Places places = Places.drawn(seed, 2000);
        EntropyRateCalibration fitted =
                EntropyRateCalibration.fit(places.logits, places.lookAhead, places.next);
        assertThat(fitted.status()).isEqualTo(Status.CONVERGED);
        assertThat(fitted.strength()).isCloseTo(1.5, within(.2));
        assertThat(fitted.crossEntropyAfter()).isLessThan(fitted.crossEntropyBefore());
        // At the optimum the entropies ahead are as the texts have them, on average.
        double slope = 0;
        for (int i = 0; i < 2000; i++) {
            double[] log = fitted.apply(places.logits[i], places.lookAhead[i]);
            slope += places.lookAhead[i][places.next[i]];
            for (int k = 0; k < 6; k++) {
                slope -= Math.exp(log[k]) * places.lookAhead[i][k];
            }
        }
        assertThat(slope / 2000).isCloseTo(0, within(SLOPE_TOLERANCE));
    }

    @Test
    void withoutATiltNothingChangesButTheSmoothing() {
        double[] logits = {1, 0, -2};
        double[] lookAhead = {.3, .9, .1};
        assertThat(EntropyRateCalibration.of(0, 0).apply(logits, lookAhead))
                .containsExactly(Distributions.logSoftmax(logits), within(ROUNDING));
        double[] even = EntropyRateCalibration.of(0, 1).apply(logits, lookAhead);
        assertThat(even).containsExactly(Distributions.logSoftmax(0, 0, 0), within(ROUNDING));
    }

    @Test
    void favoursTokensAfterWhichLessIsOpen() {
        double[] log = EntropyRateCalibration.of(2).apply(new double[2], new double[] {.1, 1.1});
        assertThat(log[0] - log[1]).isCloseTo(2, within(1e-5));
    }

    @Test
    void looksOneTokenAhead() {
        double[][] table = {{.7, .2, .1}, {.1, .1, .8}, {.3, .3, .4}};
        double[] ahead =
                EntropyRateCalibration.lookAhead(new TableModel(table), new long[] {0}, 2, 1);
        assertThat(ahead)
                .containsExactly(
                        new double[] {
                            Distributions.entropy(table[2]), Distributions.entropy(table[1])
                        },
                        within(ROUNDING));
    }

    @Test
    void equalEntropiesTellNothing() {
        double[][] same = {{1, 1}, {1, 1}};
        EntropyRateCalibration fitted =
                EntropyRateCalibration.fit(new double[][] {{1, 2}, {0, 1}}, same, new int[] {0, 1});
        assertThat(fitted.status()).isEqualTo(Status.DEGENERATE);
        assertThat(fitted.strength()).isZero();
    }

    @Test
    void refusesWhatDoesNotFit() {
        double[][] one = {{1, 2}};
        double[][] two = {{1, 2}, {1, 2}};
        refuses(
                () -> EntropyRateCalibration.fit(one, one, new int[1]),
                "1 places, expected at least 2");
        refuses(
                () -> EntropyRateCalibration.fit(two, one, new int[2]),
                "logits of 2 places and entropies of 1 for 2 tokens");
        refuses(
                () -> EntropyRateCalibration.fit(two, two, new int[] {0, 2}),
                "next[1] = 2, expected 0..1");
        refuses(
                () -> EntropyRateCalibration.fit(two, new double[][] {{1, 2}, {1, -1}}, new int[2]),
                "lookAhead[1][1] = -1.0, expected a finite value >= 0");
        refuses(() -> EntropyRateCalibration.of(1, 2), "smoothing = 2.0, expected 0.0..1.0");
    }
}
