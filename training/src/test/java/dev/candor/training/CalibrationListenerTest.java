package dev.candor.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.metric.Metric;
import ai.djl.metric.Metrics;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import dev.candor.calibrators.TemperatureScaling;
import dev.candor.losses.CompositeLoss;
import dev.candor.losses.CrossEntropyLoss;
import dev.candor.losses.SoftBinnedEceLoss;
import dev.candor.metrics.CalibrationReport;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CalibrationListenerTest {

    private static final double TOLERANCE = 1e-5;
    private static final int FEATURES = 5;
    private static final int CLASSES = 3;

    private NDManager manager;
    private NDArray features;
    private NDArray labels;

    @BeforeEach
    void makeData() {
        Engine.getInstance().setRandomSeed(7);
        manager = NDManager.newBaseManager();
        features = manager.randomNormal(new Shape(90, FEATURES));
        NDArray scores = features.get(":, :3").add(manager.randomNormal(new Shape(90, CLASSES)));
        labels = scores.argMax(1);
    }

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void recordsWhatTheReportOfTheValidationSetSays() throws Exception {
        Metrics metrics = new Metrics();
        try (Model model = newModel();
                Trainer trainer = model.newTrainer(config())) {
            trainer.setMetrics(metrics);
            trainer.initialize(new Shape(1, FEATURES));
            for (int epoch = 0; epoch < 3; epoch++) {
                EasyTrain.fit(trainer, 1, dataset(), dataset());
                NDArray logits = trainer.evaluate(new NDList(features)).singletonOrThrow();
                CalibrationReport report = CalibrationReport.of(logits, labels);
                double temperature = TemperatureScaling.fit(logits, labels).temperature();
                assertThat(last(metrics, CalibrationListener.ECE))
                        .isCloseTo(report.ece(), within(TOLERANCE));
                assertThat(last(metrics, CalibrationListener.NLL))
                        .isCloseTo(report.nll(), within(TOLERANCE));
                assertThat(last(metrics, CalibrationListener.TEMPERATURE))
                        .isCloseTo(temperature, within(TOLERANCE));
            }
        }
        assertThat(metrics.getMetric(CalibrationListener.ECE)).hasSize(3);
    }

    @Test
    void recordsNothingWithoutAValidationSet() throws Exception {
        Metrics metrics = new Metrics();
        try (Model model = newModel();
                Trainer trainer = model.newTrainer(config())) {
            trainer.setMetrics(metrics);
            trainer.initialize(new Shape(1, FEATURES));
            EasyTrain.fit(trainer, 2, dataset(), null);
        }
        assertThat(metrics.hasMetric(CalibrationListener.ECE)).isFalse();
    }

    @Test
    void doesNotNeedMetrics() throws Exception {
        try (Model model = newModel();
                Trainer trainer = model.newTrainer(config())) {
            trainer.initialize(new Shape(1, FEATURES));
            EasyTrain.fit(trainer, 1, dataset(), dataset());
            assertThat(trainer.getMetrics()).isNull();
        }
    }

    @Test
    void changesNothingInTheTraining() throws Exception {
        assertThat(weightsAfterTraining(new DefaultTrainingConfig(CrossEntropyLoss.of())))
                .containsExactly(
                        weightsAfterTraining(
                                new DefaultTrainingConfig(CrossEntropyLoss.of())
                                        .addTrainingListeners(CalibrationListener.of())));
    }

    @Test
    void keepsNoArrayFromOneEpochToTheNext() throws Exception {
        try (Model model = newModel();
                Trainer trainer = model.newTrainer(config())) {
            trainer.initialize(new Shape(1, FEATURES));
            EasyTrain.fit(trainer, 1, dataset(), dataset());
            int after = trainer.getManager().getManagedArrays().size();
            EasyTrain.fit(trainer, 3, dataset(), dataset());
            assertThat(trainer.getManager().getManagedArrays()).hasSize(after);
        }
    }

    private float[] weightsAfterTraining(DefaultTrainingConfig config) throws Exception {
        Engine.getInstance().setRandomSeed(3);
        try (Model model = newModel();
                Trainer trainer = model.newTrainer(config.optOptimizer(Optimizer.adam().build()))) {
            trainer.initialize(new Shape(1, FEATURES));
            EasyTrain.fit(trainer, 2, dataset(), dataset());
            return model.getBlock().getParameters().valueAt(0).getArray().toFloatArray();
        }
    }

    private static DefaultTrainingConfig config() {
        return new DefaultTrainingConfig(
                        CompositeLoss.of(CrossEntropyLoss.of()).plus(1, SoftBinnedEceLoss.of()))
                .optOptimizer(Optimizer.adam().optLearningRateTracker(Tracker.fixed(0.05f)).build())
                .addTrainingListeners(CalibrationListener.of());
    }

    private static Model newModel() {
        Model model = Model.newInstance("linear");
        model.setBlock(Linear.builder().setUnits(CLASSES).build());
        return model;
    }

    private Dataset dataset() {
        return new ArrayDataset.Builder()
                .setData(features)
                .optLabels(labels)
                .setSampling(32, false)
                .build();
    }

    private static double last(Metrics metrics, String name) {
        List<Metric> values = metrics.getMetric(name);
        return values.get(values.size() - 1).getValue();
    }
}
