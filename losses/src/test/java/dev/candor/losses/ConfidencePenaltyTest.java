package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.training.loss.Loss;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfidencePenaltyTest extends LossContract {

    private static final GoldenLosses.Batch A = GoldenLosses.INSTANCE.batches().get("A");

    @Override
    Map<String, Loss> goldens() {
        return Map.of(
                "Confidence penalty beta=0.1 (CE-beta*mean H)",
                ConfidencePenalty.of(),
                "Confidence penalty hinge beta=0.1 Gamma=0.9",
                ConfidencePenalty.builder().optThreshold(0.9).build(),
                "CE",
                ConfidencePenalty.of(0));
    }

    @Override
    Loss loss() {
        return ConfidencePenalty.of();
    }

    @Override
    boolean takesDistributions() {
        return true;
    }

    @Test
    void aThresholdAboveEveryEntropyGivesThePlainFormAndAConstant() {
        double threshold = 2;
        Loss hinge = ConfidencePenalty.builder().optThreshold(threshold).build();
        LossProbe always = LossProbe.of(hinge, A.logits(), A.labels());
        LossProbe plain = LossProbe.of(loss(), A.logits(), A.labels());
        assertThat(always.value())
                .isCloseTo(plain.value() + 0.1 * threshold, within(FLOAT64_TOLERANCE));
        assertThat(always.gradient()).containsExactly(plain.gradient(), within(FLOAT64_TOLERANCE));
    }

    @Test
    void certaintyCostsMoreThanDoubt() {
        double certain = LossProbe.of(loss(), new double[][] {{9, 0, 0}}, new long[] {0}).value();
        double doubtful = LossProbe.of(loss(), new double[][] {{4, 0, 0}}, new long[] {0}).value();
        Loss plain = CrossEntropyLoss.of();
        assertThat(
                        certain
                                - LossProbe.of(plain, new double[][] {{9, 0, 0}}, new long[] {0})
                                        .value())
                .isGreaterThan(
                        doubtful
                                - LossProbe.of(plain, new double[][] {{4, 0, 0}}, new long[] {0})
                                        .value());
    }

    @Test
    void refusesANegativeStrength() {
        assertThatThrownBy(() -> ConfidencePenalty.of(-0.1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("strength = -0.1, expected a finite value >= 0");
    }

    @Test
    void refusesAThresholdOfZero() {
        assertThatThrownBy(() -> ConfidencePenalty.builder().optThreshold(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("threshold = 0.0, expected a finite value > 0");
    }
}
