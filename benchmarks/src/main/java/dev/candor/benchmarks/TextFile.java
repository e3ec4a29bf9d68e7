package dev.candor.benchmarks;

import dev.candor.language.LabelledTexts;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * Texts and the names of their classes, as they stand in a table: {@code .csv} or, separated by
 * tabs and without quotes, {@code .tsv}; compressed where the name ends in {@code .gz}.
 *
 * @param path the file
 * @param texts the texts
 * @param labels the names of their classes; empty where none were asked for
 */
record TextFile(Path path, List<String> texts, List<String> labels) {

    /**
     * Which columns to read.
     *
     * @param text the name of the column of texts
     * @param label the name of the column of classes
     * @param header whether the first line holds the names; else columns are called 1, 2, ...
     */
    record Columns(String text, String label, boolean header) {}

    /**
     * Reads a file.
     *
     * @param path the file
     * @param columns which columns
     * @param labelled whether classes are asked for
     * @throws IOException if the file holds something else; the message names it and the place
     */
    static TextFile read(Path path, Columns columns, boolean labelled) throws IOException {
        String name = path.getFileName().toString().toLowerCase(Locale.ROOT);
        boolean packed = name.endsWith(".gz");
        String kind = packed ? name.substring(0, name.length() - 3) : name;
        CSVFormat.Builder format = CSVFormat.RFC4180.builder().setIgnoreEmptyLines(true);
        if (kind.endsWith(".tsv")) {
            format.setDelimiter('\t').setQuote(null);
        } else if (!kind.endsWith(".csv")) {
            throw new BadData("%s: expected a name that ends in .csv, .tsv or .gz of these", path);
        }
        if (columns.header) {
            format.setHeader().setSkipHeaderRecord(true);
        }
        try (InputStream stream = new BufferedInputStream(Files.newInputStream(path));
                InputStream content = packed ? new GZIPInputStream(stream) : stream;
                Reader reader = new InputStreamReader(content, StandardCharsets.UTF_8);
                CSVParser parser = CSVParser.parse(reader, format.get())) {
            return read(path, parser, columns, labelled);
        } catch (ZipException | UncheckedIOException | IllegalArgumentException e) {
            throw new BadData(e, "%s: %s", path, e.getMessage());
        }
    }

    private static TextFile read(Path path, CSVParser parser, Columns columns, boolean labelled)
            throws IOException {
        List<String> texts = new ArrayList<>();
        List<String> labels = new ArrayList<>();
        List<String> names = parser.getHeaderNames();
        for (CSVRecord row : parser) {
            if (names.isEmpty()) {
                names = IntStream.rangeClosed(1, row.size()).mapToObj(Integer::toString).toList();
            }
            texts.add(value(path, row, names, columns.text));
            if (texts.get(texts.size() - 1).isBlank()) {
                throw new BadData("%s: row %d has an empty text", path, row.getRecordNumber());
            }
            if (labelled) {
                labels.add(value(path, row, names, columns.label));
            }
        }
        if (texts.isEmpty()) {
            throw new BadData("%s: holds no texts", path);
        }
        return new TextFile(path, texts, labels);
    }

    private static String value(Path path, CSVRecord row, List<String> names, String name)
            throws IOException {
        int column = names.indexOf(name);
        if (column < 0) {
            throw new BadData(
                    "%s: no column '%s', there are %s", path, name, String.join(", ", names));
        }
        if (column >= row.size()) {
            throw new BadData(
                    "%s: row %d has %d columns, expected %d",
                    path, row.getRecordNumber(), row.size(), names.size());
        }
        return row.get(column);
    }

    /** The texts with the classes that stand in this file. */
    LabelledTexts labelled() throws IOException {
        try {
            return LabelledTexts.of(texts, labels);
        } catch (IllegalArgumentException e) {
            throw new BadData(e, "%s: %s", path, e.getMessage());
        }
    }

    /** The texts with the classes of another file. */
    LabelledTexts labelled(List<String> classes) throws IOException {
        try {
            return LabelledTexts.of(texts, labels, classes);
        } catch (IllegalArgumentException e) {
            throw new BadData(e, "%s: %s", path, e.getMessage());
        }
    }
}
