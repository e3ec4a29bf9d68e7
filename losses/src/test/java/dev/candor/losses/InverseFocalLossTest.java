package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import java.util.Map;
import org.junit.jupiter.api.Test;

class InverseFocalLossTest extends LossContract {

    @Override
    Map<String, Loss> goldens() {
        return Map.of("Inverse focal gamma=2", InverseFocalLoss.of(), "CE", InverseFocalLoss.of(0));
    }

    @Override
    Loss loss() {
        return InverseFocalLoss.of();
    }

    @Override
    boolean takesDistributions() {
        return true;
    }

    /** Value and gradient made with torch 2.13 in float64. */
    @Test
    void sumsOverTheClassesOfADistribution() {
        double[] distributions = {.2, .5, .3, 0, 1, 0, .6, .1, .3, .25, .25, .5};
        LossProbe probe =
                LossProbe.of(
                        InverseFocalLoss.of(),
                        LossProbe.flat(GoldenLosses.INSTANCE.batches().get("A").logits()),
                        new Shape(4, 3),
                        DataType.FLOAT64,
                        manager -> manager.create(distributions, new Shape(4, 3)));
        assertThat(probe.value()).isCloseTo(2.0850020372, within(FLOAT64_TOLERANCE));
        assertThat(probe.gradient())
                .containsExactly(
                        new double[] {
                            0.0863609290,
                            -0.0356907961,
                            -0.0506701329,
                            0.0707054078,
                            -0.1570651879,
                            0.0863597801,
                            -0.0840215017,
                            0.0332938985,
                            0.0507276032,
                            0.0376730933,
                            0.0354204270,
                            -0.0730935203
                        },
                        within(FLOAT64_TOLERANCE));
    }

    @Test
    void refusesANegativeGamma() {
        assertThatThrownBy(() -> InverseFocalLoss.of(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("gamma = -1.0, expected a finite value >= 0");
    }
}
