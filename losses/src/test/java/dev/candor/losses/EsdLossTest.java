package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EsdLossTest extends LossContract {

    @Override
    Map<String, Loss> goldens() {
        return Map.of("ESD", EsdLoss.of());
    }

    @Override
    Loss loss() {
        return EsdLoss.of();
    }

    @Override
    boolean takesDistributions() {
        return true;
    }

    @Test
    void samplesOfEqualConfidenceCountForEachOther() {
        double[][] logits = LossProbe.randomLogits(5, 12, 3, 1);
        logits[4] = logits[2].clone();
        logits[9] = logits[2].clone();
        logits[11] = logits[7].clone();
        long[] labels = LossProbe.randomLabels(6, 12, 3);
        assertThat(LossProbe.of(loss(), logits, labels).value())
                .isCloseTo(byDefinition(logits, labels), within(FLOAT64_TOLERANCE));
    }

    /** The first form of the formula, pair by pair. */
    private static double byDefinition(double[][] logits, long[] labels) {
        int size = logits.length;
        double[] confidence = new double[size];
        double[] gap = new double[size];
        for (int i = 0; i < size; i++) {
            double sum = 0;
            int best = 0;
            for (int k = 0; k < 3; k++) {
                sum += Math.exp(logits[i][k]);
                best = logits[i][k] > logits[i][best] ? k : best;
            }
            confidence[i] = Math.exp(logits[i][best]) / sum;
            gap[i] = (best == labels[i] ? 1 : 0) - confidence[i];
        }
        double total = 0;
        for (int i = 0; i < size; i++) {
            double sum = 0;
            double squares = 0;
            for (int j = 0; j < size; j++) {
                if (j != i && confidence[j] <= confidence[i]) {
                    sum += gap[j];
                    squares += gap[j] * gap[j];
                }
            }
            double mean = sum / (size - 1);
            double variance = (squares - (size - 1) * mean * mean) / (size - 2);
            total += mean * mean - variance / (size - 1);
        }
        return total / size;
    }

    @Test
    void isZeroWithFewerThanThreeSamples() {
        double[][] logits = LossProbe.randomLogits(8, 2, 3, 1);
        LossProbe probe = LossProbe.of(loss(), logits, new long[] {0, 1});
        assertThat(probe.value()).isZero();
        assertThat(probe.gradient()).containsOnly(0);
    }

    @Test
    void isZeroWhenFewerThanThreeTokensCount() {
        LossProbe probe =
                LossProbe.of(
                        loss(),
                        LossProbe.flat(LossProbe.randomLogits(8, 4, 3, 1)),
                        new Shape(1, 4, 3),
                        DataType.FLOAT64,
                        manager -> manager.create(new long[] {0, -100, 1, -100}, new Shape(1, 4)));
        assertThat(probe.value()).isZero();
        assertThat(probe.gradient()).containsOnly(0);
    }

    /** The matrix of pairs alone would take 69 GB. */
    @Test
    void takesBatchesWhosePairsWouldNotFitInMemory() {
        int size = 131072;
        LossProbe probe =
                LossProbe.of(
                        loss(),
                        LossProbe.flat(LossProbe.randomLogits(1, size, 2, 1)),
                        new Shape(size, 2),
                        DataType.FLOAT32,
                        manager -> manager.create(LossProbe.randomLabels(2, size, 2)));
        assertThat(probe.isFinite()).isTrue();
        assertThat(probe.value()).isPositive();
    }
}
