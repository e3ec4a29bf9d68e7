package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.training.loss.Loss;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BrierLossTest extends LossContract {

    @Override
    Map<String, Loss> goldens() {
        return Map.of("Brier", BrierLoss.of());
    }

    @Override
    Loss loss() {
        return BrierLoss.of();
    }

    @Override
    boolean takesDistributions() {
        return true;
    }

    @Test
    void liesBetweenZeroAndTwo() {
        double[][] logits = {{1000, 0, 0}};
        assertThat(LossProbe.of(loss(), logits, new long[] {0}).value()).isZero();
        assertThat(LossProbe.of(loss(), logits, new long[] {1}).value())
                .isCloseTo(2, within(FLOAT64_TOLERANCE));
    }
}
