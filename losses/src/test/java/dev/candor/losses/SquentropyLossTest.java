package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.training.loss.Loss;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SquentropyLossTest extends LossContract {

    @Override
    Map<String, Loss> goldens() {
        return Map.of("Squentropy", SquentropyLoss.of());
    }

    @Override
    Loss loss() {
        return SquentropyLoss.of();
    }

    @Override
    boolean takesDistributions() {
        return true;
    }

    @Test
    void theLogitOfTheLabelIsNotSquared() {
        double[][] logits = {{30, 0, 0}};
        assertThat(LossProbe.of(loss(), logits, new long[] {0}).value())
                .isCloseTo(0, within(FLOAT64_TOLERANCE));
    }
}
