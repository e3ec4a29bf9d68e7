package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MdcaLossTest extends LossContract {

    @Override
    Map<String, Loss> goldens() {
        return Map.of("MDCA", MdcaLoss.of());
    }

    @Override
    Loss loss() {
        return MdcaLoss.of();
    }

    @Override
    boolean takesDistributions() {
        return true;
    }

    /** Values of torch 2.13. */
    @Test
    void takesTheMeanOfSoftLabels() {
        LossProbe probe = SoftLabels.probe(loss());
        assertThat(probe.value()).isCloseTo(0.0670600600, within(FLOAT64_TOLERANCE));
        assertThat(probe.gradient())
                .containsExactly(
                        new double[] {
                            -0.0051211203, -0.0011426764, 0.0062637966, -0.0074548775,
                            -0.0223956896, 0.0298505670, -0.0103784536, -0.0208996391,
                            0.0312780927, -0.0064286650, -0.0058168967, 0.0122455617
                        },
                        within(FLOAT64_TOLERANCE));
    }

    @Test
    void probabilitiesThatMatchTheSharesOfClassesCostNothing() {
        LossProbe probe =
                LossProbe.of(
                        loss(),
                        new double[4],
                        new Shape(2, 2),
                        DataType.FLOAT64,
                        manager -> manager.create(new long[] {0, 1}));
        assertThat(probe.value()).isZero();
    }
}
