package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Golden values computed with torch 2.13 in float64, the logits taken as given. */
class OnManifoldLossTest extends LossContract {

    private static final Map<String, Double> VALUES =
            Map.of("A", 1.0726553400, "B", 0.6141377507, "C", 0.9793562749);

    private static final double[] GRADIENT_ON_BATCH_A = {
        -0.0286007414, 0.0188225980, 0.0097781433,
        0.0228416820, -0.0812756444, 0.0584339624,
        -0.2042337524, 0.0168180874, 0.1874156650,
        0.0957649947, -0.1157273140, 0.0199623194
    };

    @Override
    Map<String, Loss> goldens() {
        return Map.of("CE", OnManifoldLoss.of(0));
    }

    @Override
    Loss loss() {
        return OnManifoldLoss.of();
    }

    @Override
    boolean takesDistributions() {
        return true;
    }

    @Override
    boolean takesIgnoreIndex() {
        return false;
    }

    @Test
    void mixesTheLabelsOfTheBatchAndOfItsReverse() {
        VALUES.forEach(
                (name, value) -> {
                    GoldenLosses.Batch batch = GoldenLosses.INSTANCE.batches().get(name);
                    assertThat(LossProbe.of(loss(), batch.logits(), batch.labels()).value())
                            .as(name)
                            .isCloseTo(value, within(FLOAT64_TOLERANCE));
                });
        double[][] logits = {{1, 0, -1}, {0.5, 0.4, 0.1}};
        assertThat(LossProbe.of(loss(), logits, new long[] {0, 1}).value())
                .isCloseTo(0.7717583239, within(FLOAT64_TOLERANCE));
    }

    @Test
    void reproducesTheGradientOnBatchA() {
        GoldenLosses.Batch batch = GoldenLosses.INSTANCE.batches().get("A");
        assertThat(LossProbe.of(loss(), batch.logits(), batch.labels()).gradient())
                .containsExactly(GRADIENT_ON_BATCH_A, within(FLOAT64_TOLERANCE));
    }

    @Test
    void refusesTokens() {
        assertThatThrownBy(
                        () ->
                                LossProbe.of(
                                        loss(),
                                        new double[24],
                                        new Shape(2, 3, 4),
                                        DataType.FLOAT64,
                                        manager -> manager.zeros(new Shape(2, 3), DataType.INT64)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("(2, 3, 4), expected [N, C]");
    }

    @Test
    void refusesAnIgnoreIndex() {
        Loss ignoring = OnManifoldLoss.builder().optIgnoreIndex(-1).build();
        assertThatThrownBy(() -> LossProbe.of(ignoring, new double[2][3], new long[] {0, -1}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("without a partner");
    }

    @Test
    void refusesAShareAboveOne() {
        assertThatThrownBy(() -> OnManifoldLoss.of(1.5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("share = 1.5, expected 0.0..1.0");
    }
}
