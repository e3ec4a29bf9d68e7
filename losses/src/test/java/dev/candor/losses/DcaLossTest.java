package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.training.loss.Loss;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DcaLossTest extends LossContract {

    @Override
    Map<String, Loss> goldens() {
        return Map.of("DCA", DcaLoss.of());
    }

    @Override
    Loss loss() {
        return DcaLoss.of();
    }

    @Override
    boolean takesDistributions() {
        return true;
    }

    @Test
    void certaintyThatIsAlwaysRightCostsNothing() {
        LossProbe probe =
                LossProbe.of(loss(), new double[][] {{1000, 0}, {0, 1000}}, new long[] {0, 1});
        assertThat(probe.value()).isZero();
        assertThat(probe.gradient()).containsOnly(0);
    }
}
