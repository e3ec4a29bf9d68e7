package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.training.loss.Loss;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AclsLossTest extends LossContract {

    private static final GoldenLosses.Batch A = GoldenLosses.INSTANCE.batches().get("A");

    @Override
    Map<String, Loss> goldens() {
        return Map.of(
                "ACLS margin=1 alpha=0.1 l1=1 l2=0.1",
                AclsLoss.of(1),
                "CE",
                AclsLoss.builder().optWeight(0).build());
    }

    @Override
    Loss loss() {
        return AclsLoss.of(1);
    }

    @Override
    boolean takesDistributions() {
        return true;
    }

    @Override
    boolean stopsGradient() {
        return true;
    }

    @Test
    void theLargestLogitDoesNotFeelItsDistanceToTheOthers() {
        Loss others = AclsLoss.builder().optMargin(0.5).optLargestWeight(0).build();
        double[] gradient = LossProbe.of(others, A.logits(), A.labels()).gradient();
        double[] plain = LossProbe.of(CrossEntropyLoss.of(), A.logits(), A.labels()).gradient();
        int[] largest = {0, 4, 8, 9};
        for (int i : largest) {
            assertThat(gradient[i]).isCloseTo(plain[i], within(FLOAT64_TOLERANCE));
        }
        assertThat(gradient[2]).isLessThan(plain[2] - 1e-3);
    }

    @Test
    void theTermOfTheLargestLogitAgreesWithDifferences() {
        Loss largest = AclsLoss.builder().optMargin(0.5).optOthersWeight(0).build();
        double[][] logits = LossProbe.randomLogits(11, 7, 4, 1.5);
        long[] labels = LossProbe.randomLabels(12, 7, 4);
        double[] differences =
                LossProbe.centralDifferences(
                        largest, logits, manager -> manager.create(labels), DIFFERENCE_STEP);
        assertThat(LossProbe.of(largest, logits, labels).gradient())
                .containsExactly(differences, within(DIFFERENCE_TOLERANCE));
    }

    @Test
    void logitsWithinTheMarginCostNothing() {
        assertThat(LossProbe.of(AclsLoss.of(), A.logits(), A.labels()))
                .usingRecursiveComparison()
                .isEqualTo(LossProbe.of(CrossEntropyLoss.of(), A.logits(), A.labels()));
    }

    @Test
    void refusesANegativeMargin() {
        assertThatThrownBy(() -> AclsLoss.of(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("margin = -1.0, expected a finite value >= 0");
    }
}
