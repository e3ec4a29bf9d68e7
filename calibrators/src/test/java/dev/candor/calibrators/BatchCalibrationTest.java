package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.candor.calibrators.FitSummary.Status;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Golden values of the formula in float64, by numpy 2.4.6. */
class BatchCalibrationTest extends CalibratorContract {

    private static final double GOLDEN_TOLERANCE = 1e-10;
    private static final double SLOPE_TOLERANCE = 1e-7;

    @Override
    Calibrator fit(NDArray logits, NDArray labels) {
        return BatchCalibration.fit(logits, labels);
    }

    @Override
    Calibrator other() {
        return BatchCalibration.of(new double[] {.1, .2, .3, .2, .2}, .5);
    }

    @Test
    void dividesByTheMeanOfTheBatch() {
        NDArray logits = array(new double[][] {{.7, .3}, {.6, .4}, {.8, .2}}).log();
        BatchCalibration calibrator = BatchCalibration.of(logits);
        assertThat(calibrator.mean()).containsExactly(new double[] {.7, .3}, within(ROUNDING));
        assertThat(calibrator.strength()).isEqualTo(1);
        assertThat(calibrator.apply(logits).softmax(1).toDoubleArray())
                .containsExactly(
                        new double[] {.5, .5, .3913043478, .6086956522, .6315789474, .3684210526},
                        within(GOLDEN_TOLERANCE));
    }

    @Test
    void findsTheStrengthAtWhichTheLikelihoodHasNoSlope() {
        DataSets data = DataSets.b();
        BatchCalibration fitted = BatchCalibration.fit(logits(data), labels(data));
        assertThat(fitted.summary().status()).isEqualTo(Status.CONVERGED);
        double at = likelihood(data, fitted.mean(), fitted.strength());
        assertThat(fitted.summary().objectiveAfter()).isCloseTo(at, within(ROUNDING));
        double step = 1e-4;
        double above = likelihood(data, fitted.mean(), fitted.strength() + step);
        double below = likelihood(data, fitted.mean(), fitted.strength() - step);
        assertThat((above - below) / (2 * step)).isCloseTo(0, within(SLOPE_TOLERANCE));
        assertThat(at).isLessThan(Math.min(above, below));
    }

    private double likelihood(DataSets data, double[] mean, double strength) {
        NDArray calibrated = BatchCalibration.of(mean, strength).apply(logits(data));
        return data.likelihood(calibrated.logSoftmax(1).toDoubleArray());
    }

    @Test
    void leavesAnEvenBatchAlone() {
        double[][] even = {{2, 0}, {0, 2}};
        BatchCalibration fitted =
                BatchCalibration.fit(array(even), manager.create(new long[] {0, 1}));
        assertThat(fitted.summary().status()).isEqualTo(Status.DEGENERATE);
        assertThat(fitted.strength()).isZero();
    }

    @Test
    void staysWithinBoundsWhereTheLikelihoodHasNoOptimum() {
        double[][] rows = {{1, 0}, {3, 0}, {2, 0}};
        BatchCalibration fitted =
                BatchCalibration.fit(array(rows), manager.create(new long[] {0, 0, 0}));
        assertThat(fitted.strength()).isBetween(-5.0, -5 + 1e-6);
    }

    @Test
    void weightsCountAsRepetitions() {
        DataSets data = DataSets.random(20, 60, 3);
        double[] weights = new double[60];
        Arrays.setAll(weights, i -> i < 30 ? 1 : 0);
        BatchCalibration weighted =
                BatchCalibration.builder().fit(logits(data), labels(data), manager.create(weights));
        BatchCalibration half =
                BatchCalibration.fit(logits(data).get(":30"), labels(data).get(":30"));
        assertThat(weighted.strength()).isCloseTo(half.strength(), within(ROUNDING));
    }

    @Test
    void refusesABatchOfOne() {
        assertThatThrownBy(() -> BatchCalibration.of(manager.zeros(new Shape(1, 4))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("logits of a batch have shape (1, 4), expected 2 rows or more");
        assertThatThrownBy(() -> BatchCalibration.of(new double[] {.5, .5}, Double.NaN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("strength = NaN, expected a finite value");
    }
}
