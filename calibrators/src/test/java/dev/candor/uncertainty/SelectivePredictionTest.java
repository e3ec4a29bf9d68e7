package dev.candor.uncertainty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.OptionalDouble;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SelectivePredictionTest {

    private static final double ROUNDING = 1e-12;

    private static SelectivePrediction small() {
        return SelectivePrediction.of(
                new double[] {.6, .9, .7, .9, .5, .8},
                new boolean[] {false, true, false, true, true, true});
    }

    @Test
    void drawsTheCurveWithTiesTogether() {
        SelectivePrediction selective = small();
        assertThat(selective.thresholds()).containsExactly(.9, .8, .7, .6, .5);
        assertThat(selective.coverages())
                .containsExactly(
                        new double[] {2 / 6., 3 / 6., 4 / 6., 5 / 6., 1}, within(ROUNDING));
        assertThat(selective.risks())
                .containsExactly(new double[] {0, 0, 1 / 4., 2 / 5., 2 / 6.}, within(ROUNDING));
    }

    @Test
    void tellsCoverageAndAccuracyAtAnyThreshold() {
        SelectivePrediction selective = small();
        assertThat(selective.coverageAt(.75)).isEqualTo(.5);
        assertThat(selective.accuracyAt(.7)).isEqualTo(.75);
        assertThat(selective.coverageAt(.95)).isZero();
        assertThat(selective.accuracyAt(.95)).isNaN();
        assertThat(selective.coverageAt(Double.NEGATIVE_INFINITY)).isOne();
    }

    @Test
    void takesTheThresholdOfMostCoverage() {
        SelectivePrediction selective = small();
        assertThat(selective.threshold(1)).hasValue(.8);
        assertThat(selective.threshold(.75)).hasValue(.7);
        assertThat(selective.threshold(2 / 3.)).hasValue(.5);
        SelectivePrediction wrong =
                SelectivePrediction.of(new double[] {.9, .8}, new boolean[] {false, true});
        assertThat(wrong.threshold(.9)).isEmpty();
        assertThat(wrong.threshold(.5)).hasValue(.8);
    }

    /** Golden values: scipy 1.17.1, {@code beta.ppf(1 - delta, errors + 1, rows - errors)}. */
    @Test
    void reproducesTheGoldenBounds() {
        assertThat(SelectivePrediction.upperBound(0, 10, .05)).isCloseTo(BOUNDS[0], within(1e-9));
        assertThat(SelectivePrediction.upperBound(3, 50, .01)).isCloseTo(BOUNDS[1], within(1e-9));
        assertThat(SelectivePrediction.upperBound(120, 4000, .001))
                .isCloseTo(BOUNDS[2], within(1e-9));
        assertThat(SelectivePrediction.upperBound(7, 7, .1)).isOne();
    }

    private static final double[] BOUNDS = {0.258865550893, 0.187209256165, 0.039277223767};

    @Test
    void fewRowsPromiseNothing() {
        assertThat(small().guaranteedThreshold(.9, .05)).isEmpty();
    }

    @Test
    void aGuaranteeCostsCoverage() {
        SplittableRandom random = new SplittableRandom(3);
        SelectivePrediction selective = calibrated(random, 5000);
        double measured = selective.threshold(.9).orElseThrow();
        double guaranteed = selective.guaranteedThreshold(.9, .05).orElseThrow();
        assertThat(guaranteed).isGreaterThan(measured);
        assertThat(selective.coverageAt(guaranteed))
                .isGreaterThan(.5 * selective.coverageAt(measured));
    }

    /** The true accuracy above t is (1 + t) / 2. */
    @Test
    void aGuaranteeHoldsWhereAMeasuredAccuracyDoesNot() {
        SplittableRandom random = new SplittableRandom(8);
        int missedByMeasuring = 0;
        int missedByGuarantee = 0;
        int draws = 200;
        for (int draw = 0; draw < draws; draw++) {
            SelectivePrediction selective = calibrated(random, 500);
            missedByMeasuring += misses(selective.threshold(.9));
            missedByGuarantee += misses(selective.guaranteedThreshold(.9, .1));
        }
        assertThat(missedByMeasuring).isGreaterThan(draws / 4);
        assertThat(missedByGuarantee).isLessThan(draws / 10);
    }

    private static int misses(OptionalDouble threshold) {
        return threshold.isPresent() && (1 + threshold.getAsDouble()) / 2 < .9 ? 1 : 0;
    }

    /** Scores spread evenly, each the chance of being right. */
    private static SelectivePrediction calibrated(SplittableRandom random, int rows) {
        double[] scores = new double[rows];
        boolean[] correct = new boolean[rows];
        for (int row = 0; row < rows; row++) {
            scores[row] = random.nextDouble();
            correct[row] = random.nextDouble() < scores[row];
        }
        return SelectivePrediction.of(scores, correct);
    }

    @Test
    void refusesBadInput() {
        assertThatThrownBy(() -> SelectivePrediction.of(new double[0], new boolean[0]))
                .hasMessage("0 scores and 0 outcomes, expected as many of both, at least one");
        assertThatThrownBy(
                        () ->
                                SelectivePrediction.of(
                                        new double[] {1, Double.NaN}, new boolean[] {true, true}))
                .hasMessage("scores[1] = NaN, expected a finite value");
        assertThatThrownBy(() -> small().threshold(1.5))
                .hasMessage("accuracy = 1.5, expected 0.0..1.0");
        assertThatThrownBy(() -> small().guaranteedThreshold(.9, 0))
                .hasMessage("delta = 0.0, expected more than 0.0 and less than 1.0");
    }
}
