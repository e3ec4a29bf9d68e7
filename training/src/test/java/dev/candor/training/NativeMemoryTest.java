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

    private static final int EPOCHS = 8;

    /** What an epoch would leave behind if its logits alone were kept, in bytes. */
    private static final long LOGITS = 2048L * 256 * Float.BYTES;

    @Test
    void staysFlatFromEpochToEpoch() throws Exception {
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
                            .addTrainingListeners(TrainingListener.Defaults.basic());
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(1, 32));
                EasyTrain.fit(trainer, 3, training, validation);
                long before = residentBytes();
                EasyTrain.fit(trainer, EPOCHS, training, validation);
                assertThat(residentBytes() - before).isLessThan(EPOCHS * LOGITS / 2);
            }
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
