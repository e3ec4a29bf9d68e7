package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import dev.candor.losses.MmceLoss.Form;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class MmceLossTest extends LossContract {

    @Override
    Map<String, Loss> goldens() {
        return Map.of(
                "MMCE_m squared",
                MmceLoss.builder().optForm(Form.PLAIN).optRoot(false).build(),
                "MMCE_m sqrt(+1e-10)",
                MmceLoss.builder().optForm(Form.PLAIN).build(),
                "MMCE_w sqrt, paper normalisation",
                MmceLoss.of(),
                "MMCE_w sqrt, reference code (double normalisation)",
                MmceLoss.builder().optForm(Form.WEIGHTED_LEGACY).build());
    }

    @Override
    Loss loss() {
        return MmceLoss.of();
    }

    @Override
    boolean takesDistributions() {
        return true;
    }

    @ParameterizedTest
    @EnumSource(names = {"WEIGHTED", "WEIGHTED_LEGACY"})
    void theWeightedFormsAreZeroWhenOneSideIsEmpty(Form form) {
        double[][] logits = LossProbe.randomLogits(3, 5, 3, 1);
        long[] right = Arrays.stream(logits).mapToLong(MmceLossTest::argMax).toArray();
        long[] wrong = Arrays.stream(right).map(label -> (label + 1) % 3).toArray();
        Loss loss = MmceLoss.builder().optForm(form).build();
        for (long[] labels : new long[][] {right, wrong}) {
            LossProbe probe = LossProbe.of(loss, logits, labels);
            assertThat(probe.value()).isZero();
            assertThat(probe.gradient()).containsOnly(0);
        }
    }

    private static long argMax(double[] row) {
        return row[0] >= row[1] && row[0] >= row[2] ? 0 : row[1] >= row[2] ? 1 : 2;
    }

    @ParameterizedTest
    @EnumSource
    void theOrderOfSamplesDoesNotMatter(Form form) {
        double[][] logits = LossProbe.randomLogits(7, 9, 3, 1);
        logits[3] = logits[5].clone();
        logits[8] = logits[5].clone();
        long[] labels = {0, 1, 2, 0, 1, 1, 2, 0, 2};
        double[][] reversed = new double[9][];
        long[] reversedLabels = new long[9];
        for (int i = 0; i < 9; i++) {
            reversed[i] = logits[8 - i];
            reversedLabels[i] = labels[8 - i];
        }
        Loss loss = MmceLoss.builder().optForm(form).build();
        double[] gradient = LossProbe.of(loss, logits, labels).gradient();
        double[] mirrored = LossProbe.of(loss, reversed, reversedLabels).gradient();
        double[] expected = new double[27];
        for (int i = 0; i < 9; i++) {
            System.arraycopy(mirrored, 3 * (8 - i), expected, 3 * i, 3);
        }
        assertThat(gradient).containsExactly(expected, within(1e-12));
    }

    /** The matrix of pairs alone would take 69 GB. */
    @Test
    void takesBatchesWhosePairsWouldNotFitInMemory() {
        int size = 131072;
        double[] logits = LossProbe.flat(LossProbe.randomLogits(1, size, 2, 1));
        LossProbe probe =
                LossProbe.of(
                        loss(),
                        logits,
                        new Shape(size, 2),
                        DataType.FLOAT32,
                        manager -> manager.create(LossProbe.randomLabels(2, size, 2)));
        assertThat(probe.isFinite()).isTrue();
        assertThat(probe.value()).isPositive();
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.01, -1, Double.NaN})
    void refusesAKernelTooNarrow(double width) {
        assertThatThrownBy(() -> MmceLoss.builder().optWidth(width))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("width = " + width + ", expected 0.05..");
    }
}
