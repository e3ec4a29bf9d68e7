package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.training.loss.Loss;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Golden values computed with torch 2.13 in float64, the logits taken as given. */
class OffManifoldLossTest extends LossContract {

    private static final Map<String, Double> VALUES =
            Map.of("A", -0.8082124026, "B", -0.8094331822, "C", -0.4477388820);

    private static final double[] GRADIENT_ON_BATCH_A = {
        0.0746853958, -0.0490693327, -0.0256160630,
        -0.0324909289, 0.0604886466, -0.0279977177,
        -0.0366804303, -0.0445926546, 0.0812730848,
        0.0226359217, 0.0095545604, -0.0321904821
    };

    @Override
    Map<String, Loss> goldens() {
        return Map.of();
    }

    @Override
    Loss loss() {
        return OffManifoldLoss.of();
    }

    @Override
    boolean takesDistributions() {
        return true;
    }

    @Test
    void isTheNegativeMeanEntropy() {
        VALUES.forEach(
                (name, value) -> {
                    GoldenLosses.Batch batch = GoldenLosses.INSTANCE.batches().get(name);
                    assertThat(LossProbe.of(loss(), batch.logits(), batch.labels()).value())
                            .as(name)
                            .isCloseTo(value, within(FLOAT64_TOLERANCE));
                });
        double[][] logits = {{1, 0, -1}, {0.5, 0.4, 0.1}};
        assertThat(LossProbe.of(loss(), logits, new long[] {0, 1}).value())
                .isCloseTo(-0.9587822262, within(FLOAT64_TOLERANCE));
    }

    @Test
    void reproducesTheGradientOnBatchA() {
        GoldenLosses.Batch batch = GoldenLosses.INSTANCE.batches().get("A");
        assertThat(LossProbe.of(loss(), batch.logits(), batch.labels()).gradient())
                .containsExactly(GRADIENT_ON_BATCH_A, within(FLOAT64_TOLERANCE));
    }
}
