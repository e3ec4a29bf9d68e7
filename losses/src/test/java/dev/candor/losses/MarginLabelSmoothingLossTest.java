package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.training.loss.Loss;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MarginLabelSmoothingLossTest extends LossContract {

    private static final GoldenLosses.Batch A = GoldenLosses.INSTANCE.batches().get("A");

    @Override
    Map<String, Loss> goldens() {
        return Map.of(
                "MbLS margin=1 alpha=0.1",
                MarginLabelSmoothingLoss.of(1),
                "CE",
                MarginLabelSmoothingLoss.builder().optWeight(0).build());
    }

    @Override
    Loss loss() {
        return MarginLabelSmoothingLoss.of(1);
    }

    @Override
    boolean takesDistributions() {
        return true;
    }

    @Test
    void logitsWithinTheMarginCostNothing() {
        assertThat(LossProbe.of(MarginLabelSmoothingLoss.of(), A.logits(), A.labels()))
                .usingRecursiveComparison()
                .isEqualTo(LossProbe.of(CrossEntropyLoss.of(), A.logits(), A.labels()));
    }

    @Test
    void theFirstOfTiedLogitsCarriesTheGradientOfTheLargest() {
        Loss penalty = MarginLabelSmoothingLoss.builder().optMargin(0).optWeight(1).build();
        double[][] logits = {{0, 2, 2, 0}};
        long[] labels = {0};
        double[] penalised = LossProbe.of(penalty, logits, labels).gradient();
        double[] plain = LossProbe.of(CrossEntropyLoss.of(), logits, labels).gradient();
        double[] ofThePenalty = new double[4];
        Arrays.setAll(ofThePenalty, i -> penalised[i] - plain[i]);
        assertThat(ofThePenalty)
                .containsExactly(new double[] {-0.25, 0.5, 0, -0.25}, within(FLOAT64_TOLERANCE));
    }

    @Test
    void refusesANegativeMargin() {
        assertThatThrownBy(() -> MarginLabelSmoothingLoss.of(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("margin = -1.0, expected a finite value >= 0");
    }

    @Test
    void refusesANegativeWeight() {
        assertThatThrownBy(() -> MarginLabelSmoothingLoss.builder().optWeight(-0.1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("weight = -0.1, expected a finite value >= 0");
    }
}
