package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.DataType;
import ai.djl.training.loss.Loss;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FocalLossTest extends LossContract {

    @Override
    Map<String, Loss> goldens() {
        return Map.of(
                "Focal gamma=2",
                FocalLoss.of(2),
                "Focal gamma=3",
                FocalLoss.of(),
                "CE",
                FocalLoss.of(0));
    }

    @Override
    Loss loss() {
        return FocalLoss.of();
    }

    @Override
    boolean takesDistributions() {
        return true;
    }

    @Test
    void aGammaBelowOneStaysFiniteAtCertainty() {
        for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
            LossProbe probe =
                    LossProbe.of(
                            FocalLoss.of(0.5), new double[][] {{1000, 0, 0}}, new long[] {0}, type);
            assertThat(probe.value()).isZero();
            assertThat(probe.isFinite()).isTrue();
        }
    }

    @Test
    void refusesANegativeGamma() {
        assertThatThrownBy(() -> FocalLoss.of(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("gamma = -1.0, expected a finite value >= 0");
    }
}
