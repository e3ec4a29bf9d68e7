package dev.candor.benchmarks;

import dev.candor.calibrators.internal.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files that the commands write. None is left half-written. */
final class Output {

    private Output() {}

    /**
     * Tells whether a file can be written there, before the work that goes into it.
     *
     * @param target the file
     * @throws IOException if not; the message names it
     */
    static void checkTarget(Path target) throws IOException {
        if (Files.isDirectory(target)) {
            throw new BadData("%s: is a folder, expected the name of a file", target);
        }
        Path folder = target.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new BadData("%s: cannot write, there is no folder %s", target, folder);
        }
        if (!Files.isWritable(folder)) {
            throw new BadData("%s: cannot write into the folder %s", target, folder);
        }
    }

    /**
     * Writes a file.
     *
     * @param target the file, replaced if it exists
     * @param content what to write
     * @throws IOException if the file cannot be written; the message names it
     */
    static void write(Path target, AtomicFile.Content content) throws IOException {
        checkTarget(target);
        AtomicFile.write(target, content);
    }

    /**
     * Writes a text in UTF-8.
     *
     * @param target the file, replaced if it exists
     * @param text what to write
     * @throws IOException if the file cannot be written; the message names it
     */
    static void write(Path target, String text) throws IOException {
        write(target, stream -> stream.write(text.getBytes(StandardCharsets.UTF_8)));
    }
}
