package dev.candor.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.util.Float16Utils;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Arrays in numpy's npz format: a zip of npy files, each named by its key.
 *
 * <p>DJL's own reader would take these files too, but it loses the last keys of a truncated file in
 * silence, refuses Fortran order, and ends the process on big-endian data.
 */
final class NpzFile implements Closeable {

    private static final String SUFFIX = ".npy";
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int ALIGNMENT = 64;

    /** More than any header of an array of numbers takes. */
    private static final int LONGEST_HEADER = 1 << 16;

    private static final Pattern TYPE = Pattern.compile("'descr': *'([<>|=])([fiub])([1248])'");
    private static final Pattern ORDER = Pattern.compile("'fortran_order': *(True|False)");
    private static final Pattern SHAPE = Pattern.compile("'shape': *\\(([0-9L, ]*)\\)");

    private final Path path;
    private final ZipFile zip;

    private NpzFile(Path path, ZipFile zip) {
        this.path = path;
        this.zip = zip;
    }

    /**
     * Opens a file.
     *
     * @param path the file
     * @throws IOException if it is missing, truncated, or no zip; the message names it
     */
    static NpzFile open(Path path) throws IOException {
        if (!Files.exists(path)) {
            throw new BadData("%s: no such file", path);
        }
        if (!Files.isRegularFile(path)) {
            throw new BadData("%s: not a file", path);
        }
        try {
            return new NpzFile(path, new ZipFile(path.toFile()));
        } catch (ZipException | EOFException e) {
            throw new BadData(e, "%s: %s", path, diagnosis(path));
        }
    }

    private static String diagnosis(Path path) throws IOException {
        byte[] start;
        try (InputStream stream = Files.newInputStream(path)) {
            start = stream.readNBytes(MAGIC.length);
        }
        if (start.length == 0) {
            return "empty file, expected .npz";
        }
        if (Arrays.equals(start, MAGIC)) {
            return "a single array (.npy), expected .npz";
        }
        boolean zip = start.length > 1 && start[0] == 'P' && start[1] == 'K';
        return zip ? "truncated or damaged .npz file" : "no .npz file";
    }

    /** The keys in the order of the file. */
    List<String> keys() {
        return zip.stream()
                .map(ZipEntry::getName)
                .filter(name -> name.endsWith(SUFFIX))
                .map(name -> name.substring(0, name.length() - SUFFIX.length()))
                .toList();
    }

    boolean has(String key) {
        return zip.getEntry(key + SUFFIX) != null;
    }

    /**
     * Reads an array.
     *
     * @param key the key
     * @param manager the manager of the array
     * @return the array: float64 and float32 as they are, float16 as float32, all whole types as
     *     int64
     * @throws IOException if the entry is missing, damaged, or of another type; the message names
     *     file and key
     */
    NDArray read(String key, NDManager manager) throws IOException {
        ZipEntry entry = zip.getEntry(key + SUFFIX);
        if (entry == null) {
            throw new BadData("%s: no key '%s', there are %s", path, key, keys());
        }
        CRC32 checksum = new CRC32();
        try (InputStream raw = zip.getInputStream(entry);
                DataInputStream stream =
                        new DataInputStream(new CheckedInputStream(raw, checksum))) {
            Header header = header(key, stream, entry.getSize());
            byte[] data = stream.readNBytes((int) header.bytes());
            if (data.length < header.bytes() || checksum.getValue() != entry.getCrc()) {
                throw damaged(key, "the checksum does not match");
            }
            return header.toArray(data, manager);
        } catch (EOFException e) {
            throw damaged(key, "it ends too early");
        } catch (ZipException e) {
            throw damaged(key, e.getMessage());
        }
    }

    private Header header(String key, DataInputStream stream, long entrySize) throws IOException {
        byte[] start = stream.readNBytes(MAGIC.length + 2);
        if (start.length < MAGIC.length + 2
                || !Arrays.equals(MAGIC, Arrays.copyOf(start, MAGIC.length))) {
            throw damaged(key, "it does not start like an array");
        }
        int version = start[MAGIC.length];
        if (version < 1 || version > 3) {
            throw damaged(key, "unknown version " + version);
        }
        int lengthBytes = version == 1 ? Short.BYTES : Integer.BYTES;
        byte[] lengthField = Arrays.copyOf(stream.readNBytes(lengthBytes), Integer.BYTES);
        int length = ByteBuffer.wrap(lengthField).order(ByteOrder.LITTLE_ENDIAN).getInt();
        if (length < 0 || length > LONGEST_HEADER) {
            throw damaged(key, "its header takes " + Integer.toUnsignedLong(length) + " bytes");
        }
        String text = new String(stream.readNBytes(length), StandardCharsets.UTF_8).trim();
        Matcher type = TYPE.matcher(text);
        if (!type.find() || !Header.supports(type.group(2).charAt(0), type.group(3).charAt(0))) {
            throw new BadData("%s: '%s' holds no plain numbers, its header is %s", path, key, text);
        }
        Matcher order = ORDER.matcher(text);
        Matcher shape = SHAPE.matcher(text);
        if (!order.find() || !shape.find()) {
            throw damaged(key, "its header is " + text);
        }
        Header header =
                new Header(
                        type.group(1).charAt(0) == '>',
                        type.group(2).charAt(0),
                        type.group(3).charAt(0) - '0',
                        order.group(1).equals("True"),
                        extents(shape.group(1)));
        long bytes = header.bytes();
        if (bytes == 0) {
            throw new BadData(
                    "%s: '%s' has shape %s, expected at least one row",
                    path, key, Arrays.toString(header.shape));
        }
        if (bytes > Integer.MAX_VALUE) {
            throw new BadData(
                    "%s: '%s' has shape %s, expected less than 2 GiB",
                    path, key, Arrays.toString(header.shape));
        }
        long expected = MAGIC.length + 2L + lengthBytes + length + bytes;
        if (entrySize != expected) {
            throw damaged(
                    key,
                    String.format(
                            Locale.ROOT, "it takes %d bytes, expected %d", entrySize, expected));
        }
        return header;
    }

    private static long[] extents(String shape) {
        return Arrays.stream(shape.split("[L, ]+"))
                .filter(extent -> !extent.isEmpty())
                .mapToLong(NpzFile::extent)
                .toArray();
    }

    /** An extent too long for a number is too large as well. */
    private static long extent(String digits) {
        return digits.length() > 18 ? Long.MAX_VALUE : Long.parseLong(digits);
    }

    private BadData damaged(String key, String how) {
        return new BadData("%s: '%s' is damaged, %s", path, key, how);
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }

    /**
     * Writes arrays.
     *
     * @param path the file, replaced if it exists
     * @param arrays float32, float64 or int64 arrays by key, in the order of the file
     * @throws IOException if the file cannot be written; nothing is left behind
     */
    static void write(Path path, Map<String, NDArray> arrays) throws IOException {
        Output.write(
                path,
                stream -> {
                    ZipOutputStream zip = new ZipOutputStream(stream);
                    zip.setLevel(Deflater.NO_COMPRESSION);
                    for (Map.Entry<String, NDArray> array : arrays.entrySet()) {
                        ZipEntry entry = new ZipEntry(array.getKey() + SUFFIX);
                        // The same arrays give the same file.
                        entry.setTimeLocal(LocalDateTime.of(1980, 1, 1, 0, 0));
                        zip.putNextEntry(entry);
                        writeArray(zip, array.getValue());
                    }
                    zip.finish();
                });
    }

    private static void writeArray(OutputStream stream, NDArray array) throws IOException {
        String shape =
                LongStream.of(array.getShape().getShape())
                        .mapToObj(extent -> extent + ",")
                        .collect(Collectors.joining(" "));
        String header =
                String.format(
                        "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }",
                        array.getDataType().asNumpy(), shape);
        int start = MAGIC.length + 2 + Short.BYTES;
        int padding = Math.floorMod(-(start + header.length() + 1), ALIGNMENT);
        int length = header.length() + padding + 1;
        stream.write(MAGIC);
        stream.write(new byte[] {1, 0, (byte) length, (byte) (length >> 8)});
        stream.write((header + " ".repeat(padding) + "\n").getBytes(StandardCharsets.US_ASCII));
        WritableByteChannel channel = Channels.newChannel(stream);
        ByteBuffer data = array.toByteBuffer();
        while (data.hasRemaining()) {
            channel.write(data);
        }
    }

    /** What the header of an npy file says. */
    private record Header(
            boolean bigEndian, char kind, int width, boolean fortranOrder, long[] shape) {

        static boolean supports(char kind, char width) {
            return switch (kind) {
                case 'f' -> width != '1';
                case 'b' -> width == '1';
                default -> true;
            };
        }

        /** Size of the data, or {@link Long#MAX_VALUE} for more. */
        long bytes() {
            long bytes = width;
            for (long extent : shape) {
                if (extent == 0) {
                    return 0;
                }
                bytes = bytes > Long.MAX_VALUE / extent ? Long.MAX_VALUE : bytes * extent;
            }
            return bytes;
        }

        NDArray toArray(byte[] data, NDManager manager) {
            ByteBuffer bytes = ByteBuffer.wrap(data);
            bytes.order(bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
            long[] stored = shape;
            if (fortranOrder) {
                int last = shape.length - 1;
                stored = new long[shape.length];
                Arrays.setAll(stored, axis -> shape[last - axis]);
            }
            NDArray array = toArray(bytes, data.length / width, new Shape(stored), manager);
            return fortranOrder ? array.transpose() : array;
        }

        private NDArray toArray(ByteBuffer bytes, int size, Shape shape, NDManager manager) {
            if (kind != 'f') {
                long[] whole = new long[size];
                Arrays.setAll(whole, i -> whole(bytes, i));
                return manager.create(LongBuffer.wrap(whole), shape, DataType.INT64);
            }
            if (width == Double.BYTES) {
                DoubleBuffer doubles = bytes.asDoubleBuffer();
                return manager.create(doubles, shape, DataType.FLOAT64);
            }
            FloatBuffer floats = width == Float.BYTES ? bytes.asFloatBuffer() : halves(bytes, size);
            return manager.create(floats, shape, DataType.FLOAT32);
        }

        private long whole(ByteBuffer bytes, int i) {
            boolean signed = kind == 'i';
            return switch (width) {
                case Byte.BYTES -> signed ? bytes.get(i) : Byte.toUnsignedLong(bytes.get(i));
                case Short.BYTES -> {
                    short value = bytes.getShort(i * width);
                    yield signed ? value : Short.toUnsignedLong(value);
                }
                case Integer.BYTES -> {
                    int value = bytes.getInt(i * width);
                    yield signed ? value : Integer.toUnsignedLong(value);
                }
                default -> bytes.getLong(i * width);
            };
        }

        private static FloatBuffer halves(ByteBuffer bytes, int size) {
            float[] values = new float[size];
            for (int i = 0; i < size; i++) {
                values[i] = Float16Utils.halfToFloat(bytes.getShort(i * Short.BYTES));
            }
            return FloatBuffer.wrap(values);
        }
    }
}
