package dev.candor.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.ndarray.NDList;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListenerAdapter;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import dev.candor.losses.CrossEntropyLoss;
import dev.candor.metrics.CalibrationReport;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BestCheckpointTest {

    private static final double TOLERANCE = 1e-5;
    private static final int SEED = 11;

    /** So large that epochs after the first get worse and better again. */
    private static final float BUMPY_RATE = 0.5f;

    private Toy toy;

    @BeforeEach
    void makeData() {
        toy = new Toy(64);
    }

    @AfterEach
    void close() {
        toy.close();
    }

    @Test
    void givesBackTheWeightsOfTheBestEpochFromMemory() throws Exception {
        givesBackTheBest(BestCheckpoint.of());
    }

    @Test
    void givesBackTheWeightsOfTheBestEpochFromAFile(@TempDir Path directory) throws Exception {
        givesBackTheBest(BestCheckpoint.of(directory));
    }

    private void givesBackTheBest(BestCheckpoint checkpoint) throws Exception {
        CalibrationMonitor monitor = CalibrationMonitor.of();
        List<float[]> weights = new ArrayList<>();
        try (Model model = Toy.model()) {
            DefaultTrainingConfig config =
                    bumpy().addTrainingListeners(
                                    checkpoint,
                                    monitor,
                                    new TrainingListenerAdapter() {
                                        @Override
                                        public void onEpoch(Trainer trainer) {
                                            weights.add(Toy.weights(model));
                                        }
                                    });
            try (Trainer trainer = Toy.trainer(model, config)) {
                EasyTrain.fit(trainer, 6, toy.dataset(16, true), toy.dataset(64, false));
            }
            int best = checkpoint.best().epoch();
            assertThat(best).as("else nothing had to be restored").isLessThan(6);
            assertThat(monitor.history())
                    .allSatisfy(
                            epoch ->
                                    assertThat(epoch.refinement())
                                            .isGreaterThanOrEqualTo(
                                                    checkpoint.best().refinement()));
            assertThat(Toy.weights(model)).containsExactly(weights.get(best - 1));
        }
    }

    @Test
    void choosesByTheCriterionItIsGiven() throws Exception {
        for (Criterion criterion : Criterion.values()) {
            CalibrationMonitor monitor = CalibrationMonitor.of();
            BestCheckpoint checkpoint = BestCheckpoint.builder().optCriterion(criterion).build();
            try (Model model = Toy.model();
                    Trainer trainer =
                            Toy.trainer(model, bumpy().addTrainingListeners(monitor, checkpoint))) {
                EasyTrain.fit(trainer, 6, toy.dataset(16, true), toy.dataset(64, false));
                checkpoint.restore(trainer);
                double least =
                        monitor.history().stream().mapToDouble(criterion::of).min().orElseThrow();
                assertThat(criterion.of(checkpoint.best())).isEqualTo(least);
                assertThat(
                                CalibrationReport.of(
                                                trainer.evaluate(new NDList(toy.features)).head(),
                                                toy.labels)
                                        .nll())
                        .isCloseTo(checkpoint.best().nll(), within(TOLERANCE));
            }
        }
    }

    @Test
    void resumesAsIfNothingHadHappened(@TempDir Path directory) throws Exception {
        float[] uninterrupted = train(directory.resolve("whole"), 5);
        train(directory.resolve("parts"), 2);
        assertThat(train(directory.resolve("parts"), 5)).containsExactly(uninterrupted);
    }

    @Test
    void resumesTheHistoryTheBestAndTheStateOfTheOptimizer(@TempDir Path directory)
            throws Exception {
        train(directory, 3);
        CalibrationMonitor monitor = CalibrationMonitor.of();
        BestCheckpoint checkpoint = checkpoint(directory, ResumableAdam.of());
        try (Model model = Toy.model();
                Trainer trainer =
                        Toy.trainer(
                                model,
                                new DefaultTrainingConfig(CrossEntropyLoss.of())
                                        .addTrainingListeners(monitor, checkpoint))) {
            assertThat(checkpoint.resume(trainer)).isEqualTo(3);
            assertThat(monitor.history())
                    .extracting(CalibrationEpoch::epoch)
                    .containsExactly(1, 2, 3);
            assertThat(checkpoint.best())
                    .isEqualTo(Criterion.REFINEMENT.best(monitor.history(), 0));
        }
    }

    /** Ends a process by force, twice, wherever it is, and goes on with what it left. */
    @Test
    void losesNoMoreThanTheRunningEpochWhenTheProcessIsKilled(@TempDir Path directory)
            throws Exception {
        Path killed = directory.resolve("killed");
        int reported = 0;
        for (int kill = 1; kill <= 2; kill++) {
            reported = trainUntilKilled(killed, reported + 4, 3 + 17 * kill);
        }
        int done;
        try (Model model = Toy.model()) {
            BestCheckpoint checkpoint = checkpoint(killed, ResumableAdam.of());
            try (Trainer trainer =
                    Toy.trainer(
                            model,
                            new DefaultTrainingConfig(CrossEntropyLoss.of())
                                    .addTrainingListeners(CalibrationMonitor.of(), checkpoint))) {
                done = checkpoint.resume(trainer);
            }
        }
        assertThat(done).isGreaterThanOrEqualTo(reported);
        try (Stream<Path> files = Files.list(killed)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("last.checkpoint", "best.checkpoint");
        }
        assertThat(train(killed, done + 2))
                .containsExactly(train(directory.resolve("whole"), done + 2));
    }

    /** The number of epochs that the process told of before it was killed. */
    private static int trainUntilKilled(Path directory, int epochs, int delay) throws Exception {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Dai.djl.offline=true",
                                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                                "-cp",
                                System.getProperty("java.class.path"),
                                BestCheckpointTest.class.getName(),
                                directory.toString())
                        .redirectError(directory.resolveSibling("errors.txt").toFile())
                        .start();
        int reported = 0;
        try (BufferedReader output = process.inputReader()) {
            String line = output.readLine();
            while (line != null && reported < epochs) {
                reported = Integer.parseInt(line);
                line = reported < epochs ? output.readLine() : line;
            }
            Thread.sleep(delay);
            process.destroyForcibly().waitFor();
            for (line = output.readLine(); line != null; line = output.readLine()) {
                reported = Integer.parseInt(line);
            }
        } catch (IOException e) {
            // The stream broke off in the middle of a line.
            assertThat(process.isAlive()).isFalse();
        }
        assertThat(reported).isGreaterThanOrEqualTo(epochs);
        return reported;
    }

    /** Trains without end; tells of each epoch when its checkpoint is written. */
    public static void main(String[] arguments) throws Exception {
        try (Toy data = new Toy(64);
                Model model = Toy.model()) {
            ResumableAdam adam = ResumableAdam.of(0.01f);
            BestCheckpoint checkpoint = checkpoint(Path.of(arguments[0]), adam);
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(CrossEntropyLoss.of())
                            .optOptimizer(adam)
                            .addTrainingListeners(
                                    CalibrationMonitor.of(),
                                    checkpoint,
                                    new TrainingListenerAdapter() {
                                        @Override
                                        public void onEpoch(Trainer trainer) {
                                            CalibrationMonitor monitor =
                                                    CalibrationMonitor.in(trainer, this);
                                            System.out.println(monitor.finishedEpochs());
                                        }
                                    });
            try (Trainer trainer = Toy.trainer(model, config)) {
                CalibrationTraining.fit(
                        trainer, 100_000, data.dataset(32, true), data.dataset(64, false));
            }
        }
    }

    @Test
    void refusesTheCheckpointOfAnotherNetwork(@TempDir Path directory) throws Exception {
        train(directory, 1);
        BestCheckpoint checkpoint = BestCheckpoint.of(directory);
        try (Model model = Toy.model(Linear.builder().setUnits(Toy.CLASSES).build());
                Trainer trainer =
                        Toy.trainer(
                                model,
                                bumpy().addTrainingListeners(
                                                CalibrationMonitor.of(), checkpoint))) {
            assertThatThrownBy(() -> checkpoint.resume(trainer))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("has no parameter weight");
        }
    }

    @Test
    void refusesADamagedCheckpoint(@TempDir Path directory) throws Exception {
        train(directory, 1);
        Path file = directory.resolve("last.checkpoint");
        byte[] whole = Files.readAllBytes(file);
        BestCheckpoint checkpoint = BestCheckpoint.of(directory);
        try (Model model = Toy.model();
                Trainer trainer =
                        Toy.trainer(
                                model,
                                bumpy().addTrainingListeners(
                                                CalibrationMonitor.of(), checkpoint))) {
            byte[] changed = whole.clone();
            changed[changed.length - 20] ^= 1;
            Files.write(file, changed);
            assertThatThrownBy(() -> checkpoint.resume(trainer)).hasMessageContaining("damaged");
            Files.write(file, Arrays.copyOf(whole, whole.length / 2));
            assertThatThrownBy(() -> checkpoint.resume(trainer)).hasMessageContaining("truncated");
            Files.writeString(file, "something else");
            assertThatThrownBy(() -> checkpoint.resume(trainer))
                    .hasMessageContaining("is no checkpoint of Candor");
        }
    }

    @Test
    void startsAnewWithoutACheckpoint(@TempDir Path directory) {
        BestCheckpoint checkpoint = BestCheckpoint.of(directory.resolve("none"));
        try (Model model = Toy.model();
                Trainer trainer =
                        Toy.trainer(
                                model,
                                bumpy().addTrainingListeners(
                                                CalibrationMonitor.of(), checkpoint))) {
            assertThat(checkpoint.resume(trainer)).isZero();
        }
    }

    @Test
    void wantsAMonitorAndAValidationSet() {
        try (Model model = Toy.model();
                Trainer trainer =
                        Toy.trainer(model, bumpy().addTrainingListeners(BestCheckpoint.of()))) {
            assertThatThrownBy(
                            () ->
                                    EasyTrain.fit(
                                            trainer,
                                            1,
                                            toy.dataset(16, true),
                                            toy.dataset(64, false)))
                    .hasMessageContaining("BestCheckpoint found no CalibrationMonitor");
        }
        try (Model model = Toy.model();
                Trainer trainer =
                        Toy.trainer(
                                model,
                                bumpy().addTrainingListeners(
                                                CalibrationMonitor.of(), BestCheckpoint.of()))) {
            assertThatThrownBy(() -> EasyTrain.fit(trainer, 1, toy.dataset(16, true), null))
                    .hasMessageContaining("no validation set");
        }
    }

    private static DefaultTrainingConfig bumpy() {
        return new DefaultTrainingConfig(CrossEntropyLoss.of())
                .optOptimizer(
                        Optimizer.adam().optLearningRateTracker(Tracker.fixed(BUMPY_RATE)).build());
    }

    private static BestCheckpoint checkpoint(Path directory, ResumableAdam adam) {
        return BestCheckpoint.builder()
                .optDirectory(directory)
                .optSeed(SEED)
                .optOptimizer(adam)
                .build();
    }

    /** Trains up to a number of epochs in all; the weights of the last, not the best. */
    private float[] train(Path directory, int epochs) throws Exception {
        ResumableAdam adam = ResumableAdam.of(0.01f);
        BestCheckpoint checkpoint = checkpoint(directory, adam);
        try (Model model = Toy.model()) {
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(CrossEntropyLoss.of())
                            .optOptimizer(adam)
                            .addTrainingListeners(CalibrationMonitor.of(), checkpoint);
            try (Trainer trainer = Toy.trainer(model, config)) {
                EasyTrain.fit(
                        trainer,
                        epochs - checkpoint.resume(trainer),
                        toy.dataset(32, true),
                        toy.dataset(64, false));
                return Toy.weights(model);
            }
        }
    }
}
