package dev.candor.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.metric.Metrics;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.loss.Loss;
import dev.candor.losses.CrossEntropyLoss;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Pi-model and pseudo-labels: losses of samples without a label. */
class SemiSupervisedLossTest {

    private static final double TOLERANCE = 1e-6;
    private static final double STEP = 1e-4;
    private static final double[] LOGITS = {
        2.0, 0.5, -1.0, 0.1, 1.2, 0.3, 6.0, 0.2, 0.7, 1.5, 1.4, -0.3
    };
    private static final long[] LABELS = {0, -100, -100, 1};
    private static final Loss PRIMARY = CrossEntropyLoss.builder().optIgnoreIndex(-100).build();

    private NDManager manager;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void consistencyIsTheSquaredDistanceOfTheProbabilities() {
        NDArray first = logits(LOGITS);
        NDArray second = first.flip(0);
        double distance = first.softmax(1).sub(second.softmax(1)).square().sum().getDouble() / 4;
        double value =
                PiModelLoss.of(PRIMARY, 0.7)
                        .evaluate(labels(), new NDList(first, second))
                        .getDouble();
        assertThat(value).isCloseTo(primary(first) + 0.7 * distance, within(TOLERANCE));
    }

    @Test
    void theSecondPassIsAConstant() {
        NDArray first = logits(LOGITS);
        NDArray second = first.flip(0).duplicate();
        second.setRequiresGradient(true);
        double[] gradient = gradient(first, x -> new NDList(x, second));
        assertThat(gradient).isNotEqualTo(new double[12]);
        assertThat(second.getGradient().toType(first.getDataType(), true).toDoubleArray())
                .containsOnly(0);
        checkGradient(gradient, x -> new NDList(x, second), PiModelLoss.of(PRIMARY, 0.7));
    }

    @Test
    void theWeightFollowsItsScheduleAndResumes() {
        NDList predictions = new NDList(logits(LOGITS), logits(LOGITS).flip(0));
        PiModelLoss ramp = PiModelLoss.of(PRIMARY, batch -> batch);
        double none = ramp.evaluate(labels(), predictions).getDouble();
        assertThat(none).isCloseTo(primary(predictions.head()), within(TOLERANCE));
        double one = ramp.evaluate(labels(), predictions).getDouble();
        PiModelLoss resumed = PiModelLoss.of(PRIMARY, batch -> batch);
        resumed.resumeAt(1);
        assertThat(resumed.evaluate(labels(), predictions).getDouble())
                .isEqualTo(one)
                .isGreaterThan(none);
        assertThat(ramp.batches()).isEqualTo(2);
    }

    @Test
    void trainsWithTwoPassesAndValidatesWithOne() throws Exception {
        CalibrationMonitor monitor = CalibrationMonitor.of();
        Metrics metrics = new Metrics();
        try (Toy toy = new Toy(64)) {
            Block network = Toy.network();
            TwoPasses twice = TwoPasses.of(network);
            assertThat(twice.network()).isSameAs(network);
            NDArray partial = toy.labels.duplicate();
            partial.set(new NDIndex("32:"), -100);
            ArrayDataset training =
                    new ArrayDataset.Builder()
                            .setData(toy.features)
                            .optLabels(partial)
                            .setSampling(16, true)
                            .build();
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(PiModelLoss.of(PRIMARY, 1))
                            .addTrainingListeners(TrainingListener.Defaults.basic())
                            .addTrainingListeners(monitor);
            try (Model model = Toy.model(twice);
                    Trainer trainer = Toy.trainer(model, config)) {
                trainer.setMetrics(metrics);
                NDList outputs = trainer.forward(new NDList(toy.features));
                assertThat(outputs).hasSize(2);
                assertThat(outputs.get(0)).isNotEqualTo(outputs.get(1));
                EasyTrain.fit(trainer, 4, training, toy.dataset(64, false));
            }
        }
        assertThat(monitor.history().get(3).nll()).isLessThan(monitor.history().get(0).nll());
        assertThat(metrics.getMetric("train_epoch_PiModelLoss")).hasSize(4);
    }

    /** Row 2 is sure of class 0, row 1 of nothing. */
    @Test
    void whatIsSureBecomesALabel() {
        NDArray logits = logits(LOGITS);
        NDArray logP = logits.logSoftmax(1);
        double sure = -logP.get(2, 0).getDouble();
        PseudoLabelLoss loss = PseudoLabelLoss.of(PRIMARY);
        assertThat(loss.evaluate(labels(), new NDList(logits)).getDouble())
                .isCloseTo(primary(logits) + sure / 2, within(TOLERANCE));
        double entropy = logP.exp().mul(logP).sum(new int[] {1}).get("1:3").sum().getDouble() / -2;
        PseudoLabelLoss both =
                PseudoLabelLoss.builder(PRIMARY)
                        .optWeight(0.5)
                        .optThreshold(1)
                        .optEntropyWeight(0.2)
                        .build();
        assertThat(both.evaluate(labels(), new NDList(logits)).getDouble())
                .isCloseTo(primary(logits) + 0.5 * 0.2 * entropy, within(TOLERANCE));
    }

    @Test
    void theGradientOfPseudoLabelsIsThatOfTheirValue() {
        PseudoLabelLoss loss =
                PseudoLabelLoss.builder(PRIMARY).optWeight(0.5).optEntropyWeight(0.2).build();
        NDArray leaf = logits(LOGITS);
        double[] gradient = gradient(leaf, NDList::new, loss);
        checkGradient(gradient, NDList::new, loss);
    }

    @Test
    void withLabelsForAllOnlyThePrimaryIsLeft() {
        NDArray logits = logits(LOGITS);
        NDList all = new NDList(manager.create(new long[] {0, 1, 2, 1}));
        assertThat(PseudoLabelLoss.of(PRIMARY).evaluate(all, new NDList(logits)).getDouble())
                .isCloseTo(
                        PRIMARY.evaluate(all, new NDList(logits)).getDouble(), within(TOLERANCE));
    }

    @Test
    void badArgumentsAreNamed() {
        assertThatThrownBy(() -> PiModelLoss.of(PRIMARY, -1))
                .hasMessage("weight = -1.0, expected a finite value >= 0");
        assertThatThrownBy(() -> PseudoLabelLoss.builder(PRIMARY).optThreshold(1.2))
                .hasMessage("threshold = 1.2, expected 0.0..1.0");
        NDArray logits = logits(LOGITS);
        assertThatThrownBy(
                        () ->
                                PiModelLoss.of(PRIMARY, 1)
                                        .evaluate(labels(), new NDList(logits, logits, logits)))
                .hasMessageContaining("3 predictions, expected 2");
    }

    private interface Predictions {
        NDList of(NDArray logits);
    }

    private double[] gradient(NDArray leaf, Predictions predictions) {
        return gradient(leaf, predictions, PiModelLoss.of(PRIMARY, 0.7));
    }

    private double[] gradient(NDArray leaf, Predictions predictions, Loss loss) {
        leaf.setRequiresGradient(true);
        try (GradientCollector collector = manager.getEngine().newGradientCollector()) {
            collector.backward(loss.evaluate(labels(), predictions.of(leaf)));
        }
        return leaf.getGradient().toDoubleArray();
    }

    private void checkGradient(double[] gradient, Predictions predictions, Loss loss) {
        for (int i = 0; i < LOGITS.length; i++) {
            double[] moved = LOGITS.clone();
            moved[i] += STEP;
            double up = loss.evaluate(labels(), predictions.of(logits(moved))).getDouble();
            moved[i] -= 2 * STEP;
            double down = loss.evaluate(labels(), predictions.of(logits(moved))).getDouble();
            assertThat(gradient[i]).isCloseTo((up - down) / (2 * STEP), within(TOLERANCE));
        }
    }

    private double primary(NDArray logits) {
        return PRIMARY.evaluate(labels(), new NDList(logits)).getDouble();
    }

    private NDList labels() {
        return new NDList(manager.create(LABELS));
    }

    private NDArray logits(double[] values) {
        return manager.create(values, new Shape(4, 3));
    }
}
