package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.training.loss.Loss;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BinnedVarianceGapLossTest extends LossContract {

    @Override
    Map<String, Loss> goldens() {
        return Map.of();
    }

    @Override
    Loss loss() {
        return BinnedVarianceGapLoss.of();
    }

    @Override
    boolean takesDistributions() {
        return true;
    }

    /** Values of torch 2.13. */
    @ParameterizedTest
    @CsvSource({"A, 0.2167352566", "B, 0.0053630933", "C, 0.1425865784"})
    void comparesTheVariancesInEachBin(String name, double expected) {
        GoldenLosses.Batch batch = GoldenLosses.INSTANCE.batches().get(name);
        assertThat(LossProbe.of(loss(), batch.logits(), batch.labels()).value())
                .isCloseTo(expected, within(FLOAT64_TOLERANCE));
    }

    /** Values of torch 2.13. */
    @Test
    void theGradientFlowsThroughConfidence() {
        GoldenLosses.Batch batch = GoldenLosses.INSTANCE.batches().get("A");
        assertThat(LossProbe.of(loss(), batch.logits(), batch.labels()).gradient())
                .containsExactly(
                        new double[] {
                            -0.0307622206, 0.0251504064, 0.0056118142, 0.0463732298,
                            -0.1030136206, 0.0566403908, -0.0051663056, -0.0104036618,
                            0.0155699674, 0.1282555068, -0.1084444860, -0.0198110209
                        },
                        within(FLOAT64_TOLERANCE));
    }

    @Test
    void refusesATemperatureThatIsNotPositive() {
        assertThatThrownBy(() -> BinnedVarianceGapLoss.builder().optTemperature(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("temperature = 0.0");
    }

    @Test
    void refusesNoBins() {
        assertThatThrownBy(() -> BinnedVarianceGapLoss.builder().optBins(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("bins = 0, expected at least 1");
    }
}
