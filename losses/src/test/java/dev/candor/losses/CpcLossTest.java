package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.training.loss.Loss;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CpcLossTest extends LossContract {

    private static final GoldenLosses.Batch C = GoldenLosses.INSTANCE.batches().get("C");

    @Override
    Map<String, Loss> goldens() {
        return Map.of(
                "CPC l_bdc=0.1 l_bec=1",
                CpcLoss.of(),
                "CE",
                CpcLoss.builder().optDiscriminationWeight(0).optExclusionWeight(0).build());
    }

    @Override
    Loss loss() {
        return CpcLoss.of();
    }

    @Test
    void twoClassesHaveNoPairOfWrongOnes() {
        Loss without = CpcLoss.builder().optExclusionWeight(0).build();
        assertThat(LossProbe.of(loss(), C.logits(), C.labels()))
                .usingRecursiveComparison()
                .isEqualTo(LossProbe.of(without, C.logits(), C.labels()));
    }

    @Test
    void pairsThatFillMoreThanOneSliceAgreeWithTheirSum() {
        double[][] logits = LossProbe.randomLogits(5, 3, 801, 2);
        long[] labels = {0, 800, 17};
        Loss exclusion = CpcLoss.builder().optDiscriminationWeight(0).build();
        double expected = LossProbe.of(CrossEntropyLoss.of(), logits, labels).value();
        for (int i = 0; i < 3; i++) {
            double sum = 0;
            for (int j = 0; j < 801; j++) {
                for (int k = 0; k < 801; k++) {
                    if (j != labels[i] && k != labels[i]) {
                        sum += Math.log1p(Math.exp(logits[i][k] - logits[i][j]));
                    }
                }
            }
            expected += sum / (3 * 2.0 * 800 * 799);
        }
        assertThat(LossProbe.of(exclusion, logits, labels).value())
                .isCloseTo(expected, within(FLOAT64_TOLERANCE));
    }

    @Test
    void refusesANegativeWeight() {
        assertThatThrownBy(() -> CpcLoss.builder().optExclusionWeight(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("exclusionWeight = -1.0, expected a finite value >= 0");
    }
}
