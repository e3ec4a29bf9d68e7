package dev.candor.training;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.listener.TrainingListenerAdapter;
import dev.candor.losses.CompositeLoss;
import dev.candor.losses.CrossEntropyLoss;
import dev.candor.losses.SoftBinnedEceLoss;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
class NativeMemoryTest {

    /** So many that what they leave is more than what the allocator keeps, tens of megabytes. */
    private static final int EPOCHS = 60;

    /** What an epoch would leave behind if its logits alone were kept, in bytes. */
    private static final long LOGITS = 2048L * 256 * Float.BYTES;

    private static final long BOUND = EPOCHS * LOGITS / 2;

    @Test
    void staysFlatFromEpochToEpoch(@TempDir Path directory) throws Exception {
        assertThat(growth(directory, "plug-ins")).isLessThan(BOUND);
    }

    @Test
    void aListenerThatKeepsWhatItSeesIsFound(@TempDir Path directory) throws Exception {
        assertThat(growth(directory, "hoarder")).isGreaterThan(BOUND);
    }

    /**
     * In a process whose heap is in memory from the start, and without the compiler that takes
     * memory as it goes, so that only the engine's memory grows.
     */
    private static long growth(Path directory, String what) throws Exception {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xms160m",
                                "-Xmx160m",
                                "-XX:+AlwaysPreTouch",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-Dai.djl.offline=true",
                                "-Dai.djl.pytorch.num_threads=1",
                                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                                "-cp",
                                System.getProperty("java.class.path"),
                                NativeMemoryTest.class.getName(),
                                what)
                        .redirectError(directory.resolve("errors.txt").toFile())
                        .start();
        try (BufferedReader output = process.inputReader()) {
            String growth = output.readLine();
            assertThat(process.waitFor())
                    .as("%s", Files.readString(directory.resolve("errors.txt")))
                    .isZero();
            return Long.parseLong(growth);
        }
    }

    /** Trains and tells by how many bytes the process grew. */
    public static void main(String[] arguments) throws Exception {
        TrainingListener listener =
                arguments[0].equals("hoarder") ? new Hoarder() : new TrainingListenerAdapter() {};
        try (NDManager manager = NDManager.newBaseManager();
                Model model = Model.newInstance("wide")) {
            ArrayDataset training = set(manager, 128);
            ArrayDataset validation = set(manager, 2048);
            model.setBlock(
                    new SequentialBlock()
                            .add(Linear.builder().setUnits(256).build())
                            .add(Activation::relu)
                            .add(Linear.builder().setUnits(256).build()));
            DefaultTrainingConfig config =
                    CalibrationTrainingConfig.of(
                                    CompositeLoss.of(CrossEntropyLoss.of())
                                            .plus(1, SoftBinnedEceLoss.of()),
                                    validation)
                            .addTrainingListeners(TrainingListener.Defaults.basic())
                            .addTrainingListeners(listener);
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(1, 32));
                EasyTrain.fit(trainer, 3, training, validation);
                long before = residentBytes();
                EasyTrain.fit(trainer, EPOCHS, training, validation);
                System.out.println(residentBytes() - before);
            }
        }
    }

    /** Keeps the logits of all validation batches. */
    private static final class Hoarder extends TrainingListenerAdapter {

        @Override
        public void onValidationBatch(Trainer trainer, BatchData batchData) {
            batchData
                    .getPredictions()
                    .values()
                    .forEach(
                            outputs ->
                                    outputs.singletonOrThrow()
                                            .duplicate()
                                            .attach(trainer.getManager()));
        }
    }

    private static ArrayDataset set(NDManager manager, int size) {
        NDArray labels = manager.randomInteger(0, 256, new Shape(size), DataType.INT64);
        return new ArrayDataset.Builder()
                .setData(manager.randomNormal(new Shape(size, 32)))
                .optLabels(labels)
                .setSampling(128, false)
                .build();
    }

    /** What the process holds, after the garbage that holds native memory is gone. */
    private static long residentBytes() throws IOException {
        System.gc();
        String pages = Files.readString(Path.of("/proc/self/statm")).split(" ")[1];
        return 4096 * Long.parseLong(pages);
    }
}
