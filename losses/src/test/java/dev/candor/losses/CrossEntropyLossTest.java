package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CrossEntropyLossTest extends LossContract {

    private static final GoldenLosses.Batch A = GoldenLosses.INSTANCE.batches().get("A");

    @Override
    Map<String, Loss> goldens() {
        return Map.of("CE", CrossEntropyLoss.of());
    }

    @Override
    Loss loss() {
        return CrossEntropyLoss.of();
    }

    @Override
    boolean takesDistributions() {
        return true;
    }

    @Test
    void mixedLabelsGiveTheMixedLoss() {
        double lambda = 0.3;
        int[] partners = {2, 3, 1, 0};
        float[] mixed = new float[12];
        for (int i = 0; i < 4; i++) {
            mixed[3 * i + (int) A.labels()[i]] += (float) lambda;
            mixed[3 * i + (int) A.labels()[partners[i]]] += (float) (1 - lambda);
        }
        LossProbe probe =
                LossProbe.of(
                        loss(),
                        LossProbe.flat(A.logits()),
                        new Shape(4, 3),
                        DataType.FLOAT64,
                        manager -> manager.create(mixed, new Shape(4, 3)));
        assertThat(probe.value()).isCloseTo(0.8876553400, within(FLOAT32_TOLERANCE));
    }

    @Test
    void equalClassWeightsChangeNothing() {
        Loss weighted = CrossEntropyLoss.builder().optClassWeights(2, 2, 2).build();
        assertThat(LossProbe.of(weighted, A.logits(), A.labels()).value())
                .isCloseTo(1.0276553400, within(FLOAT64_TOLERANCE));
    }

    @Test
    void aClassOfWeightZeroDoesNotCount() {
        Loss weighted = CrossEntropyLoss.builder().optClassWeights(1, 0, 1).build();
        double onClassZero =
                LossProbe.of(
                                loss(),
                                new double[][] {A.logits()[0], A.logits()[2]},
                                new long[] {0, 0})
                        .value();
        assertThat(LossProbe.of(weighted, A.logits(), A.labels()).value())
                .isCloseTo(onClassZero, within(FLOAT64_TOLERANCE));
    }

    @Test
    void anExtraLogitTakesItsShareOfTheSoftmax() {
        Loss extra = CrossEntropyLoss.builder().optExtraLogit(0).build();
        double[][] logits = {{1, 2, 0}};
        double[] shares = {0.2245152357, 0.6102956854, 0.0825945394};
        for (int k = 0; k < 3; k++) {
            assertThat(LossProbe.of(extra, logits, new long[] {k}).value())
                    .isCloseTo(-Math.log(shares[k]), within(FLOAT64_TOLERANCE));
        }
    }

    @Test
    void aWeightForEachClassIsNeeded() {
        Loss weighted = CrossEntropyLoss.builder().optClassWeights(1, 2).build();
        assertThatThrownBy(() -> LossProbe.of(weighted, A.logits(), A.labels()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("3 classes, expected 2");
    }
}
