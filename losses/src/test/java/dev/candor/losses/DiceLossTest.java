package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import dev.candor.losses.DiceLoss.Form;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DiceLossTest extends LossContract {

    @Override
    Map<String, Loss> goldens() {
        return Map.of(
                "Dice self-adjusting ref (smooth=1, alpha=0.01, squared denom)",
                DiceLoss.of(),
                "Dice ref (smooth=1e-4, alpha=0, linear denom)",
                DiceLoss.builder().optForm(Form.LINEAR).optAlpha(0).optSmoothing(1e-4).build(),
                "Dice textbook (batch sums per class, mean over classes, smooth=1)",
                DiceLoss.builder().optForm(Form.SOFT_DICE).build());
    }

    @Override
    Loss loss() {
        return DiceLoss.of();
    }

    @Override
    boolean takesDistributions() {
        return true;
    }

    @ParameterizedTest
    @EnumSource(Form.class)
    void everyFormAgreesWithCentralDifferences(Form form) {
        Loss loss = DiceLoss.builder().optForm(form).optAlpha(0.5).build();
        double[][] logits = LossProbe.randomLogits(11, 7, 4, 1.5);
        long[] labels = LossProbe.randomLabels(12, 7, 4);
        double[] differences =
                LossProbe.centralDifferences(
                        loss, logits, manager -> manager.create(labels), DIFFERENCE_STEP);
        assertThat(LossProbe.of(loss, logits, labels).gradient())
                .containsExactly(differences, within(DIFFERENCE_TOLERANCE));
    }

    @ParameterizedTest
    @EnumSource(Form.class)
    void everyFormStaysFiniteAtCertainty(Form form) {
        Loss loss = DiceLoss.builder().optForm(form).build();
        double[][] logits = {{1000, 0, -1000}, {-1000, 0, 1000}};
        for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
            assertThat(LossProbe.of(loss, logits, new long[] {0, 0}, type).isFinite()).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(Form.class)
    void everyFormLeavesOutIgnoredTokens(Form form) {
        Loss loss = DiceLoss.builder().optForm(form).build();
        double[][] logits = LossProbe.randomLogits(31, 4, 3, 1);
        double counted =
                LossProbe.of(loss, new double[][] {logits[0], logits[2]}, new long[] {2, 1})
                        .value();
        LossProbe tokens =
                LossProbe.of(
                        loss,
                        LossProbe.flat(logits),
                        new Shape(2, 2, 3),
                        DataType.FLOAT64,
                        manager -> manager.create(new long[] {2, -100, 1, -100}, new Shape(2, 2)));
        assertThat(tokens.value()).isCloseTo(counted, within(FLOAT64_TOLERANCE));
        LossProbe none =
                LossProbe.of(
                        loss,
                        LossProbe.flat(logits),
                        new Shape(2, 2, 3),
                        DataType.FLOAT64,
                        manager -> manager.full(new Shape(2, 2), -100, DataType.INT64));
        assertThat(none.value()).isZero();
        assertThat(none.gradient()).containsExactly(new double[12], within(Double.MIN_VALUE));
    }

    @Test
    void aPerfectPredictionHasNoSoftDiceLoss() {
        Loss soft = DiceLoss.builder().optForm(Form.SOFT_DICE).build();
        double[][] logits = {{1000, 0}, {0, 1000}};
        assertThat(LossProbe.of(soft, logits, new long[] {0, 1}).value())
                .isCloseTo(0, within(FLOAT64_TOLERANCE));
    }

    @Test
    void refusesASmoothingOfZero() {
        assertThatThrownBy(() -> DiceLoss.builder().optSmoothing(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("smoothing = 0.0, expected a finite value > 0");
    }
}
