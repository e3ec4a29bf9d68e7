package dev.candor.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import dev.candor.calibrators.TemperatureScaling;
import dev.candor.calibrators.VectorScaling;
import dev.candor.losses.CrossEntropyLoss;
import dev.candor.metrics.CalibrationReport;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PostHocCalibrationTest {

    private static final double TOLERANCE = 1e-4;

    /** A learning rate that makes the network overconfident. */
    private static final float OVERCONFIDENT = 0.05f;

    /** A learning rate at which epochs get worse and better again. */
    private static final float BUMPY = 0.5f;

    private Toy toy;

    @BeforeEach
    void makeData() {
        toy = new Toy(96);
    }

    @AfterEach
    void close() {
        toy.close();
    }

    @Test
    void whatIsSavedIsTheCalibratedModel(@TempDir Path directory) throws Exception {
        PostHocCalibration calibration = PostHocCalibration.of(toy.dataset(32, false));
        CalibrationMonitor monitor = CalibrationMonitor.of();
        float[] calibrated;
        try (Model model = Toy.model()) {
            try (Trainer trainer =
                    Toy.trainer(
                            model,
                            config(OVERCONFIDENT).addTrainingListeners(monitor, calibration))) {
                EasyTrain.fit(trainer, 8, toy.dataset(16, true), toy.dataset(32, false));
            }
            calibrated = logits(model).toFloatArray();
            model.save(directory, "toy");
        }
        TemperatureScaling fitted = (TemperatureScaling) calibration.calibrator();
        CalibrationEpoch last = monitor.history().get(7);
        assertThat(fitted.temperature())
                .isCloseTo(last.temperature(), within(TOLERANCE))
                .isNotCloseTo(1, within(0.05));
        try (Model loaded =
                Toy.model(
                        new SequentialBlock()
                                .add(Toy.network())
                                .add(TemperatureScaling.of(1).asBlock()))) {
            loaded.load(directory, "toy");
            NDArray logits = logits(loaded);
            assertThat(logits.toFloatArray()).containsExactly(calibrated);
            assertThat(CalibrationReport.of(logits, toy.labels).nll())
                    .isCloseTo(last.refinement(), within(TOLERANCE));
        }
    }

    @Test
    void calibratesTheBestEpochWhereThatIsRestored() throws Exception {
        PostHocCalibration calibration =
                PostHocCalibration.of(toy.dataset(32, false), VectorScaling::fit);
        BestCheckpoint checkpoint = BestCheckpoint.of();
        try (Model model = Toy.model()) {
            try (Trainer trainer =
                    Toy.trainer(
                            model,
                            config(BUMPY)
                                    .addTrainingListeners(
                                            calibration, CalibrationMonitor.of(), checkpoint))) {
                EasyTrain.fit(trainer, 12, toy.dataset(16, true), toy.dataset(32, false));
            }
            assertThat(checkpoint.best().epoch()).isLessThan(12);
            assertThat(calibration.calibrator().method()).isEqualTo("vector");
            assertThat(calibration.calibrator().summary().objectiveBefore())
                    .isCloseTo(checkpoint.best().nll(), within(TOLERANCE));
        }
    }

    @Test
    void happensOnceAtTheEndOfFit() throws Exception {
        PostHocCalibration calibration = PostHocCalibration.of(toy.dataset(32, false));
        try (Model model = Toy.model()) {
            Block network = model.getBlock();
            try (Trainer trainer =
                    Toy.trainer(model, config(OVERCONFIDENT).addTrainingListeners(calibration))) {
                CalibrationTraining.fit(trainer, 1, toy.dataset(16, true), null);
                assertThat(model.getBlock()).isNotSameAs(network);
            }
            assertThat(model.getBlock().getChildren().valueAt(0)).isSameAs(network);
        }
    }

    @Test
    void leavesAModelAloneThatWasNotTrained() {
        PostHocCalibration calibration = PostHocCalibration.of(toy.dataset(32, false));
        try (Model model = Toy.model()) {
            Block network = model.getBlock();
            Toy.trainer(model, config(OVERCONFIDENT).addTrainingListeners(calibration)).close();
            assertThat(model.getBlock()).isSameAs(network);
            assertThat(calibration.calibrator()).isNull();
        }
    }

    private NDArray logits(Model model) {
        NDManager manager = toy.manager;
        return model.getBlock()
                .forward(new ParameterStore(manager, false), new NDList(toy.features), false)
                .singletonOrThrow();
    }

    private static DefaultTrainingConfig config(float rate) {
        return new DefaultTrainingConfig(CrossEntropyLoss.of())
                .optOptimizer(Optimizer.adam().optLearningRateTracker(Tracker.fixed(rate)).build());
    }
}
