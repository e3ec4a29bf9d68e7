package dev.candor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class IdxFileTest {

    private static final int BYTES_OF_RANK_1 = 0x0801;
    private static final int BYTES_OF_RANK_2 = 0x0802;

    @Test
    void readsShapeAndValues() throws IOException {
        IdxFile file = read(idx(BYTES_OF_RANK_2, new int[] {2, 3}, 1, 2, 3, 4, 5, 255), 2);
        assertThat(file.shape()).containsExactly(2, 3);
        assertThat(file.values()).containsExactly(1, 2, 3, 4, 5, 255);
    }

    @Test
    void knowsCompressionByTheContent() throws IOException {
        byte[] packed = gzip(idx(BYTES_OF_RANK_1, new int[] {3}, 7, 8, 9));
        assertThat(read(packed, 1).values()).containsExactly(7, 8, 9);
    }

    @Test
    void refusesAFileThatEndsAnywhereTooEarly() throws IOException {
        byte[] plain = idx(BYTES_OF_RANK_2, new int[] {2, 3}, 1, 2, 3, 4, 5, 6);
        for (byte[] whole : new byte[][] {plain, gzip(plain)}) {
            for (int length = 0; length < whole.length; length++) {
                byte[] part = Arrays.copyOf(whole, length);
                assertThatThrownBy(() -> read(part, 2))
                        .as("the first %d bytes", length)
                        .isInstanceOf(IOException.class)
                        .hasMessageStartingWith("images: truncated");
            }
        }
    }

    @Test
    void tellsHowMuchOfATruncatedFileThereIs() {
        assertThatThrownBy(() -> read(idx(BYTES_OF_RANK_2, new int[] {60_000, 784}, 1, 2), 2))
                .hasMessage("images: truncated, holds 2 of 47040000 elements");
    }

    @Test
    void refusesWhatFollowsTheElements() {
        assertThatThrownBy(() -> read(idx(BYTES_OF_RANK_1, new int[] {2}, 1, 2, 3), 1))
                .hasMessage("images: holds more than the 2 elements of shape [2]");
    }

    @Test
    void refusesAnotherFormat() {
        assertThatThrownBy(() -> read("P5 28 28 255".getBytes(), 1))
                .hasMessage("images: no idx file, starts with 0x50352032");
    }

    @Test
    void refusesAnotherElementType() {
        assertThatThrownBy(() -> read(idx(0x0D01, new int[] {1}, 0, 0, 0, 0), 1))
                .hasMessage("images: element type 0x0D, expected 0x08, unsigned bytes");
    }

    @Test
    void refusesAnotherNumberOfDimensions() {
        assertThatThrownBy(() -> read(idx(BYTES_OF_RANK_1, new int[] {1}, 0), 3))
                .hasMessage("images: 1 dimensions, expected 3");
    }

    @Test
    void refusesShapesThatAreEmptyNegativeOrHuge() {
        for (int[] shape : new int[][] {{0, 5}, {-1, 5}, {5, 0}, {1 << 20, 1 << 20}, {-2, -2}}) {
            assertThatThrownBy(() -> read(idx(BYTES_OF_RANK_2, shape), 2))
                    .hasMessage(
                            "images: shape %s, expected extents of at least 1 and less than 2 GiB",
                            Arrays.toString(shape));
        }
    }

    @Test
    void refusesADamagedGzipFile() throws IOException {
        byte[] packed = gzip(idx(BYTES_OF_RANK_1, new int[] {3}, 7, 8, 9));
        packed[packed.length - 8] ^= 1;
        assertThatThrownBy(() -> read(packed, 1))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("images: damaged gzip file");
    }

    private static IdxFile read(byte[] content, int rank) throws IOException {
        return IdxFile.read("images", new ByteArrayInputStream(content), rank);
    }

    static byte[] idx(int magic, int[] shape, int... values) {
        ByteBuffer buffer = ByteBuffer.allocate(4 + 4 * shape.length + values.length);
        buffer.putInt(magic);
        Arrays.stream(shape).forEach(buffer::putInt);
        Arrays.stream(values).forEach(value -> buffer.put((byte) value));
        return buffer.array();
    }

    static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(content);
        }
        return packed.toByteArray();
    }
}
