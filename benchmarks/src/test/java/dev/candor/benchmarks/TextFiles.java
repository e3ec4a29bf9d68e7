package dev.candor.benchmarks;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.zip.GZIPOutputStream;

/** Files of texts made by code: a word tells the class. */
final class TextFiles {

    private static final String[][] WORDS = {
        {"rain", "snow", "a storm"}, {"a song", "the band", "a concert"}, {"a loan", "the bank"}
    };
    private static final String[] CLASSES = {"weather", "music", "money"};
    private static final String[] OPENINGS = {"tell me about", "what of", "is there news of"};

    private TextFiles() {}

    /** A table of two columns, the classes in turn. */
    static Path write(Path file, String header, char separator, int rows, long seed)
            throws IOException {
        Random random = new Random(seed);
        StringBuilder table = new StringBuilder(header);
        for (int i = 0; i < rows; i++) {
            int label = i % CLASSES.length;
            table.append(OPENINGS[random.nextInt(OPENINGS.length)])
                    .append(' ')
                    .append(WORDS[label][random.nextInt(WORDS[label].length)])
                    .append(separator)
                    .append(CLASSES[label])
                    .append('\n');
        }
        return write(file, table.toString());
    }

    /** A file of this content, compressed where its name says so. */
    static Path write(Path file, String content) throws IOException {
        try (OutputStream stream = Files.newOutputStream(file);
                OutputStream packed =
                        file.toString().endsWith(".gz") ? new GZIPOutputStream(stream) : stream) {
            packed.write(content.getBytes(StandardCharsets.UTF_8));
        }
        return file;
    }
}
