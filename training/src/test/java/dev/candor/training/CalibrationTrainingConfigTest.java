package dev.candor.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.metric.Metrics;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.listener.TrainingListenerAdapter;
import ai.djl.training.loss.Loss;
import dev.candor.calibrators.VectorScaling;
import dev.candor.losses.CompositeLoss;
import dev.candor.losses.CrossEntropyLoss;
import dev.candor.losses.SoftBinnedEceLoss;
import dev.candor.training.augmentation.AugmentedDataset;
import dev.candor.training.augmentation.Mixup;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CalibrationTrainingConfigTest {

    private Toy toy;
    private Dataset training;
    private Dataset validation;

    @BeforeEach
    void makeData() {
        toy = new Toy(64);
        training = toy.dataset(16, true);
        validation = toy.dataset(64, false);
    }

    @AfterEach
    void close() {
        toy.close();
    }

    @Test
    void bringsWhatItWasAskedFor() {
        assertThat(CalibrationTrainingConfig.of(loss()).getTrainingListeners())
                .hasExactlyElementsOfTypes(CalibrationMonitor.class, AdaptiveLosses.class);
        DefaultTrainingConfig all =
                CalibrationTrainingConfig.builder()
                        .setLoss(loss())
                        .optValidation(validation)
                        .optPatience(2)
                        .build()
                        .addTrainingListeners(new TrainingListenerAdapter() {});
        List<TrainingListener> listeners = all.getTrainingListeners();
        assertThat(listeners).hasSize(6);
        assertThat(listeners.subList(0, 4))
                .hasExactlyElementsOfTypes(
                        CalibrationMonitor.class,
                        AdaptiveLosses.class,
                        BestCheckpoint.class,
                        PostHocCalibration.class);
        assertThat(listeners.get(5)).isInstanceOf(CalibrationEarlyStopping.class);
        assertThat(all.getLossFunction()).isInstanceOf(SingleEvaluationLoss.class);
    }

    @Test
    void allListenersSeeTheEpochThatIsTheLast() throws Exception {
        List<Integer> seen = new ArrayList<>();
        DefaultTrainingConfig config =
                CalibrationTrainingConfig.builder()
                        .setLoss(loss())
                        .optValidation(validation)
                        .optCriterion(Criterion.ECE)
                        .optPatience(1)
                        .optCalibrator(VectorScaling::fit)
                        .build()
                        .addTrainingListeners(
                                new TrainingListenerAdapter() {
                                    @Override
                                    public void onEpoch(Trainer trainer) {
                                        seen.add(seen.size() + 1);
                                    }
                                });
        try (Model model = Toy.model();
                Trainer trainer = Toy.trainer(model, config)) {
            List<CalibrationEpoch> history =
                    CalibrationTraining.fit(trainer, 100, training, validation);
            assertThat(history).hasSizeLessThan(100).hasSameSizeAs(seen);
            assertThat(Criterion.ECE.best(history, 0).epoch()).isEqualTo(history.size() - 1);
        }
    }

    @Test
    void resumesWithAllItsPlugIns(@TempDir Path directory) throws Exception {
        float[] whole = train(directory.resolve("whole"), 4);
        train(directory.resolve("parts"), 1);
        train(directory.resolve("parts"), 3);
        assertThat(train(directory.resolve("parts"), 4)).containsExactly(whole);
    }

    @Test
    void whatWasDoneIsNotTrainedFurtherButCalibrated(@TempDir Path directory) throws Exception {
        float[] whole = train(directory, 3);
        assertThat(train(directory, 3)).containsExactly(whole);
    }

    @Test
    void whatWasStoppedEarlyIsNotTrainedFurther(@TempDir Path directory) throws Exception {
        int[] epochs = new int[2];
        for (int run = 0; run < 2; run++) {
            DefaultTrainingConfig config =
                    CalibrationTrainingConfig.builder()
                            .setLoss(loss())
                            .optValidation(validation)
                            .optDirectory(directory)
                            .optCriterion(Criterion.ECE)
                            .optPatience(1)
                            .build();
            try (Model model = Toy.model();
                    Trainer trainer = Toy.trainer(model, config)) {
                epochs[run] = CalibrationTraining.fit(trainer, 100, training, validation).size();
            }
        }
        assertThat(epochs[1]).isEqualTo(epochs[0]).isLessThan(100);
    }

    @Test
    void theSameSeedGivesTheSameWeights(@TempDir Path directory) throws Exception {
        float[] first = train(directory.resolve("first"), 3);
        assertThat(train(directory.resolve("second"), 3)).containsExactly(first);
    }

    /** Trains with dropout and mixup; weights of the best epoch and the temperature. */
    private float[] train(Path directory, int epochs) throws Exception {
        DefaultTrainingConfig config =
                CalibrationTrainingConfig.builder()
                        .setLoss(loss())
                        .optValidation(validation)
                        .optDirectory(directory)
                        .optSeed(4)
                        .optOptimizer(ResumableAdam.of(0.01f))
                        .build();
        Dataset mixed = AugmentedDataset.of(training, Mixup.of(0.4, Toy.CLASSES));
        Engine.getInstance().setRandomSeed(1);
        try (Model model = Toy.model();
                Trainer trainer = Toy.trainer(model, config)) {
            CalibrationTraining.fit(trainer, epochs, mixed, validation);
            return Toy.weights(model);
        }
    }

    @Test
    void reportsThePartsOfACompositeWhereAsked() throws Exception {
        CompositeLoss loss =
                CompositeLoss.of(CrossEntropyLoss.of()).plus(1, SoftBinnedEceLoss.of());
        DefaultTrainingConfig config =
                CalibrationTrainingConfig.builder().setLoss(loss).optReuseLoss(false).build();
        config.addEvaluators(loss.parts());
        config.addTrainingListeners(TrainingListener.Defaults.basic());
        Metrics metrics = new Metrics();
        try (Model model = Toy.model();
                Trainer trainer = Toy.trainer(model, config)) {
            trainer.setMetrics(metrics);
            EasyTrain.fit(trainer, 1, training, validation);
        }
        assertThat(metrics.getMetric("train_epoch_SoftBinnedEceLoss").get(0).getValue())
                .isPositive();
    }

    @Test
    void refusesNoLoss() {
        assertThatThrownBy(() -> CalibrationTrainingConfig.builder().build())
                .hasMessage("no loss set");
    }

    private static Loss loss() {
        return CompositeLoss.of(CrossEntropyLoss.of()).plus(1, SoftBinnedEceLoss.of());
    }
}
