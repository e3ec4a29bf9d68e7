package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.GradientCollector;
import ai.djl.training.evaluator.Evaluator;
import ai.djl.training.loss.Loss;
import ai.djl.training.tracker.Tracker;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mockito.Answers;
import org.mockito.ArgumentMatchers;
import org.mockito.MockedStatic;
import org.mockito.Mockito;

class CompositeLossTest {

    private static final double[][] LOGITS = LossProbe.randomLogits(1, 16, 4, 1.5);
    private static final long[] LABELS = LossProbe.randomLabels(2, 16, 4);

    @Test
    void isTheWeightedSumOfItsParts() {
        LossProbe primary = LossProbe.of(CrossEntropyLoss.of(), LOGITS, LABELS);
        LossProbe secondary = LossProbe.of(SoftBinnedEceLoss.of(), LOGITS, LABELS);
        LossProbe sum =
                LossProbe.of(
                        CompositeLoss.of(CrossEntropyLoss.of()).plus(0.7, SoftBinnedEceLoss.of()),
                        LOGITS,
                        LABELS);
        assertThat(sum.value()).isCloseTo(primary.value() + 0.7 * secondary.value(), within(1e-12));
        for (int i = 0; i < sum.gradient().length; i++) {
            assertThat(sum.gradient()[i])
                    .isCloseTo(
                            primary.gradient()[i] + 0.7 * secondary.gradient()[i], within(1e-12));
        }
    }

    @Test
    void aWeightOfZeroLeavesThePrimary() {
        Loss zero = CompositeLoss.of(CrossEntropyLoss.of()).plus(0, SoftBinnedEceLoss.of());
        LossProbe primary = LossProbe.of(CrossEntropyLoss.of(), LOGITS, LABELS);
        assertThat(LossProbe.of(zero, LOGITS, LABELS).value()).isEqualTo(primary.value());
        assertThat(LossProbe.of(zero, LOGITS, LABELS).gradient())
                .containsExactly(primary.gradient(), within(1e-15));
    }

    @Test
    void theValueHasTheTypeOfTheLogits() {
        Loss loss = CompositeLoss.of(CrossEntropyLoss.of()).plus(0.7, SoftBinnedEceLoss.of());
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList labels = new NDList(manager.create(LABELS));
            NDArray logits = manager.create(LossProbe.flat(LOGITS), new Shape(16, 4));
            for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
                NDList typed = new NDList(logits.toType(type, true));
                assertThat(loss.evaluate(labels, typed).getDataType()).isEqualTo(type);
            }
        }
    }

    @Test
    void sharesOneLogSoftmax() {
        Loss loss = CompositeLoss.of(CrossEntropyLoss.of()).plus(1, SoftBinnedEceLoss.of());
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList logits = new NDList(manager.randomNormal(new Shape(8, 3)));
            NDList labels = new NDList(manager.zeros(new Shape(8)));
            try (MockedStatic<JniUtils> engine =
                    Mockito.mockStatic(JniUtils.class, Answers.CALLS_REAL_METHODS)) {
                loss.evaluate(labels, logits);
                engine.verify(
                        () ->
                                JniUtils.logSoftmax(
                                        ArgumentMatchers.any(),
                                        ArgumentMatchers.anyLong(),
                                        ArgumentMatchers.any()),
                        Mockito.times(1));
            }
        }
    }

    @Test
    void takesAnyLossOfDjl() {
        Loss loss =
                CompositeLoss.of(Loss.softmaxCrossEntropyLoss()).plus(1, SoftBinnedEceLoss.of());
        double expected =
                LossProbe.of(CrossEntropyLoss.of(), LOGITS, LABELS).value()
                        + LossProbe.of(SoftBinnedEceLoss.of(), LOGITS, LABELS).value();
        assertThat(LossProbe.of(loss, LOGITS, LABELS).value()).isCloseTo(expected, within(1e-9));
    }

    @Test
    void theScheduleFollowsTrainingBatchesOnly() {
        Tracker ramp =
                new Tracker() {
                    @Override
                    public float getNewValue(int numUpdate) {
                        return numUpdate;
                    }
                };
        Loss loss = CompositeLoss.of(CrossEntropyLoss.of()).plus(ramp, SoftBinnedEceLoss.of());
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList labels = new NDList(manager.create(LABELS));
            NDArray plain = manager.create(LossProbe.flat(LOGITS), new Shape(16, 4));
            double primary = CrossEntropyLoss.of().evaluate(labels, new NDList(plain)).getDouble();
            double secondary =
                    SoftBinnedEceLoss.of().evaluate(labels, new NDList(plain)).getDouble();
            for (int batch = 0; batch < 3; batch++) {
                NDArray logits = plain.duplicate();
                logits.setRequiresGradient(true);
                double expected = primary + batch * secondary;
                try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                    NDArray value = loss.evaluate(labels, new NDList(logits));
                    collector.backward(value);
                    assertThat(value.getDouble()).isCloseTo(expected, within(1e-9));
                }
                assertThat(loss.evaluate(labels, new NDList(logits)).getDouble())
                        .as("the same batch again, for the report")
                        .isCloseTo(expected, within(1e-9));
                assertThat(loss.evaluate(labels, new NDList(plain)).getDouble())
                        .as("a validation batch")
                        .isCloseTo(expected, within(1e-9));
            }
        }
    }

    @Test
    void reportsItsPartsUnweighted() {
        CompositeLoss loss =
                CompositeLoss.of(CrossEntropyLoss.of()).plus(0.5, SoftBinnedEceLoss.of());
        List<Evaluator> parts = loss.parts();
        loss.addAccumulator("train");
        parts.forEach(part -> part.addAccumulator("train"));
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList labels = new NDList(manager.create(LABELS));
            NDList logits = new NDList(manager.create(LossProbe.flat(LOGITS), new Shape(16, 4)));
            loss.updateAccumulators(new String[] {"train"}, labels, logits);
        }
        double primary = LossProbe.of(CrossEntropyLoss.of(), LOGITS, LABELS).value();
        double secondary = LossProbe.of(SoftBinnedEceLoss.of(), LOGITS, LABELS).value();
        assertThat(parts)
                .extracting(Evaluator::getName)
                .containsExactly("CrossEntropyLoss", "SoftBinnedEceLoss");
        assertThat(parts.get(0).getAccumulator("train")).isCloseTo((float) primary, within(1e-6f));
        assertThat(parts.get(1).getAccumulator("train"))
                .isCloseTo((float) secondary, within(1e-6f));
        assertThat(loss.getAccumulator("train"))
                .isCloseTo((float) (primary + 0.5 * secondary), within(1e-6f));
        loss.resetAccumulator("train");
        assertThat(loss.getAccumulator("train")).isNaN();
    }

    @Test
    void refusesTwoPartsOfOneName() {
        CompositeLoss loss = CompositeLoss.of(CrossEntropyLoss.of());
        assertThatThrownBy(() -> loss.plus(1, CrossEntropyLoss.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("two parts are named CrossEntropyLoss");
    }

    @Test
    void refusesANegativeWeight() {
        CompositeLoss loss = CompositeLoss.of(CrossEntropyLoss.of());
        assertThatThrownBy(() -> loss.plus(-1, SoftBinnedEceLoss.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("weight = -1.0");
    }
}
