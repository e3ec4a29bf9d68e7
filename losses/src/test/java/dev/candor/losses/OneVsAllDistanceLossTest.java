package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.DataType;
import ai.djl.training.loss.Loss;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OneVsAllDistanceLossTest extends LossContract {

    @Override
    Map<String, Loss> goldens() {
        return Map.of("OvA-DM on d=softplus(z) (p=2*sigmoid(-d))", new OnSoftPlus(loss()));
    }

    @Override
    Loss loss() {
        return OneVsAllDistanceLoss.of();
    }

    @Override
    boolean takesDistributions() {
        return true;
    }

    @Test
    void theGradientWithRespectToDistancesEqualsCentralDifferences() {
        Loss composed = new OnSoftPlus(loss());
        double[][] logits = LossProbe.randomLogits(11, 7, 4, 1.5);
        long[] labels = LossProbe.randomLabels(12, 7, 4);
        double[] differences =
                LossProbe.centralDifferences(
                        composed, logits, manager -> manager.create(labels), DIFFERENCE_STEP);
        assertThat(LossProbe.of(composed, logits, labels).gradient())
                .containsExactly(differences, within(DIFFERENCE_TOLERANCE));
    }

    @Test
    void aClassIsCertainAtItsCentre() {
        double atCentre =
                LossProbe.of(loss(), new double[][] {{0, -40, -40}}, new long[] {0}).value();
        assertThat(atCentre).isCloseTo(0, within(FLOAT64_TOLERANCE));
    }

    @Test
    void logitsAboveZeroAreReadAsZero() {
        double[][] above = {{3, -1, -2}};
        double[][] zero = {{0, -1, -2}};
        assertThat(LossProbe.of(loss(), above, new long[] {1}).value())
                .isEqualTo(LossProbe.of(loss(), zero, new long[] {1}).value());
    }

    @Test
    void keepsTheGradientOfTheLabelNextToItsCentre() {
        double[] gradient =
                LossProbe.of(
                                loss(),
                                new double[][] {{-1e-6, -3, -3}},
                                new long[] {0},
                                DataType.FLOAT32)
                        .gradient();
        assertThat(gradient[0]).isCloseTo(-0.5, within(FLOAT32_GRADIENT_TOLERANCE));
    }
}
