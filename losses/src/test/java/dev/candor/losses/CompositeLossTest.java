package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.evaluator.Evaluator;
import ai.djl.training.listener.EvaluatorTrainingListener;
import ai.djl.training.loss.Loss;
import ai.djl.training.tracker.Tracker;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
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
    void reportsATrainingBatchWithoutComputingItAgain() {
        AtomicInteger evaluations = new AtomicInteger();
        Loss counted =
                new Loss("counted") {
                    @Override
                    public NDArray evaluate(NDList labels, NDList predictions) {
                        evaluations.incrementAndGet();
                        return predictions.head().mean();
                    }
                };
        CompositeLoss loss = CompositeLoss.of(counted).plus(2, CrossEntropyLoss.of());
        loss.addAccumulator("train");
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList labels = new NDList(manager.zeros(new Shape(8)));
            NDList trained = new NDList(manager.randomNormal(new Shape(8, 3)));
            NDList validated = new NDList(manager.randomNormal(new Shape(8, 3)));
            float value = loss.evaluate(labels, trained).getFloat();
            loss.updateAccumulators(new String[] {"train"}, labels, trained);
            assertThat(evaluations).hasValue(1);
            assertThat(loss.getAccumulator("train")).isCloseTo(value, within(1e-6f));

            loss.updateAccumulators(new String[] {"train"}, labels, validated);
            assertThat(evaluations).hasValue(2);
            NDList others = new NDList(manager.ones(new Shape(8)));
            loss.updateAccumulators(new String[] {"train"}, others, trained);
            assertThat(evaluations).hasValue(3);
        }
    }

    @Test
    void itsReportReadsOnceHoweverManyPartsThereAre() {
        CompositeLoss loss =
                CompositeLoss.of(CrossEntropyLoss.of())
                        .plus(1, SoftBinnedEceLoss.of())
                        .plus(1, SoftAvucLoss.of());
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList logits = new NDList(manager.randomNormal(new Shape(8, 3)));
            NDList labels = new NDList(manager.zeros(new Shape(8)));
            try (MockedStatic<JniUtils> engine =
                    Mockito.mockStatic(JniUtils.class, Answers.CALLS_REAL_METHODS)) {
                loss.updateAccumulators(new String[] {"train", "progress"}, labels, logits);
                engine.verify(
                        () ->
                                JniUtils.getByteBuffer(
                                        ArgumentMatchers.any(), ArgumentMatchers.anyBoolean()),
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
    void theScheduleFollowsTrainingBatchesAndNotReports() {
        CompositeLoss loss =
                CompositeLoss.of(CrossEntropyLoss.of())
                        .plus(numUpdate -> numUpdate, SoftBinnedEceLoss.of());
        double primary = LossProbe.of(CrossEntropyLoss.of(), LOGITS, LABELS).value();
        double secondary = LossProbe.of(SoftBinnedEceLoss.of(), LOGITS, LABELS).value();
        String[] key = {"validate"};
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList labels = new NDList(manager.create(LABELS));
            NDList logits = new NDList(manager.create(LossProbe.flat(LOGITS), new Shape(16, 4)));
            for (int batch = 0; batch < 3; batch++) {
                double expected = primary + batch * secondary;
                assertThat(loss.evaluate(labels, logits).getDouble())
                        .isCloseTo(expected, within(1e-12));
                loss.resetAccumulator(key[0]);
                loss.updateAccumulators(key, labels, logits);
                loss.updateAccumulators(key, labels, logits);
                assertThat(loss.getAccumulator(key[0])).isCloseTo((float) expected, within(1e-6f));
            }
        }
    }

    @Test
    void theScheduleFollowsTheStepsOfATrainer() throws Exception {
        List<Integer> seen = new ArrayList<>();
        Tracker remembering =
                numUpdate -> {
                    seen.add(numUpdate);
                    return 1;
                };
        Loss loss =
                CompositeLoss.of(ScheduledFocalLoss.of(remembering))
                        .plus(1, SoftBinnedEceLoss.of());
        try (Model model = Model.newInstance("linear")) {
            // Two layers: DJL takes gradients that add up to zero, as those of one do, for none.
            model.setBlock(
                    new SequentialBlock()
                            .add(Linear.builder().setUnits(4).build())
                            .add(Linear.builder().setUnits(3).build()));
            NDManager manager = model.getNDManager();
            ArrayDataset data =
                    new ArrayDataset.Builder()
                            .setData(manager.randomNormal(new Shape(12, 2)))
                            .optLabels(manager.zeros(new Shape(12), DataType.INT64))
                            .setSampling(4, false)
                            .build();
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(loss)
                            .addTrainingListeners(new EvaluatorTrainingListener());
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(1, 2));
                EasyTrain.fit(trainer, 2, data, data);
            }
        }
        assertThat(seen.stream().distinct()).containsExactly(0, 1, 2, 3, 4, 5);
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

    @Test
    void tellsItsLosses() {
        Loss primary = CrossEntropyLoss.of();
        Loss secondary = SoftBinnedEceLoss.of();
        assertThat(CompositeLoss.of(primary).plus(0.7, secondary).losses())
                .containsExactly(primary, secondary);
    }

    @Test
    void schedulesGoOnWhereAnEarlierRunLeft() {
        ScheduledFocalLoss focal = ScheduledFocalLoss.of(batch -> batch);
        CompositeLoss loss = CompositeLoss.of(focal).plus(batch -> batch, BrierLoss.of());
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList labels = new NDList(manager.create(LABELS));
            NDList logits = new NDList(manager.create(LossProbe.flat(LOGITS), new Shape(16, 4)));
            loss.evaluate(labels, logits);
            loss.evaluate(labels, logits);
            assertThat(loss.batches()).isEqualTo(2);
            double third = loss.evaluate(labels, logits).getDouble();

            ScheduledFocalLoss resumedFocal = ScheduledFocalLoss.of(batch -> batch);
            CompositeLoss resumed =
                    CompositeLoss.of(resumedFocal).plus(batch -> batch, BrierLoss.of());
            resumed.resumeAt(2);
            assertThat(resumedFocal.batches()).isEqualTo(2);
            assertThat(resumed.evaluate(labels, logits).getDouble()).isEqualTo(third);
        }
        assertThatThrownBy(() -> loss.resumeAt(-1)).hasMessage("batches = -1, expected at least 0");
    }
}
