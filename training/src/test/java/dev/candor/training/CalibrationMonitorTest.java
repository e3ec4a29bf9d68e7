package dev.candor.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.metric.Metric;
import ai.djl.metric.Metrics;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import dev.candor.calibrators.TemperatureScaling;
import dev.candor.losses.CompositeLoss;
import dev.candor.losses.CrossEntropyLoss;
import dev.candor.losses.SoftBinnedEceLoss;
import dev.candor.metrics.CalibrationReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CalibrationMonitorTest {

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
                assertThat(last(metrics, CalibrationMonitor.ECE))
                        .isCloseTo(report.ece(), within(TOLERANCE));
                assertThat(last(metrics, CalibrationMonitor.NLL))
                        .isCloseTo(report.nll(), within(TOLERANCE));
                assertThat(last(metrics, CalibrationMonitor.TEMPERATURE))
                        .isCloseTo(temperature, within(TOLERANCE));
            }
        }
        assertThat(metrics.getMetric(CalibrationMonitor.ECE)).hasSize(3);
    }

    @Test
    void splitsTheLikelihoodInRefinementAndCalibration() throws Exception {
        CalibrationMonitor monitor = CalibrationMonitor.of();
        Metrics metrics = new Metrics();
        try (Model model = newModel();
                Trainer trainer = model.newTrainer(plain(monitor))) {
            trainer.setMetrics(metrics);
            trainer.initialize(new Shape(1, FEATURES));
            EasyTrain.fit(trainer, 2, dataset(), dataset());
            NDArray logits = trainer.evaluate(new NDList(features)).singletonOrThrow();
            TemperatureScaling scaling = TemperatureScaling.fit(logits, labels);
            CalibrationReport report = CalibrationReport.of(logits, labels);
            CalibrationReport scaled = CalibrationReport.of(scaling.apply(logits), labels);
            CalibrationEpoch epoch = monitor.history().get(1);
            assertThat(epoch.epoch()).isEqualTo(2);
            assertThat(epoch.accuracy()).isEqualTo(report.accuracy());
            assertThat(epoch.brier()).isCloseTo(report.brier(), within(TOLERANCE));
            assertThat(epoch.refinement()).isCloseTo(scaled.nll(), within(TOLERANCE));
            assertThat(epoch.calibration())
                    .isCloseTo(report.nll() - scaled.nll(), within(TOLERANCE));
            assertThat(last(metrics, CalibrationMonitor.REFINEMENT)).isEqualTo(epoch.refinement());
            assertThat(last(metrics, CalibrationMonitor.CALIBRATION))
                    .isEqualTo(epoch.calibration());
            assertThat(last(metrics, CalibrationMonitor.BRIER)).isEqualTo(epoch.brier());
            assertThat(monitor.diagram().counts()).isEqualTo(report.diagram().counts());
        }
    }

    @Test
    void writesATableWithARowForEachEpoch(@TempDir Path directory) throws Exception {
        Path table = directory.resolve("logs").resolve("epochs.csv");
        CalibrationMonitor monitor = CalibrationMonitor.builder().optCsv(table).build();
        try (Model model = newModel();
                Trainer trainer = model.newTrainer(plain(monitor))) {
            trainer.initialize(new Shape(1, FEATURES));
            EasyTrain.fit(trainer, 2, dataset(), dataset());
        }
        List<String> lines = Files.readAllLines(table);
        assertThat(lines).hasSize(3);
        assertThat(lines.get(0))
                .isEqualTo("epoch,accuracy,ece,nll,brier,temperature,refinement,calibration");
        assertThat(lines.get(2)).startsWith("2," + monitor.history().get(1).accuracy() + ",");
    }

    @Test
    void joinsTheBatchesOfAllDevices() {
        CalibrationMonitor monitor = CalibrationMonitor.of();
        try (Model model = newModel();
                Trainer trainer = model.newTrainer(plain(monitor))) {
            trainer.initialize(new Shape(1, FEATURES));
            NDArray logits = trainer.evaluate(new NDList(features)).singletonOrThrow();
            // Two shares of a batch, told apart by their devices as a trainer with two would.
            Map<Device, NDList> outputs =
                    Map.of(
                            Device.cpu(), new NDList(logits.get(":40")),
                            Device.gpu(1), new NDList(logits.get("40:")));
            Map<Device, NDList> targets =
                    Map.of(
                            Device.cpu(), new NDList(labels.get(":40")),
                            Device.gpu(1), new NDList(labels.get("40:")));
            monitor.onValidationBatch(
                    trainer, new TrainingListener.BatchData(null, targets, outputs));
            monitor.onEpoch(trainer);
            assertThat(monitor.history().get(0).nll())
                    .isCloseTo(CalibrationReport.of(logits, labels).nll(), within(TOLERANCE));
        }
    }

    @Test
    void leavesOutTokensThatDoNotCount() {
        CalibrationMonitor monitor = CalibrationMonitor.of();
        try (Model model = newModel();
                Trainer trainer = model.newTrainer(plain(monitor))) {
            NDArray logits = manager.randomNormal(new Shape(4, 6, CLASSES));
            NDArray tokens = manager.zeros(new Shape(4, 6), DataType.INT64);
            tokens.set(new NDIndex(":, 3:"), -100);
            monitor.onValidationBatch(
                    trainer,
                    new TrainingListener.BatchData(
                            null,
                            Map.of(Device.cpu(), new NDList(tokens)),
                            Map.of(Device.cpu(), new NDList(logits))));
            monitor.onEpoch(trainer);
            assertThat(monitor.history().get(0).nll())
                    .isCloseTo(CalibrationReport.of(logits, tokens).nll(), within(TOLERANCE));
        }
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
        assertThat(metrics.hasMetric(CalibrationMonitor.ECE)).isFalse();
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
                                        .addTrainingListeners(CalibrationMonitor.of())));
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

    private static DefaultTrainingConfig plain(CalibrationMonitor monitor) {
        return new DefaultTrainingConfig(CrossEntropyLoss.of()).addTrainingListeners(monitor);
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
                .addTrainingListeners(CalibrationMonitor.of());
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
