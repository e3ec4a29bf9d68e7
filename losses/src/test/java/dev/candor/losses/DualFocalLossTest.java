package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.DataType;
import ai.djl.training.loss.Loss;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DualFocalLossTest extends LossContract {

    @Override
    Map<String, Loss> goldens() {
        return Map.of("Dual focal gamma=5", DualFocalLoss.of(), "CE", DualFocalLoss.of(0));
    }

    @Override
    Loss loss() {
        return DualFocalLoss.of();
    }

    @Test
    void withoutAClassBelowTheLabelItIsFocalLoss() {
        double[][] logits = {{-1, 2, 0.5}, {0.3, 1, -2}};
        long[] labels = {0, 2};
        LossProbe dual = LossProbe.of(DualFocalLoss.of(3), logits, labels);
        LossProbe focal = LossProbe.of(FocalLoss.of(3), logits, labels);
        assertThat(dual.value()).isCloseTo(focal.value(), within(FLOAT64_TOLERANCE));
        assertThat(dual.gradient()).containsExactly(focal.gradient(), within(FLOAT64_TOLERANCE));
    }

    @Test
    void aClassAsProbableAsTheLabelIsNotBelowIt() {
        double[][] logits = {{1, 1, -3}};
        double p = Math.exp(1) / (2 * Math.exp(1) + Math.exp(-3));
        double expected = -Math.pow(1 - p + (1 - 2 * p), 5) * Math.log(p);
        assertThat(LossProbe.of(loss(), logits, new long[] {0}).value())
                .isCloseTo(expected, within(FLOAT64_TOLERANCE));
    }

    @Test
    void neverTakesTheLabelForTheClassBelowIt() {
        int rows = 20000;
        double[][] logits = LossProbe.randomLogits(71, rows, 2, 3);
        long[] labels = LossProbe.randomLabels(72, rows, 2);
        for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
            double expected = 0;
            for (int i = 0; i < rows; i++) {
                double margin = logits[i][(int) labels[i]] - logits[i][1 - (int) labels[i]];
                double p = 1 / (1 + Math.exp(-margin));
                double below = margin > 0 ? 1 - p : 0;
                expected -= Math.pow(1 - p + below, 5) * Math.log(p) / rows;
            }
            assertThat(LossProbe.of(loss(), logits, labels, type).value())
                    .isCloseTo(expected, within(FLOAT32_TOLERANCE));
        }
    }

    @Test
    void aGammaBelowOneStaysFiniteAtCertainty() {
        for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
            LossProbe probe =
                    LossProbe.of(
                            DualFocalLoss.of(0.5),
                            new double[][] {{1000, 0, 0}},
                            new long[] {0},
                            type);
            assertThat(probe.value()).isZero();
            assertThat(Arrays.stream(probe.gradient())).allMatch(Double::isFinite);
        }
    }

    @Test
    void refusesANegativeGamma() {
        assertThatThrownBy(() -> DualFocalLoss.of(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("gamma = -1.0, expected a finite value >= 0");
    }
}
