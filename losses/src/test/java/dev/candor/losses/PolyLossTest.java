package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PolyLossTest extends LossContract {

    @Override
    Map<String, Loss> goldens() {
        return Map.of("Poly-1 eps=1", PolyLoss.of(), "CE", PolyLoss.of(0));
    }

    @Override
    Loss loss() {
        return PolyLoss.of();
    }

    @Override
    boolean takesDistributions() {
        return true;
    }

    /** Value and gradient made with torch 2.13 in float64. */
    @Test
    void aNegativeCoefficientSparesUncertainLabels() {
        GoldenLosses.Batch batch = GoldenLosses.INSTANCE.batches().get("A");
        LossProbe probe = LossProbe.of(PolyLoss.of(-0.5), batch.logits(), batch.labels());
        assertThat(probe.value()).isCloseTo(0.7627366139, within(FLOAT64_TOLERANCE));
        assertThat(probe.gradient())
                .containsExactly(
                        new double[] {
                            -0.0325464496, 0.0266091465, 0.0059373031, 0.0340896522,
                            -0.0757268474, 0.0416371952, -0.2197131027, 0.0400812778,
                            0.1796318248, 0.0943723640, -0.1099720108, 0.0155996468
                        },
                        within(FLOAT64_TOLERANCE));
    }

    /** Value and gradient made with torch 2.13 in float64. */
    @Test
    void sumsOverTheClassesOfADistribution() {
        double[] distributions = {.2, .5, .3, 0, 1, 0, .6, .1, .3, .25, .25, .5};
        LossProbe probe =
                LossProbe.of(
                        PolyLoss.of(),
                        LossProbe.flat(GoldenLosses.INSTANCE.batches().get("A").logits()),
                        new Shape(4, 3),
                        DataType.FLOAT64,
                        manager -> manager.create(distributions, new Shape(4, 3)));
        assertThat(probe.value()).isCloseTo(2.1156995540, within(FLOAT64_TOLERANCE));
        assertThat(probe.gradient())
                .containsExactly(
                        new double[] {
                            0.1574954976,
                            -0.0918482758,
                            -0.0656472218,
                            0.0753457417,
                            -0.1673732384,
                            0.0920274967,
                            -0.1356408660,
                            0.0248247886,
                            0.1108160774,
                            0.0606757441,
                            0.0489540222,
                            -0.1096297663
                        },
                        within(FLOAT64_TOLERANCE));
    }

    @Test
    void refusesACoefficientThatIsNotFinite() {
        assertThatThrownBy(() -> PolyLoss.of(Double.NaN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("epsilon = NaN, expected a finite value");
    }
}
