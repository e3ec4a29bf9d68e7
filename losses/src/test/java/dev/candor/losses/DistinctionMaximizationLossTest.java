package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.training.loss.Loss;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DistinctionMaximizationLossTest extends LossContract {

    @Override
    Map<String, Loss> goldens() {
        return Map.of("CE", DistinctionMaximizationLoss.of());
    }

    @Override
    Loss loss() {
        return DistinctionMaximizationLoss.of(10);
    }

    @Override
    boolean takesDistributions() {
        return true;
    }

    @Test
    void refusesAScaleOfZero() {
        assertThatThrownBy(() -> DistinctionMaximizationLoss.of(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("alpha = 0.0, expected a finite value > 0");
    }
}
