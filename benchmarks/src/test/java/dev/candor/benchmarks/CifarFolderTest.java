package dev.candor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CifarFolderTest {

    private static final float TOLERANCE = 1e-6f;

    @TempDir private Path folder;

    private NDManager manager;
    private CifarFolder data;

    @BeforeEach
    void open() throws IOException {
        manager = NDManager.newBaseManager();
        data = new CifarFolder(folder);
        MadeUpCifar.write(folder);
    }

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void readsOneImageOfEachRow() throws IOException {
        ImageData.Split test = data.test(manager);
        assertThat(test.images().getShape()).isEqualTo(new Shape(12, 3, 32, 32));
        assertThat(test.labels().toLongArray()).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1);
        BufferedImage strip = ImageIO.read(folder.resolve("test_batch.png").toFile());
        int colour = strip.getRGB(5 * 32 + 7, 4);
        float[] found = test.images().get("4, :, 5, 7").toFloatArray();
        float[] mean = {.485f, .456f, .406f};
        float[] deviation = {.229f, .224f, .225f};
        for (int channel = 0; channel < 3; channel++) {
            int value = colour >> 16 - 8 * channel & 255;
            assertThat(found[channel])
                    .isCloseTo(
                            (value / 255f - mean[channel]) / deviation[channel], within(TOLERANCE));
        }
    }

    @Test
    void readsAsManyTrainingImagesAsAskedFor() throws IOException {
        ImageData.Split some = data.training(6, manager);
        assertThat(some.size()).isEqualTo(6);
        assertThat(some.images().getShape()).isEqualTo(new Shape(6, 3, 32, 32));
        assertThat(some.images().toFloatArray())
                .isEqualTo(data.training(8, manager).images().get("0:6").toFloatArray());
        assertThatThrownBy(() -> data.training(9, manager))
                .isInstanceOf(BadData.class)
                .hasMessage("%s: holds 8 training images, 9 asked for", folder);
    }

    @Test
    void namesTheFileThatIsWrong() throws IOException {
        Files.delete(folder.resolve("data_batch_2.png"));
        assertThatThrownBy(() -> data.training(8, manager))
                .hasMessage("%s: no such file", folder.resolve("data_batch_2.png"));
        MadeUpCifar.strip(folder.resolve("test_batch.png"), 11, 1);
        assertThatThrownBy(() -> data.test(manager))
                .hasMessage(
                        "%s: 1024 x 11 pixels, expected 1024 x 12",
                        folder.resolve("test_batch.png"));
        Files.writeString(folder.resolve("test_batch.png"), "no image");
        assertThatThrownBy(() -> data.test(manager))
                .hasMessage("%s: no image", folder.resolve("test_batch.png"));
        Files.writeString(folder.resolve("test_lables.json"), "[1, 10]");
        assertThatThrownBy(() -> data.test(manager))
                .hasMessage(
                        "%s: labels[1] = 10, expected 0..9", folder.resolve("test_lables.json"));
        Files.writeString(folder.resolve("test_lables.json"), "{}");
        assertThatThrownBy(() -> data.test(manager))
                .hasMessage("%s: no array of labels", folder.resolve("test_lables.json"));
    }

    @Test
    void refusesADamagedStrip() throws IOException {
        Path file = folder.resolve("test_batch.png");
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
        assertThatThrownBy(() -> data.test(manager)).isInstanceOf(IOException.class);
    }
}
