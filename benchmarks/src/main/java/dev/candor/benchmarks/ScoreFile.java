package dev.candor.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.candor.internal.Validation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a classifier said about labelled rows, as it stands in an npz file: {@code logits} or {@code
 * probabilities} {@code [N, C]}, and {@code labels} {@code [N]}.
 *
 * @param path the file
 * @param kind whether the scores are logits or probabilities
 * @param scores {@code [N, C]}, finite; probabilities sum to one
 * @param labels class indices {@code [N]}; null where the file has none and none are required
 */
record ScoreFile(Path path, Kind kind, NDArray scores, NDArray labels) {

    static final String LABELS = "labels";

    /** What the scores are. */
    enum Kind {
        LOGITS("logits"),
        PROBABILITIES("probabilities");

        final String key;

        Kind(String key) {
            this.key = key;
        }
    }

    /** Keeps the logarithm of probabilities finite: the smallest normal float32. */
    private static final float SMALLEST_PROBABILITY = Float.MIN_NORMAL;

    /**
     * Reads and checks a file.
     *
     * @param path the file
     * @param manager the manager of the arrays
     * @param labelled whether labels are required
     * @throws IOException if the file holds something else; the message names it and the place
     */
    static ScoreFile read(Path path, NDManager manager, boolean labelled) throws IOException {
        try (NpzFile file = NpzFile.open(path)) {
            Kind kind = kind(path, file);
            NDArray scores = file.read(kind.key, manager);
            check(path, kind, scores);
            NDArray labels = null;
            if (labelled || file.has(LABELS)) {
                labels = labels(path, file.read(LABELS, manager), scores);
            }
            return new ScoreFile(path, kind, scores, labels);
        } catch (IllegalArgumentException e) {
            throw new BadData(e, "%s: %s", path, e.getMessage());
        }
    }

    private static Kind kind(Path path, NpzFile file) throws IOException {
        boolean logits = file.has(Kind.LOGITS.key);
        boolean probabilities = file.has(Kind.PROBABILITIES.key);
        if (logits && probabilities) {
            throw new BadData("%s: holds both logits and probabilities, expected one", path);
        }
        if (!logits && !probabilities) {
            throw new BadData(
                    "%s: no key 'logits' and no key 'probabilities', there are %s",
                    path, file.keys());
        }
        return logits ? Kind.LOGITS : Kind.PROBABILITIES;
    }

    private static void check(Path path, Kind kind, NDArray scores) throws IOException {
        Shape shape = scores.getShape();
        if (shape.dimension() != 2 || shape.get(1) < 2) {
            throw new BadData(
                    "%s: %s have shape %s, expected [N, C] with at least two classes",
                    path, kind.key, shape);
        }
        if (!scores.getDataType().isFloating()) {
            throw new BadData("%s: %s are whole numbers, expected floating point", path, kind.key);
        }
        if (kind == Kind.LOGITS) {
            Validation.finite(scores);
        } else {
            distributions(scores);
        }
    }

    private static void distributions(NDArray probabilities) {
        try {
            Validation.distributions(probabilities);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("probabilities, " + e.getMessage(), e);
        }
    }

    private static NDArray labels(Path path, NDArray labels, NDArray scores) throws IOException {
        Shape shape = labels.getShape();
        long rows = scores.getShape().get(0);
        if (!shape.equals(new Shape(rows)) && !shape.equals(new Shape(rows, 1))) {
            throw new BadData(
                    "%s: labels have shape %s, expected (%d), one for each row", path, shape, rows);
        }
        Validation.indices(labels, scores.getShape().get(1), null);
        return labels.flatten();
    }

    /**
     * Writes a file.
     *
     * @param path the file, replaced if it exists
     * @param logits {@code [N, C]}
     * @param labels {@code [N]}
     * @throws IOException if the file cannot be written; nothing is left behind
     */
    static void write(Path path, NDArray logits, NDArray labels) throws IOException {
        NpzFile.write(path, new ScoreFile(path, Kind.LOGITS, logits, labels).withLogits(logits));
    }

    /** The scores as logits: of probabilities, their logarithm. */
    NDArray logits() {
        return kind == Kind.LOGITS ? scores : scores.maximum(SMALLEST_PROBABILITY).log();
    }

    /** The arrays of a file of the same kind with other logits. */
    Map<String, NDArray> withLogits(NDArray logits) {
        Map<String, NDArray> arrays = new LinkedHashMap<>();
        arrays.put(kind.key, kind == Kind.LOGITS ? logits : logits.softmax(1));
        if (labels != null) {
            arrays.put(LABELS, labels);
        }
        return arrays;
    }
}
