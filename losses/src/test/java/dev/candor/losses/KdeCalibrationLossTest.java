package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.training.loss.Loss;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KdeCalibrationLossTest extends LossContract {

    @Override
    Map<String, Loss> goldens() {
        return Map.of(
                "ECE-KDE canonical p=2 h=0.1",
                KdeCalibrationLoss.of(),
                "ECE-KDE canonical p=1 h=0.1",
                KdeCalibrationLoss.builder().optNorm(1).build());
    }

    @Override
    Loss loss() {
        return KdeCalibrationLoss.of();
    }

    @Override
    boolean takesDistributions() {
        return true;
    }

    /** Values of torch 2.13. */
    @Test
    void takesSoftLabels() {
        LossProbe probe = SoftLabels.probe(loss());
        assertThat(probe.value()).isCloseTo(0.2909598450, within(FLOAT64_TOLERANCE));
        assertThat(probe.gradient())
                .containsExactly(
                        new double[] {
                            0.0309798899, -0.0293358123, -0.0016440776, -0.0368824079,
                            0.0166141056, 0.0202683023, -0.0204844232, -0.0914281920,
                            0.1119126152, 0.0243847310, -0.0091950801, -0.0151896509
                        },
                        within(FLOAT64_TOLERANCE));
    }

    @Test
    void aLoneSampleHasNothingToCompareWith() {
        LossProbe probe = LossProbe.of(loss(), new double[][] {{1, 0, 2}}, new long[] {0});
        assertThat(probe.value()).isZero();
        assertThat(probe.gradient()).containsOnly(0);
    }

    /** Where each sum of the kernel underflows, the reference divides zero by its guard. */
    @Test
    void aNarrowKernelFindsTheNearestNeighbour() {
        double[][] logits = {{5, 0, 0}, {4.9, 0, 0}, {0, 5, 0}, {0, 4.9, 0}};
        LossProbe probe =
                LossProbe.of(KdeCalibrationLoss.of(1e-4), logits, new long[] {0, 0, 1, 1});
        double confidence = Math.exp(5) / (Math.exp(5) + 2);
        double other = Math.exp(4.9) / (Math.exp(4.9) + 2);
        double expected = (distance(confidence) + distance(other)) / 2;
        assertThat(probe.value()).isCloseTo(expected, within(FLOAT64_TOLERANCE));
    }

    private static double distance(double confidence) {
        double rest = (1 - confidence) / 2;
        return (1 - confidence) * (1 - confidence) + 2 * rest * rest;
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -0.1, Double.POSITIVE_INFINITY, Double.NaN})
    void refusesABandwidthThatIsNotPositive(double bandwidth) {
        assertThatThrownBy(() -> KdeCalibrationLoss.of(bandwidth))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("bandwidth = " + bandwidth);
    }

    @Test
    void refusesANormBelowOne() {
        assertThatThrownBy(() -> KdeCalibrationLoss.builder().optNorm(0.5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("norm = 0.5");
    }
}
