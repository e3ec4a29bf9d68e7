package dev.candor.benchmarks;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * Unsigned bytes in the idx format of MNIST: two zero bytes, the element type, the rank, one
 * big-endian int32 per dimension, then the elements in row-major order. Compressed by gzip or not,
 * as the content tells, not the name.
 *
 * @param shape the extent of each dimension
 * @param values the elements
 */
record IdxFile(int[] shape, byte[] values) {

    private static final int UNSIGNED_BYTE = 0x08;
    private static final int GZIP_MAGIC = 0x1f8b;

    /**
     * Reads a file.
     *
     * @param file the file
     * @param rank the expected number of dimensions
     * @throws IOException if the file cannot be read or holds something else; the message names it
     */
    static IdxFile read(Path file, int rank) throws IOException {
        try (InputStream stream = Files.newInputStream(file)) {
            return read(file.toString(), stream, rank);
        }
    }

    /**
     * Reads a file from a stream.
     *
     * @param name the name for messages
     * @param stream the file, left open
     * @param rank the expected number of dimensions
     * @throws IOException if the stream fails, or holds something else; the message names the file
     */
    static IdxFile read(String name, InputStream stream, int rank) throws IOException {
        try {
            return read(name, new DataInputStream(unpacked(stream)), rank);
        } catch (EOFException e) {
            throw new BadData(e, "%s: truncated", name);
        } catch (ZipException e) {
            throw new BadData(e, "%s: damaged gzip file, %s", name, e.getMessage());
        }
    }

    private static InputStream unpacked(InputStream stream) throws IOException {
        BufferedInputStream buffered = new BufferedInputStream(stream, 1 << 16);
        buffered.mark(2);
        int magic = buffered.read() << 8 | buffered.read();
        buffered.reset();
        return magic == GZIP_MAGIC ? new GZIPInputStream(buffered, 1 << 16) : buffered;
    }

    private static IdxFile read(String name, DataInputStream stream, int rank) throws IOException {
        int magic = stream.readInt();
        if (magic >>> 16 != 0) {
            throw new BadData("%s: no idx file, starts with 0x%08X", name, magic);
        }
        if ((magic >>> 8 & 0xff) != UNSIGNED_BYTE) {
            throw new BadData(
                    "%s: element type 0x%02X, expected 0x%02X, unsigned bytes",
                    name, magic >>> 8 & 0xff, UNSIGNED_BYTE);
        }
        if ((magic & 0xff) != rank) {
            throw new BadData("%s: %d dimensions, expected %d", name, magic & 0xff, rank);
        }
        int[] shape = new int[rank];
        long size = 1;
        for (int axis = 0; axis < rank; axis++) {
            shape[axis] = stream.readInt();
            size = shape[axis] < 1 || size < 0 ? -1 : size * shape[axis];
            size = size > Integer.MAX_VALUE ? -1 : size;
        }
        if (size < 0) {
            throw new BadData(
                    "%s: shape %s, expected extents of at least 1 and less than 2 GiB",
                    name, Arrays.toString(shape));
        }
        byte[] values = stream.readNBytes((int) size);
        if (values.length < size) {
            throw new BadData("%s: truncated, holds %d of %d elements", name, values.length, size);
        }
        if (stream.read() >= 0) {
            throw new BadData(
                    "%s: holds more than the %d elements of shape %s",
                    name, size, Arrays.toString(shape));
        }
        return new IdxFile(shape, values);
    }
}
