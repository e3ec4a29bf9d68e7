package dev.candor.benchmarks;

import static dev.candor.benchmarks.IdxFileTest.gzip;
import static dev.candor.benchmarks.IdxFileTest.idx;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageDataTest {

    private static final int LABELS = 0x0801;
    private static final int IMAGES = 0x0803;
    private static final int[] TWO_IMAGES = {2, 1, 2};

    @TempDir private Path folder;

    private NDManager manager;

    @BeforeEach
    void openManager() {
        manager = NDManager.newBaseManager();
    }

    @AfterEach
    void closeManager() {
        manager.close();
    }

    @Test
    void bundlesTenThousandImagesOfTenClassesTwice() throws IOException {
        ImageData data = ImageData.bundled(manager);
        assertThat(data.name()).isEqualTo("Fashion-MNIST");
        assertThat(data.classes()).isEqualTo(10);
        for (ImageData.Split split : new ImageData.Split[] {data.training(), data.test()}) {
            assertThat(split.size()).isEqualTo(10_000);
            assertThat(split.images().getShape()).isEqualTo(new Shape(10_000, 1, 28, 28));
            assertThat(split.images().getDataType()).isEqualTo(DataType.FLOAT32);
            assertThat(split.images().min().getFloat()).isZero();
            assertThat(split.images().max().getFloat()).isEqualTo(1);
            assertThat(split.labels().getDataType()).isEqualTo(DataType.INT64);
        }
        assertThat(data.training().labels().get(":5").toLongArray()).containsExactly(9, 0, 0, 3, 0);
    }

    @Test
    void theBundledFilesAreThoseOfTheirReadme() throws IOException, NoSuchAlgorithmException {
        Matcher row = Pattern.compile("`(\\S+\\.gz)` \\| 10,000 \\| `(\\w+)`").matcher(readme());
        int rows = 0;
        while (row.find()) {
            try (InputStream file = bundled(row.group(1));
                    InputStream content = new GZIPInputStream(file)) {
                byte[] digest = MessageDigest.getInstance("SHA-256").digest(content.readAllBytes());
                assertThat(HexFormat.of().formatHex(digest))
                        .as(row.group(1))
                        .isEqualTo(row.group(2));
            }
            rows++;
        }
        assertThat(rows).isEqualTo(4);
    }

    @Test
    void theBundledFilesCarryTheirLicence() throws IOException {
        try (InputStream licence = bundled("LICENSE")) {
            assertThat(new String(licence.readAllBytes(), StandardCharsets.UTF_8))
                    .contains("MIT License", "Zalando SE");
        }
    }

    private static String readme() throws IOException {
        try (InputStream readme = bundled("README.md")) {
            return new String(readme.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static InputStream bundled(String name) {
        return ImageData.class.getResourceAsStream("fashion-mnist/" + name);
    }

    @Test
    void readsFilesUnderEachUsualName() throws IOException {
        write("train-images.idx3-ubyte", idx(IMAGES, TWO_IMAGES, 0, 51, 102, 255));
        write("train-labels-idx1-ubyte.gz", gzip(idx(LABELS, new int[] {2}, 1, 0)));
        write("t10k-images-idx3-ubyte", idx(IMAGES, TWO_IMAGES, 1, 2, 3, 4));
        write("t10k-labels.idx1-ubyte.gz", gzip(idx(LABELS, new int[] {2}, 0, 1)));
        ImageData data = ImageData.of(manager, folder);
        assertThat(data.name()).isEqualTo(folder.getFileName().toString());
        assertThat(data.classes()).isEqualTo(2);
        assertThat(data.training().images().getShape()).isEqualTo(new Shape(2, 1, 1, 2));
        assertThat(data.training().images().toFloatArray()).containsExactly(0, 0.2f, 0.4f, 1);
        assertThat(data.training().labels().toLongArray()).containsExactly(1, 0);
    }

    @Test
    void takesRowsOfASplit() throws IOException {
        writeAll();
        ImageData.Split second = ImageData.of(manager, folder).training().rows(1, 2);
        assertThat(second.size()).isEqualTo(1);
        assertThat(second.labels().toLongArray()).containsExactly(2);
        assertThat(second.images().toFloatArray()[0]).isEqualTo(102 / 255f, within(1e-7f));
    }

    @Test
    void namesTheFileThatIsMissing() throws IOException {
        writeAll();
        Files.delete(folder.resolve("t10k-images-idx3-ubyte"));
        assertThatThrownBy(() -> ImageData.of(manager, folder))
                .isInstanceOf(IOException.class)
                .hasMessage(
                        "%s: holds neither t10k-images-idx3-ubyte nor t10k-images-idx3-ubyte.gz",
                        folder);
    }

    @Test
    void namesTheFileThatIsTruncated() throws IOException {
        writeAll();
        write("train-images-idx3-ubyte", idx(IMAGES, TWO_IMAGES, 1, 2));
        assertThatThrownBy(() -> ImageData.of(manager, folder))
                .hasMessage(
                        "%s: truncated, holds 2 of 4 elements",
                        folder.resolve("train-images-idx3-ubyte"));
    }

    @Test
    void refusesMoreLabelsThanImages() throws IOException {
        writeAll();
        write("train-labels-idx1-ubyte", idx(LABELS, new int[] {3}, 0, 1, 2));
        assertThatThrownBy(() -> ImageData.of(manager, folder))
                .hasMessage("train-images-idx3-ubyte: 2 images for 3 labels");
    }

    @Test
    void refusesATestLabelThatTrainingLacks() throws IOException {
        writeAll();
        write("t10k-labels-idx1-ubyte", idx(LABELS, new int[] {2}, 1, 3));
        assertThatThrownBy(() -> ImageData.of(manager, folder))
                .hasMessage("t10k-labels-idx1-ubyte: labels[1] = 3, expected 0..2");
    }

    @Test
    void refusesTestImagesOfAnotherSize() throws IOException {
        writeAll();
        write("t10k-images-idx3-ubyte", idx(IMAGES, new int[] {2, 2, 1}, 1, 2, 3, 4));
        assertThatThrownBy(() -> ImageData.of(manager, folder))
                .hasMessage(
                        "t10k-images-idx3-ubyte: images of shape (2, 1), those for training have"
                                + " (1, 2)");
    }

    @Test
    void refusesASingleClass() throws IOException {
        writeAll();
        write("train-labels-idx1-ubyte", idx(LABELS, new int[] {2}, 0, 0));
        assertThatThrownBy(() -> ImageData.of(manager, folder))
                .hasMessage("train-labels-idx1-ubyte: every label is 0");
    }

    private void writeAll() throws IOException {
        write("train-images-idx3-ubyte", idx(IMAGES, TWO_IMAGES, 0, 51, 102, 255));
        write("train-labels-idx1-ubyte", idx(LABELS, new int[] {2}, 0, 2));
        write("t10k-images-idx3-ubyte", idx(IMAGES, TWO_IMAGES, 1, 2, 3, 4));
        write("t10k-labels-idx1-ubyte", idx(LABELS, new int[] {2}, 1, 0));
    }

    private void write(String name, byte[] content) throws IOException {
        Files.write(folder.resolve(name), content);
    }
}
