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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class NativeMemoryTest {

    private static final int WINDOWS = 3;
    private static final int EPOCHS = 4;

    /** What an epoch would leave behind if its logits alone were kept, in bytes. */
    private static final long LOGITS = 2048L * 256 * Float.BYTES;

    private static final long BOUND = EPOCHS * LOGITS / 2;

    @Test
    void staysFlatFromEpochToEpoch() throws Exception {
        assertThat(leastGrowth(new TrainingListenerAdapter() {})).isLessThan(BOUND);
    }

    @Test
    void aListenerThatKeepsWhatItSeesWouldBeFound() throws Exception {
        assertThat(leastGrowth(new Hoarder())).isGreaterThan(BOUND);
    }

    /** Of several windows, for the virtual machine grows by itself now and then. */
    private static long leastGrowth(TrainingListener listener) throws Exception {
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
                EasyTrain.fit(trainer, 2, training, validation);
                long least = Long.MAX_VALUE;
                for (int window = 0; window < WINDOWS; window++) {
                    long before = residentBytes();
                    EasyTrain.fit(trainer, EPOCHS, training, validation);
                    least = Math.min(least, residentBytes() - before);
                }
                return least;
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
