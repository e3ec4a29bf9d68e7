package dev.candor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads the files that npz/make.py wrote. */
class NpzFileTest {

    private static final int SEED = 1;

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

    static Path numpyFile(String name) {
        return Path.of("src", "test", "resources", "npz", name);
    }

    @ParameterizedTest
    @CsvSource({
        "float64, FLOAT64",
        "float32, FLOAT32",
        "float16, FLOAT32",
        "big_endian, FLOAT64",
        "fortran, FLOAT64",
        "column_labels, FLOAT64",
        "more_keys, FLOAT64",
        "compressed, FLOAT64"
    })
    void readsWhateverNumpyWrites(String name, DataType type) throws IOException {
        try (NpzFile file = NpzFile.open(numpyFile(name + ".npz"))) {
            NDArray logits = file.read("logits", manager);
            assertThat(logits.getDataType()).isEqualTo(type);
            assertThat(logits.getShape()).isEqualTo(new Shape(12, 3));
            assertThat(logits.toType(DataType.FLOAT64, false).toDoubleArray())
                    .startsWith(4, 1, -1, 2.5, 2, 0, 0.5, 3.5, -0.5)
                    .endsWith(2, -1, 3.5);
            NDArray labels = file.read("labels", manager);
            assertThat(labels.toType(DataType.INT64, false).toLongArray())
                    .containsExactly(0, 1, 1, 2, 2, 2, 0, 1, 0, 0, 1, 0);
        }
    }

    @Test
    void readsScalars() throws IOException {
        try (NpzFile file = NpzFile.open(numpyFile("scalar_labels.npz"))) {
            NDArray labels = file.read("labels", manager);
            assertThat(labels.getShape()).isEqualTo(new Shape());
            assertThat(labels.getLong()).isEqualTo(1);
        }
    }

    @Test
    void tellsTheKeys() throws IOException {
        try (NpzFile file = NpzFile.open(numpyFile("more_keys.npz"))) {
            assertThat(file.keys()).containsExactly("logits", "labels", "names");
            assertThat(file.has("labels")).isTrue();
            assertThat(file.has("label")).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"float64.npz", "compressed.npz"})
    void refusesAFileThatEndsAnywhereTooEarly(String name) throws IOException {
        byte[] whole = Files.readAllBytes(numpyFile(name));
        Path part = folder.resolve("part.npz");
        for (int length = 0; length < whole.length; length++) {
            Files.write(part, Arrays.copyOf(whole, length));
            String expected =
                    length == 0
                            ? "empty file, expected .npz"
                            : length == 1 ? "no .npz file" : "truncated or damaged .npz file";
            assertThatThrownBy(() -> NpzFile.open(part))
                    .as("the first %d bytes", length)
                    .isInstanceOf(IOException.class)
                    .hasMessage("%s: %s", part, expected);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"float64.npz", "compressed.npz"})
    void neverTakesADamagedFileForAnother(String name) throws IOException {
        byte[] whole = Files.readAllBytes(numpyFile(name));
        double[] logits = readLogits(numpyFile(name));
        Random random = new Random(SEED);
        Path damaged = folder.resolve("damaged.npz");
        int refused = 0;
        for (int i = 0; i < whole.length; i++) {
            byte[] copy = whole.clone();
            copy[i] ^= (byte) (1 + random.nextInt(255));
            Files.write(damaged, copy);
            try {
                assertThat(readLogits(damaged)).as("byte %d changed", i).isEqualTo(logits);
            } catch (IOException e) {
                assertThat(e).hasMessageStartingWith(damaged.toString());
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(whole.length / 3);
    }

    private double[] readLogits(Path path) throws IOException {
        try (NpzFile file = NpzFile.open(path);
                NDArray logits = file.read("logits", manager)) {
            return logits.toDoubleArray();
        }
    }

    @Test
    void refusesWhatIsNoNpzFile() throws IOException {
        Path text = Files.writeString(folder.resolve("text.npz"), "label,score\n0,0.5\n");
        assertThatThrownBy(() -> NpzFile.open(text)).hasMessage("%s: no .npz file", text);
        assertThatThrownBy(() -> NpzFile.open(folder)).hasMessage("%s: not a file", folder);
        Path npy = numpyFile("single.npy");
        assertThatThrownBy(() -> NpzFile.open(npy))
                .hasMessage("%s: a single array (.npy), expected .npz", npy);
    }

    @ParameterizedTest
    @ValueSource(strings = {"text_logits", "complex_logits"})
    void refusesWhatIsNoNumber(String name) throws IOException {
        try (NpzFile file = NpzFile.open(numpyFile(name + ".npz"))) {
            assertThatThrownBy(() -> file.read("logits", manager))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(
                            "'logits' holds no plain numbers, its header is {'descr'");
        }
    }

    @Test
    void refusesAHeaderThatPromisesMoreThanTheFileHolds() throws IOException {
        assertThat(messageOf(header("(4, 3)"), new byte[24]))
                .endsWith("'logits' is damaged, it takes 152 bytes, expected 224");
        assertThat(messageOf(header("(1000000000000, 3)"), new byte[24]))
                .endsWith("'logits' has shape [1000000000000, 3], expected less than 2 GiB");
        assertThat(messageOf(header("(99999999999999999999999999, 3)"), new byte[24]))
                .contains("expected less than 2 GiB");
        assertThat(messageOf(header("(4, 3", "<f8"), new byte[24]))
                .contains("'logits' is damaged, its header is {'descr'");
    }

    @Test
    void refusesAHeaderOfAbsurdLength() throws IOException {
        ByteBuffer start = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
        start.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 2, 0}).putInt(-1);
        assertThat(messageOf(start.array(), new byte[0]))
                .endsWith("'logits' is damaged, its header takes 4294967295 bytes");
    }

    @Test
    void readsTheSecondVersionOfTheFormat() throws IOException {
        String text = "{'descr': '<f4', 'fortran_order': False, 'shape': (2L,), }\n";
        ByteBuffer entry = ByteBuffer.allocate(12 + text.length() + 8);
        entry.order(ByteOrder.LITTLE_ENDIAN);
        entry.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 2, 0}).putInt(text.length());
        entry.put(text.getBytes(StandardCharsets.US_ASCII)).putFloat(1.5f).putFloat(-2);
        try (NpzFile file = NpzFile.open(zip(entry.array()))) {
            assertThat(file.read("logits", manager).toFloatArray()).containsExactly(1.5f, -2);
        }
    }

    private String messageOf(byte[] header, byte[] data) throws IOException {
        byte[] entry = Arrays.copyOf(header, header.length + data.length);
        Path path = zip(entry);
        try (NpzFile file = NpzFile.open(path)) {
            return catchThrowableOfType(IOException.class, () -> file.read("logits", manager))
                    .getMessage();
        }
    }

    private Path zip(byte[] entry) throws IOException {
        Path path = folder.resolve("made.npz");
        try (OutputStream file = Files.newOutputStream(path);
                ZipOutputStream zip = new ZipOutputStream(file)) {
            zip.putNextEntry(new ZipEntry("logits.npy"));
            zip.write(entry);
        }
        return path;
    }

    private static byte[] header(String shape) {
        return header(shape, "<f8");
    }

    private static byte[] header(String shape, String type) {
        String text =
                String.format(
                        "{'descr': '%s', 'fortran_order': False, 'shape': %s, }", type, shape);
        text += " ".repeat(118 - text.length() - 1) + "\n";
        ByteBuffer header = ByteBuffer.allocate(10 + text.length());
        header.order(ByteOrder.LITTLE_ENDIAN);
        header.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
        header.putShort((short) text.length());
        return header.put(text.getBytes(StandardCharsets.US_ASCII)).array();
    }

    @Test
    void readsBackWhatItWrote() throws IOException {
        Map<String, NDArray> arrays = new LinkedHashMap<>();
        arrays.put("a", manager.create(new float[] {1, -2, 3, 4, 5, 6}, new Shape(2, 3)));
        arrays.put("b", manager.create(new double[] {Math.PI, Double.MIN_VALUE}));
        arrays.put("c", manager.create(new long[] {Long.MIN_VALUE, 0, Long.MAX_VALUE}));
        arrays.put("d", manager.create(1.5));
        Path path = folder.resolve("written.npz");
        NpzFile.write(path, arrays);
        try (NpzFile file = NpzFile.open(path)) {
            assertThat(file.keys()).containsExactly("a", "b", "c", "d");
            for (Map.Entry<String, NDArray> array : arrays.entrySet()) {
                assertThat(file.read(array.getKey(), manager)).isEqualTo(array.getValue());
            }
        }
    }

    @Test
    void writesTransposedArraysAsTheyRead() throws IOException {
        NDArray array = manager.create(new float[] {1, 2, 3, 4, 5, 6}, new Shape(2, 3)).transpose();
        Path path = folder.resolve("transposed.npz");
        NpzFile.write(path, Map.of("a", array));
        try (NpzFile file = NpzFile.open(path)) {
            assertThat(file.read("a", manager).toFloatArray()).containsExactly(1, 4, 2, 5, 3, 6);
        }
    }

    @Test
    void writesTheSameBytesForTheSameArrays() throws IOException {
        Map<String, NDArray> arrays = Map.of("a", manager.create(new float[] {1, 2}));
        NpzFile.write(folder.resolve("one.npz"), arrays);
        NpzFile.write(folder.resolve("two.npz"), arrays);
        assertThat(folder.resolve("one.npz")).hasSameBinaryContentAs(folder.resolve("two.npz"));
    }

    @Test
    void leavesNothingBehindWhenItFails() throws IOException {
        Path target = Files.writeString(folder.resolve("kept.npz"), "as it was");
        NDArray closed = manager.create(1f);
        closed.close();
        assertThatThrownBy(() -> NpzFile.write(target, Map.of("a", closed)))
                .isInstanceOf(IllegalStateException.class);
        assertThat(target).hasContent("as it was");
        assertThat(folder).isDirectoryNotContaining(path -> !path.equals(target));
    }

    @Test
    void namesTheFolderThatIsMissing() {
        Path target = folder.resolve("missing").resolve("a.npz");
        assertThatThrownBy(() -> NpzFile.write(target, Map.of()))
                .hasMessage("%s: cannot write, there is no folder %s", target, target.getParent());
        assertThat(List.of(folder.toFile().list())).isEmpty();
    }
}
