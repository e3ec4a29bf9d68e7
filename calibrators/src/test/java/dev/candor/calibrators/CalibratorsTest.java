package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CalibratorsTest {

    private static final int SIGNATURE = 8;
    private static final int CHECKSUM = 32;

    @TempDir Path directory;

    private Path file;
    private byte[] bytes;

    @BeforeEach
    void save() throws IOException {
        file = directory.resolve("c.candor");
        TemperatureScaling.of(2).save(file);
        bytes = Files.readAllBytes(file);
    }

    @Test
    void refusesAFileOfAnotherKind() throws IOException {
        refuses(new byte[0], " is not a calibrator file");
        refuses("not a calibrator at all".getBytes(StandardCharsets.UTF_8), " is not a calibrator");
    }

    @Test
    void refusesEveryTruncation() throws IOException {
        for (int length = SIGNATURE; length < bytes.length; length++) {
            refuses(Arrays.copyOf(bytes, length), " is truncated");
        }
    }

    @Test
    void refusesEveryAlteredByte() throws IOException {
        for (int i = 0; i < bytes.length; i++) {
            byte[] altered = bytes.clone();
            altered[i] ^= 1;
            refuses(altered, "");
        }
        byte[] altered = bytes.clone();
        altered[bytes.length - CHECKSUM - 1] ^= 1;
        refuses(altered, " is damaged: its checksum does not match its content");
    }

    @Test
    void refusesBytesThatFollow() throws IOException {
        refuses(Arrays.copyOf(bytes, bytes.length + 3), " is damaged: it has 3 bytes too many");
    }

    @Test
    void refusesAnUnknownVersion() throws IOException {
        refuses(
                rewritten("\"format\":1", "\"format\":2"),
                " has format version 2, this library reads version 1");
    }

    @Test
    void refusesAnUnknownMethod() throws IOException {
        refuses(
                rewritten("\"method\":\"temperature\"", "\"method\":\"java.lang.Runtime\""),
                " holds a calibrator of method 'java.lang.Runtime', this library knows [");
    }

    @Test
    void refusesAnUnknownArrayType() throws IOException {
        refuses(
                rewritten("\"float64\"", "\"complex128\""),
                " holds an array of type complex128, expected float64");
    }

    @Test
    void refusesAMalformedHeader() throws IOException {
        refuses(rewritten("{\"format\"", "[\"format\""), " is damaged: its header is malformed");
        refuses(rewritten("\"format\":1", "\"other\":1"), " is damaged: its header is malformed");
        refuses(rewritten("\"shape\":[]", "\"shape\":[-1]"), "an axis of length -1");
        refuses(rewritten("\"shape\":[]", "\"shape\":[2147483647]"), " is truncated");
        refuses(rewritten("\"status\":\"GIVEN\"", "\"status\":\"MAGIC\""), " is damaged");
        refuses(rewritten("\"laplaceSmoothing\":false", "\"other\":0"), " is damaged");
        byte[] negative = bytes.clone();
        negative[SIGNATURE + 3] = (byte) 0x80;
        refuses(negative, " is damaged: its header has length");
    }

    @Test
    void refusesArraysThatAreNotThoseOfTheMethod() throws IOException {
        refuses(
                rewritten("\"name\":\"temperature\"", "\"name\":\"slope\""),
                " is damaged: a calibrator of method 'temperature' lacks its temperature");
        refuses(
                rewritten("\"shape\":[]", "\"shape\":[1]"),
                " is damaged: temperature has shape (1), expected () for 0 classes");
    }

    @Test
    void refusesATemperatureOutOfRange() throws IOException {
        byte[] zero = bytes.clone();
        ByteBuffer.wrap(zero)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putDouble(bytes.length - CHECKSUM - Double.BYTES, 0);
        refuses(signed(zero), " is damaged: temperature = 0.0, expected a finite value > 0");
    }

    @Test
    void aMissingFileIsAnInputError() {
        assertThatThrownBy(() -> Calibrators.load(directory.resolve("none.candor")))
                .isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void aFailedSaveLeavesTheTargetAndItsFolderAsTheyWere() throws IOException {
        Path folder = Files.createDirectory(directory.resolve("taken.candor"));
        Files.createFile(folder.resolve("content"));
        assertThatThrownBy(() -> TemperatureScaling.of(1).save(folder))
                .isInstanceOf(IOException.class);
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactlyInAnyOrder(file, folder);
        }
        Path nowhere = directory.resolve("nowhere").resolve("c.candor");
        assertThatThrownBy(() -> TemperatureScaling.of(1).save(nowhere))
                .isInstanceOf(IOException.class);
    }

    private void refuses(byte[] content, String message) throws IOException {
        Files.write(file, content);
        assertThatThrownBy(() -> Calibrators.load(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContaining(message);
    }

    /** The file with another header and a checksum that matches. */
    private byte[] rewritten(String target, String replacement) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int length = buffer.getInt(SIGNATURE);
        int start = SIGNATURE + Integer.BYTES;
        String header = new String(bytes, start, length, StandardCharsets.UTF_8);
        assertThat(header).contains(target);
        byte[] other = header.replace(target, replacement).getBytes(StandardCharsets.UTF_8);
        byte[] all = new byte[bytes.length - length + other.length];
        ByteBuffer.wrap(all)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(bytes, 0, SIGNATURE)
                .putInt(other.length)
                .put(other)
                .put(bytes, start + length, bytes.length - start - length);
        return signed(all);
    }

    private static byte[] signed(byte[] all) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(all, 0, all.length - CHECKSUM);
            System.arraycopy(digest.digest(), 0, all, all.length - CHECKSUM, CHECKSUM);
            return all;
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
