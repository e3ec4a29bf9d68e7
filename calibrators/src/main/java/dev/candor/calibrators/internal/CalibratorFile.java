package dev.candor.calibrators.internal;

import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.candor.internal.Checks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The content of a {@code .candor} file.
 *
 * <pre>
 *   8 bytes     the signature, 89 43 41 4E 44 4F 52 0A
 *   4 bytes     the length of the header, little-endian
 *   header      JSON in UTF-8: format, method, classes, options, summary, arrays
 *   arrays      as the header lists them: float64, little-endian, by rows
 *   32 bytes    SHA-256 of all that precedes
 * </pre>
 *
 * <p>The checksum finds damage, not forgery. Nothing in a file names a class or is run.
 *
 * @param method the name of the method
 * @param classes the number of classes, 0 for any
 * @param options what the method needs to know beside its coefficients
 * @param summary how the fit went
 * @param coefficients the arrays
 */
public record CalibratorFile(
        String method,
        long classes,
        JsonObject options,
        JsonObject summary,
        List<Coefficient> coefficients) {

    private static final int FORMAT = 1;
    private static final byte[] SIGNATURE = {(byte) 0x89, 'C', 'A', 'N', 'D', 'O', 'R', '\n'};
    private static final String ARRAY_TYPE = "float64";
    private static final int CHECKSUM_LENGTH = 32;
    private static final int PREFIX_LENGTH = SIGNATURE.length + Integer.BYTES;

    /** Writes the file in one step. */
    public void write(Path file) throws IOException {
        JsonObject header = new JsonObject();
        header.addProperty("format", FORMAT);
        header.addProperty("method", method);
        header.addProperty("classes", classes);
        header.add("options", options);
        header.add("summary", summary);
        JsonArray arrays = new JsonArray();
        int values = 0;
        for (Coefficient coefficient : coefficients) {
            JsonObject array = new JsonObject();
            array.addProperty("name", coefficient.name());
            array.addProperty("type", ARRAY_TYPE);
            JsonArray shape = new JsonArray();
            Arrays.stream(coefficient.shape().getShape()).forEach(shape::add);
            array.add("shape", shape);
            arrays.add(array);
            values += coefficient.values().length;
        }
        header.add("arrays", arrays);
        byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);

        int size = PREFIX_LENGTH + json.length + values * Double.BYTES + CHECKSUM_LENGTH;
        ByteBuffer buffer = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        buffer.put(SIGNATURE).putInt(json.length).put(json);
        for (Coefficient coefficient : coefficients) {
            for (double value : coefficient.values()) {
                buffer.putDouble(value);
            }
        }
        buffer.put(checksum(buffer.array(), buffer.position()));
        AtomicFile.write(file, buffer.array());
    }

    /** Reads a file, or says what is wrong with it. */
    public static CalibratorFile read(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        Checks.that(
                bytes.length >= SIGNATURE.length
                        && Arrays.equals(SIGNATURE, Arrays.copyOf(bytes, SIGNATURE.length)),
                "%s is not a calibrator file",
                file);
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        buffer.position(SIGNATURE.length);
        Checks.that(buffer.remaining() >= Integer.BYTES, "%s is truncated", file);
        int length = buffer.getInt();
        Checks.that(length > 0, "%s is damaged: its header has length %d", file, length);
        Checks.that(buffer.remaining() >= (long) length + CHECKSUM_LENGTH, "%s is truncated", file);
        byte[] json = new byte[length];
        buffer.get(json);
        try {
            JsonObject header =
                    JsonParser.parseString(new String(json, StandardCharsets.UTF_8))
                            .getAsJsonObject();
            int format = header.get("format").getAsInt();
            Checks.that(
                    format == FORMAT,
                    "%s has format version %d, this library reads version %d",
                    file,
                    format,
                    FORMAT);
            return read(file, header, buffer);
        } catch (JsonParseException
                | IllegalStateException
                | ClassCastException
                | NumberFormatException
                | NullPointerException e) {
            throw new IllegalArgumentException(file + " is damaged: its header is malformed", e);
        }
    }

    private static CalibratorFile read(Path file, JsonObject header, ByteBuffer buffer) {
        List<Shape> shapes = new ArrayList<>();
        long values = 0;
        for (JsonElement array : header.getAsJsonArray("arrays")) {
            String type = array.getAsJsonObject().get("type").getAsString();
            Checks.that(
                    type.equals(ARRAY_TYPE),
                    "%s holds an array of type %s, expected %s",
                    file,
                    type,
                    ARRAY_TYPE);
            List<JsonElement> axes = array.getAsJsonObject().getAsJsonArray("shape").asList();
            long size = 1;
            for (JsonElement axis : axes) {
                long length = axis.getAsLong();
                Checks.that(
                        length >= 0 && length <= Integer.MAX_VALUE,
                        "%s is damaged: an array has an axis of length %d",
                        file,
                        length);
                size = Math.min(size * length, Integer.MAX_VALUE);
            }
            values += size;
            shapes.add(new Shape(axes.stream().mapToLong(JsonElement::getAsLong).toArray()));
        }
        long missing = values * Double.BYTES + CHECKSUM_LENGTH - buffer.remaining();
        Checks.that(missing <= 0, "%s is truncated: %d bytes are missing", file, missing);
        Checks.that(missing == 0, "%s is damaged: it has %d bytes too many", file, -missing);
        int end = buffer.capacity() - CHECKSUM_LENGTH;
        byte[] checksum = Arrays.copyOfRange(buffer.array(), end, buffer.capacity());
        Checks.that(
                MessageDigest.isEqual(checksum, checksum(buffer.array(), end)),
                "%s is damaged: its checksum does not match its content",
                file);

        List<Coefficient> coefficients = new ArrayList<>();
        for (int i = 0; i < shapes.size(); i++) {
            JsonObject array = header.getAsJsonArray("arrays").get(i).getAsJsonObject();
            double[] numbers = new double[Math.toIntExact(shapes.get(i).size())];
            Arrays.setAll(numbers, k -> buffer.getDouble());
            coefficients.add(
                    new Coefficient(array.get("name").getAsString(), shapes.get(i), numbers));
        }
        return new CalibratorFile(
                header.get("method").getAsString(),
                header.get("classes").getAsLong(),
                header.getAsJsonObject("options"),
                header.getAsJsonObject("summary"),
                List.copyOf(coefficients));
    }

    /** The array of this name and shape. */
    public Coefficient coefficient(String name, Shape shape) {
        Coefficient coefficient = coefficient(name);
        Checks.that(
                coefficient.shape().equals(shape),
                "%s has shape %s, expected %s for %d classes",
                name,
                coefficient.shape(),
                shape,
                classes);
        return coefficient;
    }

    /** The array of this name, of whatever shape. */
    public Coefficient coefficient(String name) {
        for (Coefficient coefficient : coefficients) {
            if (coefficient.name().equals(name)) {
                return coefficient;
            }
        }
        throw Checks.illegal("a calibrator of method '%s' lacks its %s", method, name);
    }

    private static byte[] checksum(byte[] bytes, int length) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(bytes, 0, length);
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
