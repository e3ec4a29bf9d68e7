package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.training.loss.Loss;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LogitNormLossTest extends LossContract {

    @Override
    Map<String, Loss> goldens() {
        return Map.of(
                "LogitNorm tau=0.04", LogitNormLoss.of(), "LogitNorm tau=1", LogitNormLoss.of(1));
    }

    @Override
    Loss loss() {
        return LogitNormLoss.of(1);
    }

    @Override
    boolean takesDistributions() {
        return true;
    }

    @Test
    void longerLogitsChangeNothing() {
        double[][] logits = LossProbe.randomLogits(3, 5, 4, 1);
        double[][] longer =
                Arrays.stream(logits)
                        .map(row -> Arrays.stream(row).map(z -> 50 * z).toArray())
                        .toArray(double[][]::new);
        long[] labels = LossProbe.randomLabels(4, 5, 4);
        assertThat(LossProbe.of(loss(), longer, labels).value())
                .isCloseTo(LossProbe.of(loss(), logits, labels).value(), within(1e-6));
    }

    @Test
    void neverFallsBelowItsBound() {
        double bound = Math.log(1 + 3 * Math.exp(-2));
        double[][] best = {{1000, 0, 0, 0}, {1, -1, -1, -1}};
        for (double[] row : best) {
            assertThat(LossProbe.of(loss(), new double[][] {row}, new long[] {0}).value())
                    .isGreaterThan(bound);
        }
    }

    @Test
    void theGradientAtZeroIsThatOfTheGuard() {
        LossProbe probe = LossProbe.of(loss(), new double[1][2], new long[] {0});
        double slope = 0.5 / (1e-6 + 1e-7);
        assertThat(probe.gradient()).containsExactly(new double[] {-slope, slope}, within(1e-6));
    }

    @Test
    void refusesATemperatureOfZero() {
        assertThatThrownBy(() -> LogitNormLoss.of(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("temperature = 0.0, expected a finite value > 0");
    }
}
