package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.candor.calibrators.SplineCalibration.RunOut;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SplineCalibrationTest extends ProbabilityContract {

    private static final double REFERENCE_TOLERANCE = 2e-9;

    @Override
    SplineCalibration fit(NDArray logits, NDArray labels) {
        return SplineCalibration.fit(logits, labels);
    }

    @Override
    boolean hasGradient() {
        return true;
    }

    @Override
    Calibrator other() {
        return fit(DataSets.random(99, 50, CLASSES));
    }

    /** Expected values: numpy 2.4.6 from the formula, at ranks 0, 50, 100, 150 and 199. */
    private static double[] golden(RunOut runOut) {
        switch (runOut) {
            case PARABOLIC:
                return new double[] {
                    .6558683640, .6714028957, .6419671877, .7553002208, .7119186830
                };
            case CUBIC:
                return new double[] {
                    .6942062410, .6648594030, .6471859472, .7539506616, .6847700559
                };
            default:
                return new double[] {
                    .5634723766, .6762094365, .6416814485, .7537740905, .7365556522
                };
        }
    }

    @ParameterizedTest
    @EnumSource(RunOut.class)
    void reproducesTheGoldenFitOfTwoHundredSamples(RunOut runOut) {
        NDArray logits = logits(DataSets.b());
        SplineCalibration calibrator =
                SplineCalibration.builder()
                        .optLaplaceSmoothing(false)
                        .optRunOut(runOut)
                        .fit(logits, labels(DataSets.b()));
        long[] order = logits.softmax(1).max(new int[] {1}).argSort(0).toLongArray();
        long[] top = logits.argMax(1).toLongArray();
        double[] calibrated = values(calibrator.apply(logits).exp());
        double[] found =
                Arrays.stream(new int[] {0, 50, 100, 150, 199})
                        .mapToDouble(
                                rank ->
                                        calibrated[
                                                (int) (order[rank] * 4 + top[(int) order[rank]])])
                        .toArray();
        assertThat(found).containsExactly(golden(runOut), within(REFERENCE_TOLERANCE));
    }

    @Test
    void theOtherClassesAreScaledByOneFactor() {
        DataSets data = DataSets.random(71, 300, 4);
        NDArray logits = logits(data);
        Calibrator calibrator =
                SplineCalibration.builder().optLaplaceSmoothing(false).fit(logits, labels(data));
        double[] before = values(logits.softmax(1));
        double[] after = values(calibrator.apply(logits).exp());
        for (int i = 0; i < 300; i++) {
            int top = DataSets.argMax(data.logits()[i]);
            double factor = (1 - after[i * 4 + top]) / (1 - before[i * 4 + top]);
            for (int k = 0; k < 4; k++) {
                if (k != top) {
                    assertThat(after[i * 4 + k])
                            .isCloseTo(before[i * 4 + k] * factor, within(ROUNDING));
                }
            }
        }
    }

    @Test
    void othersThatAreAllZeroShareEqually() {
        NDArray logits = manager.create(new double[] {1e4, 0, 0}, new Shape(1, 3));
        Calibrator calibrator =
                SplineCalibration.builder()
                        .optLaplaceSmoothing(false)
                        .fit(logits(DataSets.a()), labels(DataSets.a()));
        double[] calibrated = values(calibrator.apply(logits).exp());
        assertThat(calibrated[0]).isLessThan(1);
        assertThat(calibrated[1]).isEqualTo((1 - calibrated[0]) / 2, within(MASS_TOLERANCE));
        assertThat(calibrated[2]).isEqualTo(calibrated[1]);
    }

    @Test
    void refusesLessThanThreeKnots() {
        assertThatThrownBy(() -> SplineCalibration.builder().optKnots(2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("knots = 2, expected at least 3");
    }
}
