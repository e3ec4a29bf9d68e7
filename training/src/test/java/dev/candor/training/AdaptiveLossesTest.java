package dev.candor.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.listener.TrainingListener.BatchData;
import ai.djl.training.loss.Loss;
import dev.candor.losses.AdaFocalGammas;
import dev.candor.losses.AdaFocalLoss;
import dev.candor.losses.AvucLoss;
import dev.candor.losses.BinAccuracy;
import dev.candor.losses.CompositeLoss;
import dev.candor.losses.CorrectnessHistory;
import dev.candor.losses.CorrectnessRankingLoss;
import dev.candor.losses.CrossEntropyLoss;
import dev.candor.losses.RcftLoss;
import dev.candor.losses.ScheduledFocalLoss;
import dev.candor.metrics.Predictions;
import dev.candor.training.augmentation.IndexedDataset;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdaptiveLossesTest {

    private static final double TOLERANCE = 1e-5;
    private static final int SAMPLES = 48;

    private Toy toy;

    @BeforeEach
    void makeData() {
        toy = new Toy(SAMPLES);
    }

    @AfterEach
    void close() {
        toy.close();
    }

    @Test
    void adaFocalTakesItsGammasFromTheValidationSet() throws Exception {
        AdaFocalLoss loss = AdaFocalLoss.of();
        AdaFocalGammas before = loss.gammas();
        NDArray logits = train(loss, AdaptiveLosses.of(), toy.dataset(16, true));
        Predictions seen = Predictions.ofLogits(logits, toy.labels);
        AdaFocalGammas expected = before.updated(seen.confidence(), seen.correct());
        assertThat(loss.gammas().gammas())
                .containsExactly(expected.gammas(), within(TOLERANCE))
                .isNotEqualTo(before.gammas());
        assertThat(loss.gammas().edges()).containsExactly(expected.edges(), within(TOLERANCE));
    }

    @Test
    void avucTakesItsThresholdFromTheValidationSet() throws Exception {
        AvucLoss loss = AvucLoss.of();
        NDArray logits =
                train(
                        CompositeLoss.of(CrossEntropyLoss.of()).plus(1, loss),
                        AdaptiveLosses.of(),
                        toy.dataset(16, true));
        AvucLoss expected = AvucLoss.of();
        expected.observe(new NDList(toy.labels), new NDList(logits));
        expected.updateThreshold();
        assertThat(loss.threshold()).isCloseTo(expected.threshold(), within(TOLERANCE));
        assertThat(loss.thresholdUpdates()).isEqualTo(1);
    }

    @Test
    void avucJoinsTheSharesOfAllDevices() {
        AvucLoss loss = AvucLoss.of();
        NDArray logits = toy.features.get(":, :3");
        try (Model model = Toy.model();
                Trainer trainer = Toy.trainer(model, new DefaultTrainingConfig(loss))) {
            AdaptiveLosses listener = AdaptiveLosses.of();
            listener.onValidationBatch(
                    trainer,
                    new BatchData(
                            null,
                            Map.of(
                                    Device.cpu(), new NDList(toy.labels.get(":20")),
                                    Device.gpu(1), new NDList(toy.labels.get("20:"))),
                            Map.of(
                                    Device.cpu(), new NDList(logits.get(":20")),
                                    Device.gpu(1), new NDList(logits.get("20:")))));
            listener.onEpoch(trainer);
        }
        AvucLoss expected = AvucLoss.of();
        expected.observe(new NDList(toy.labels), new NDList(logits));
        expected.updateThreshold();
        assertThat(loss.threshold()).isCloseTo(expected.threshold(), within(TOLERANCE));
    }

    @Test
    void rankingCountsTheCorrectPredictionsOfEachSample() throws Exception {
        CorrectnessRankingLoss ranking = CorrectnessRankingLoss.of(CorrectnessHistory.of(SAMPLES));
        Loss loss = CompositeLoss.of(CrossEntropyLoss.of()).plus(1, ranking);
        Dataset training = IndexedDataset.of(toy.dataset(16, true));
        DefaultTrainingConfig config =
                new DefaultTrainingConfig(loss).addTrainingListeners(AdaptiveLosses.of());
        try (Model model = Toy.model();
                Trainer trainer = Toy.trainer(model, config)) {
            for (int epoch = 0; epoch < 2; epoch++) {
                for (Batch batch : trainer.iterateDataset(training)) {
                    assertThat(batch.getLabels()).hasSize(2);
                    EasyTrain.trainBatch(trainer, batch);
                    trainer.step();
                    batch.close();
                }
                trainer.notifyListeners(listener -> listener.onEpoch(trainer));
            }
        }
        assertThat(ranking.history().epochs()).isEqualTo(2);
        assertThat(Arrays.stream(ranking.history().counts()).max()).hasValue(2);
        assertThat(Arrays.stream(ranking.history().counts()).min()).hasValue(0);
    }

    @Test
    void rankingJoinsTheSharesOfAllDevices() {
        CorrectnessRankingLoss ranking = CorrectnessRankingLoss.of(CorrectnessHistory.of(SAMPLES));
        NDArray places = toy.manager.arange(0, SAMPLES, 1, DataType.INT64);
        NDArray logits = toy.features.get(":, :3");
        try (Model model = Toy.model();
                Trainer trainer = Toy.trainer(model, new DefaultTrainingConfig(ranking))) {
            AdaptiveLosses listener = AdaptiveLosses.of();
            listener.onTrainingBatch(
                    trainer,
                    new BatchData(
                            null,
                            Map.of(
                                    Device.cpu(),
                                    new NDList(toy.labels.get(":20"), places.get(":20")),
                                    Device.gpu(1),
                                    new NDList(toy.labels.get("20:"), places.get("20:"))),
                            Map.of(
                                    Device.cpu(), new NDList(logits.get(":20")),
                                    Device.gpu(1), new NDList(logits.get("20:")))));
            listener.onEpoch(trainer);
        }
        CorrectnessRankingLoss whole = CorrectnessRankingLoss.of(CorrectnessHistory.of(SAMPLES));
        whole.observe(new NDList(toy.labels, places), new NDList(logits));
        assertThat(ranking.history().counts()).isEqualTo(whole.history().counts());
        assertThat(ranking.history().epochs()).isEqualTo(1);
    }

    @Test
    void theIndexOfASampleTellsItsPlaceInTheSet() throws Exception {
        IndexedDataset training = IndexedDataset.of(toy.dataset(10, true));
        assertThat(training.size()).isEqualTo(SAMPLES);
        boolean[] met = new boolean[SAMPLES];
        for (Batch batch : training.getData(toy.manager)) {
            long[] places = batch.getLabels().get(1).toLongArray();
            for (int row = 0; row < places.length; row++) {
                met[(int) places[row]] = true;
                assertThat(batch.getData().head().get(row))
                        .isEqualTo(toy.features.get(places[row]));
            }
            batch.close();
        }
        assertThat(met).doesNotContain(false);
    }

    @Test
    void rankingWantsIndices() {
        Loss loss =
                CompositeLoss.of(CrossEntropyLoss.of())
                        .plus(1, CorrectnessRankingLoss.of(CorrectnessHistory.of(SAMPLES)));
        assertThatThrownBy(() -> train(loss, AdaptiveLosses.of(), toy.dataset(16, true)))
                .hasMessageContaining("expected 2, the labels and the indices of the samples");
    }

    @Test
    void rcftEstimatesAccuracyOnTheCalibrationSet() throws Exception {
        RcftLoss rcft = RcftLoss.of(BinAccuracy.of(new double[5], new long[5]));
        Dataset training = toy.dataset(16, true);
        NDArray logits =
                train(
                        CompositeLoss.of(CrossEntropyLoss.of()).plus(0.1, rcft),
                        AdaptiveLosses.builder().optCalibrationSet(training).build(),
                        training);
        BinAccuracy expected = BinAccuracy.of(logits, toy.labels, 5);
        assertThat(rcft.accuracy().counts()).isEqualTo(expected.counts());
        assertThat(rcft.accuracy().accuracies())
                .containsExactly(expected.accuracies(), within(TOLERANCE));
    }

    @Test
    void rcftWantsACalibrationSet() {
        Loss loss = RcftLoss.of(BinAccuracy.of(new double[5], new long[5]));
        try (Model model = Toy.model()) {
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(loss).addTrainingListeners(AdaptiveLosses.of());
            assertThatThrownBy(() -> model.newTrainer(config))
                    .hasMessageContaining("no calibration set");
        }
    }

    @Test
    void stateOutlivesTheProcess(@TempDir Path directory) throws Exception {
        Loss first = everything(SAMPLES);
        train(first, directory, 2);
        Loss second = everything(SAMPLES);
        assertThat(AdaptiveState.of(second).toJson())
                .isNotEqualTo(AdaptiveState.of(first).toJson());
        train(second, directory, 2);
        assertThat(AdaptiveState.of(second).toJson()).isEqualTo(AdaptiveState.of(first).toJson());
    }

    @Test
    void refusesTheStateOfAnotherLoss(@TempDir Path directory) throws Exception {
        train(everything(SAMPLES), directory, 1);
        assertThatThrownBy(() -> train(CrossEntropyLoss.of(), directory, 1))
                .hasMessageContaining("is of a loss of 7 parts, expected 1");
        assertThatThrownBy(() -> train(everything(SAMPLES + 1), directory, 1))
                .hasMessageContaining("a history of 48 samples, expected 49");
    }

    private static Loss everything(int samples) {
        return CompositeLoss.of(AdaFocalLoss.of())
                .plus(batch -> 0.1f / (1 + batch), AvucLoss.of())
                .plus(0.1, CorrectnessRankingLoss.of(CorrectnessHistory.of(samples)))
                .plus(0.1, RcftLoss.of(BinAccuracy.of(new double[5], new long[5])))
                .plus(0.1, ScheduledFocalLoss.of(batch -> 5 - 0.1f * batch))
                .plus(0.1, CrossEntropyLoss.of());
    }

    private void train(Loss loss, Path directory, int epochs) throws Exception {
        Dataset training = IndexedDataset.of(toy.dataset(16, true));
        DefaultTrainingConfig config =
                new DefaultTrainingConfig(loss)
                        .addTrainingListeners(
                                CalibrationMonitor.of(),
                                AdaptiveLosses.builder().optCalibrationSet(training).build(),
                                BestCheckpoint.of(directory));
        try (Model model = Toy.model();
                Trainer trainer = Toy.trainer(model, config)) {
            CalibrationTraining.fit(trainer, epochs, training, toy.dataset(SAMPLES, false));
        }
    }

    /** Trains an epoch; the logits of all samples afterwards. */
    private NDArray train(Loss loss, AdaptiveLosses listener, Dataset training) throws Exception {
        DefaultTrainingConfig config =
                new DefaultTrainingConfig(loss)
                        .addTrainingListeners(listener, CalibrationMonitor.of());
        try (Model model = Toy.model();
                Trainer trainer = Toy.trainer(model, config)) {
            EasyTrain.fit(trainer, 1, training, toy.dataset(20, false));
            NDArray logits = trainer.evaluate(new NDList(toy.features)).singletonOrThrow();
            logits.attach(toy.manager);
            return logits;
        }
    }
}
