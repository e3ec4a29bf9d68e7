package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.training.loss.Loss;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SoftAvucLossTest extends LossContract {

    /** Shifts of 1e-5 in probabilities move the loss by about as much. */
    private static final double SMOOTHING_TOLERANCE = 3e-5;

    @Override
    Map<String, Loss> goldens() {
        return Map.of(
                "S-AvUC kappa=0.5 T=1",
                SoftAvucLoss.builder().optSmoothing(1e-5).build(),
                "S-AvUC kappa=0.3 T=0.1",
                SoftAvucLoss.builder()
                        .optThreshold(0.3)
                        .optTemperature(0.1)
                        .optSmoothing(1e-5)
                        .build());
    }

    @Override
    Loss loss() {
        return SoftAvucLoss.of();
    }

    @Override
    boolean takesDistributions() {
        return true;
    }

    /** Values of torch 2.13 with the exact entropy. */
    @ParameterizedTest
    @CsvSource({
        "A, 0.5, 1, 0.6618645333",
        "B, 0.5, 1, 0.4572977999",
        "C, 0.5, 1, 0.8875448751",
        "A, 0.3, 0.1, 0.6786183413",
        "B, 0.3, 0.1, 0.9000649136",
        "C, 0.3, 0.1, 1.0173758950"
    })
    void withoutSmoothingTheEntropyIsExact(
            String name, double threshold, double temperature, double expected) {
        GoldenLosses.Batch batch = GoldenLosses.INSTANCE.batches().get(name);
        Loss loss = SoftAvucLoss.of(threshold, temperature);
        double value = LossProbe.of(loss, batch.logits(), batch.labels()).value();
        assertThat(value).isCloseTo(expected, within(FLOAT64_TOLERANCE));
        Loss smoothed =
                SoftAvucLoss.builder()
                        .optThreshold(threshold)
                        .optTemperature(temperature)
                        .optSmoothing(1e-5)
                        .build();
        assertThat(LossProbe.of(smoothed, batch.logits(), batch.labels()).value())
                .isCloseTo(value, within(SMOOTHING_TOLERANCE));
    }

    @Test
    void aColdDegreeIsTheHardThresholdWithoutConfidences() {
        GoldenLosses.Batch batch = GoldenLosses.INSTANCE.batches().get("A");
        double[] weights = new double[2];
        for (int i = 0; i < 4; i++) {
            double entropy = entropy(batch.logits()[i]);
            boolean certain = entropy < 0.75 * Math.log(3);
            boolean right = i < 2;
            double tanh = Math.tanh(entropy);
            weights[right == certain ? 1 : 0] += certain ? 1 - tanh : tanh;
        }
        double cold =
                LossProbe.of(SoftAvucLoss.of(0.75, 1e-4), batch.logits(), batch.labels()).value();
        assertThat(cold).isCloseTo(Math.log1p(weights[0] / weights[1]), within(FLOAT64_TOLERANCE));
    }

    private static double entropy(double[] logits) {
        double sum = Arrays.stream(logits).map(Math::exp).sum();
        return Arrays.stream(logits).map(z -> Math.exp(z) / sum).map(p -> -p * Math.log(p)).sum();
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1, -0.5, 1.5, Double.NaN})
    void refusesAThresholdOutsideOfTheOpenUnitInterval(double threshold) {
        assertThatThrownBy(() -> SoftAvucLoss.of(threshold, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "threshold = " + threshold + ", expected more than 0.0 and less than 1.0");
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, Double.POSITIVE_INFINITY, Double.NaN})
    void refusesATemperatureThatIsNotPositive(double temperature) {
        assertThatThrownBy(() -> SoftAvucLoss.of(0.5, temperature))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("temperature = " + temperature);
    }
}
