package dev.candor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.candor.losses.FocalLoss;
import dev.candor.metrics.CalibrationReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArmTrainingTest {

    private static final int CLASSES = 3;

    @TempDir private Path folder;

    private static ImageData.Split split(NDManager manager, int rows) {
        long[] labels = LongStream.range(0, rows).map(row -> row % CLASSES).toArray();
        return new ImageData.Split(
                manager.randomNormal(new Shape(rows).addAll(DemoNetwork.IMAGE)),
                manager.create(labels));
    }

    @Test
    void leavesTheLogitsThatItMeasured() throws IOException {
        Engine.getInstance().setRandomSeed(1);
        try (NDManager manager = NDManager.newBaseManager();
                Progress progress =
                        new Progress(
                                new PrintWriter(new StringWriter()), Terminal.ofStandardError())) {
            ArmTraining.Images images =
                    new ArmTraining.Images(
                            split(manager, 30), split(manager, 20), split(manager, 25), CLASSES);
            ArmResult result =
                    new ArmTraining("Focal loss", "with focal loss", FocalLoss::of)
                            .run(images, 1, 1, folder, progress);
            ScoreFile test = ScoreFile.read(folder.resolve("focal-loss_test.npz"), manager, true);
            assertThat(CalibrationReport.of(test.scores(), test.labels()).nll())
                    .isEqualTo(result.before().nll());
            ScoreFile valid = ScoreFile.read(folder.resolve("focal-loss_valid.npz"), manager, true);
            assertThat(valid.labels().toLongArray())
                    .isEqualTo(images.validation().labels().toLongArray());
        }
    }
}
