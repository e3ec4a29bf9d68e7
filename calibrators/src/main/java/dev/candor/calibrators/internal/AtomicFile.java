package dev.candor.calibrators.internal;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** Writes files beside their target and moves them into place. */
public final class AtomicFile {

    private static final String PART = ".part";

    private AtomicFile() {}

    /** What a file is to hold. */
    @FunctionalInterface
    public interface Content {

        /** Writes all of it; leaves the stream open. */
        void writeTo(OutputStream stream) throws IOException;
    }

    /** Replaces a file by these bytes, or leaves everything as it was. */
    public static void write(Path file, byte[] bytes) throws IOException {
        write(file, stream -> stream.write(bytes));
    }

    /** Replaces a file by this content, or leaves everything as it was. */
    public static void write(Path file, Content content) throws IOException {
        Path target = file.toAbsolutePath();
        Path part = target.resolveSibling(target.getFileName() + "." + UUID.randomUUID() + PART);
        try {
            try (FileChannel channel =
                    FileChannel.open(
                            part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                OutputStream stream = new BufferedOutputStream(Channels.newOutputStream(channel));
                content.writeTo(stream);
                stream.flush();
                channel.force(true);
            }
            Files.move(
                    part,
                    target,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    /** Deletes what a process left of a file that was ended while it wrote. */
    public static void deleteParts(Path file) throws IOException {
        Path target = file.toAbsolutePath();
        String pattern = target.getFileName() + ".*" + PART;
        try (DirectoryStream<Path> parts = Files.newDirectoryStream(target.getParent(), pattern)) {
            for (Path part : parts) {
                Files.deleteIfExists(part);
            }
        }
    }
}
