package dev.candor.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.candor.calibrators.internal.AtomicFile;
import dev.candor.internal.Checks;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;

/** A file of named arrays with a JSON header and a checksum, written in one piece or not at all. */
final class CheckpointFile {

    private static final byte[] MAGIC = "CANDORCK".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 1;

    private CheckpointFile() {}

    /**
     * What a file holds.
     *
     * @param header what is told in words and numbers
     * @param arrays arrays by name; whoever reads them owns them
     */
    record Content(JsonObject header, Map<String, NDArray> arrays) {}

    static void write(Path file, JsonObject header, Map<String, NDArray> arrays)
            throws IOException {
        AtomicFile.write(
                file,
                stream -> {
                    CheckedOutputStream checked = new CheckedOutputStream(stream, new CRC32C());
                    DataOutputStream data = new DataOutputStream(checked);
                    data.write(MAGIC);
                    data.writeInt(VERSION);
                    bytes(data, header.toString().getBytes(StandardCharsets.UTF_8));
                    data.writeInt(arrays.size());
                    for (Map.Entry<String, NDArray> array : arrays.entrySet()) {
                        bytes(data, array.getKey().getBytes(StandardCharsets.UTF_8));
                        bytes(data, array.getValue().encode());
                    }
                    data.writeLong(checked.getChecksum().getValue());
                });
    }

    private static void bytes(DataOutputStream data, byte[] bytes) throws IOException {
        data.writeInt(bytes.length);
        data.write(bytes);
    }

    /** Reads the header alone. */
    static JsonObject header(Path file) throws IOException {
        try (DataInputStream data = open(file)) {
            return header(file, data);
        }
    }

    /** Reads all of a file. */
    static Content read(Path file, NDManager manager) throws IOException {
        try (InputStream stream = new BufferedInputStream(Files.newInputStream(file))) {
            CheckedInputStream checked = new CheckedInputStream(stream, new CRC32C());
            DataInputStream data = new DataInputStream(checked);
            JsonObject header = header(file, data);
            Map<String, NDArray> arrays = new LinkedHashMap<>();
            int count = data.readInt();
            for (int i = 0; i < count; i++) {
                String name = new String(bytes(file, data), StandardCharsets.UTF_8);
                arrays.put(name, manager.decode(bytes(file, data)));
            }
            long checksum = checked.getChecksum().getValue();
            Checks.that(data.readLong() == checksum, "%s is damaged: wrong checksum", file);
            return new Content(header, arrays);
        } catch (EOFException e) {
            throw new IllegalArgumentException(file + " is truncated", e);
        }
    }

    private static DataInputStream open(Path file) throws IOException {
        return new DataInputStream(new BufferedInputStream(Files.newInputStream(file)));
    }

    private static JsonObject header(Path file, DataInputStream data) throws IOException {
        try {
            byte[] magic = data.readNBytes(MAGIC.length);
            Checks.that(Arrays.equals(magic, MAGIC), "%s is no checkpoint of Candor", file);
            int version = data.readInt();
            Checks.that(
                    version == VERSION,
                    "%s is a checkpoint of version %d, expected %d",
                    file,
                    version,
                    VERSION);
            String json = new String(bytes(file, data), StandardCharsets.UTF_8);
            return JsonParser.parseString(json).getAsJsonObject();
        } catch (EOFException e) {
            throw new IllegalArgumentException(file + " is truncated", e);
        } catch (JsonParseException e) {
            throw new IllegalArgumentException(file + " is damaged: " + e.getMessage(), e);
        }
    }

    private static byte[] bytes(Path file, DataInputStream data) throws IOException {
        int length = data.readInt();
        Checks.that(length >= 0, "%s is damaged: a length of %d", file, length);
        byte[] bytes = data.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException();
        }
        return bytes;
    }
}
