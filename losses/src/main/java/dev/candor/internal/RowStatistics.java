package dev.candor.internal;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What metrics need of each row of a classified set, on the host in float64.
 *
 * <p>Computed where the predictions are, in chunks, all from one log-softmax. Rows that do not
 * count are left out.
 */
public final class RowStatistics {

    private static final Logger logger = LoggerFactory.getLogger(RowStatistics.class);

    /** Memory for the intermediate arrays of one chunk. */
    private static final long CHUNK_BYTES = 64L << 20;

    /** Arrays of the size of a chunk, in float64, that are alive at once. */
    private static final long ARRAYS_PER_CHUNK = 7;

    /** Arrays of one value per row of a chunk that are alive at once. */
    private static final long COLUMNS_PER_CHUNK = 16;

    /** Mass by which a row of probabilities may miss one. */
    private static final double MASS_TOLERANCE = 1e-4;

    private final int classes;
    private final int[] labels;
    private final int[] predicted;
    private final boolean[] correct;
    private final double[] confidence;
    private final double[] nll;
    private final double[] brier;
    private final double[] entropy;

    private RowStatistics(
            int classes,
            int[] labels,
            int[] predicted,
            boolean[] correct,
            double[] confidence,
            double[] nll,
            double[] brier,
            double[] entropy) {
        this.classes = classes;
        this.labels = labels;
        this.predicted = predicted;
        this.correct = correct;
        this.confidence = confidence;
        this.nll = nll;
        this.brier = brier;
        this.entropy = entropy;
    }

    /**
     * Reads logits. Warns when they look like probabilities.
     *
     * @param logits {@code [N, C]} or {@code [N, T, C]}
     * @param labels class indices {@code [N]}, {@code [N, 1]} or {@code [N, T]}
     * @param ignoreIndex the label of rows that do not count; {@code null} for {@link
     *     LogitBatch#IGNORE_INDEX} in token-level sets and none in others
     * @return the statistics
     */
    public static RowStatistics ofLogits(NDArray logits, NDArray labels, Long ignoreIndex) {
        return read("logits", logits, labels, ignoreIndex);
    }

    /**
     * Reads probabilities, of which each row must be nonnegative and sum to one.
     *
     * @param probabilities {@code [N, C]} or {@code [N, T, C]}
     * @param labels as for logits
     * @param ignoreIndex as for logits
     * @return the statistics
     */
    public static RowStatistics ofProbabilities(
            NDArray probabilities, NDArray labels, Long ignoreIndex) {
        return read("probabilities", probabilities, labels, ignoreIndex);
    }

    private static RowStatistics read(
            String name, NDArray predictions, NDArray labels, Long ignoreIndex) {
        check(name, predictions);
        long classes = predictions.getShape().get(predictions.getShape().dimension() - 1);
        Long ignored =
                ignoreIndex == null && predictions.getShape().dimension() == 3
                        ? Long.valueOf(LogitBatch.IGNORE_INDEX)
                        : ignoreIndex;
        try (NDManager scope = predictions.getManager().newSubManager()) {
            scope.tempAttachAll(predictions, labels);
            long[] indices = labels(name, labels, predictions.getShape(), classes, ignored);
            NDArray rows = predictions.stopGradient().reshape(-1, classes);
            Collector collector = new Collector(name, indices, classes);
            int size = chunkRows(classes);
            for (int from = 0, to; from < indices.length; from = to) {
                to = (int) Math.min(indices.length, (long) from + size);
                collector.add(rows, from, to);
            }
            return collector.finish(ignored);
        }
    }

    /** Rows of a chunk of the given width. */
    static int chunkRows(long classes) {
        long bytes = Double.BYTES * (ARRAYS_PER_CHUNK * classes + COLUMNS_PER_CHUNK);
        return (int) Math.max(1, CHUNK_BYTES / bytes);
    }

    private static void check(String name, NDArray predictions) {
        Shape shape = predictions.getShape();
        int rank = shape.dimension();
        Checks.that(
                rank == 2 || rank == 3,
                "%s have shape %s, expected [N, C] or [N, T, C]",
                name,
                shape);
        Checks.that(shape.size() > 0, "%s have shape %s, expected at least one row", name, shape);
        long classes = shape.get(rank - 1);
        Checks.that(classes > 1, "%s have shape %s, expected at least two classes", name, shape);
        Checks.that(
                predictions.getDataType().isFloating(),
                "%s have type %s, expected a floating type",
                name,
                predictions.getDataType());
        Checks.that(
                shape.size() / classes <= Integer.MAX_VALUE - 8,
                "%s have shape %s, expected fewer than 2^31 rows",
                name,
                shape);
    }

    private static long[] labels(
            String name, NDArray labels, Shape predictions, long classes, Long ignored) {
        Shape shape = labels.getShape();
        boolean matches =
                predictions.dimension() == 3
                        ? shape.equals(predictions.slice(0, 2))
                        : shape.equals(predictions.slice(0, 1))
                                || shape.equals(new Shape(predictions.get(0), 1));
        Checks.that(
                matches,
                "labels have shape %s for %s of shape %s, expected %s",
                shape,
                name,
                predictions,
                predictions.dimension() == 3 ? "[N, T]" : "[N] or [N, 1]");
        Validation.indices(labels, classes, ignored);
        return labels.toType(DataType.INT64, false).toLongArray();
    }

    /** Number of rows that count. */
    public int size() {
        return labels.length;
    }

    /** Number of classes C. */
    public int classes() {
        return classes;
    }

    /** Class indices. */
    public int[] labels() {
        return labels;
    }

    /** Most probable classes; the lowest index among ties. */
    public int[] predicted() {
        return predicted;
    }

    /** Whether the predicted class is the label. */
    public boolean[] correct() {
        return correct;
    }

    /** Probabilities of the predicted classes. */
    public double[] confidence() {
        return confidence;
    }

    /** {@code -log p_y}; infinite where the label has probability zero. */
    public double[] nll() {
        return nll;
    }

    /** {@code sum_k (p_k - y_k)^2}. */
    public double[] brier() {
        return brier;
    }

    /** {@code -sum_k p_k log p_k} in nats. */
    public double[] entropy() {
        return entropy;
    }

    /** Fills the arrays chunk by chunk. */
    private static final class Collector {

        private final String name;
        private final boolean logits;
        private final long[] labels;
        private final int classes;
        private final int[] predicted;
        private final double[] confidence;
        private final double[] nll;
        private final double[] brier;
        private final double[] entropy;
        private boolean resemblesProbabilities;

        Collector(String name, long[] labels, long classes) {
            this.name = name;
            this.logits = "logits".equals(name);
            this.labels = labels;
            this.classes = (int) classes;
            this.predicted = new int[labels.length];
            this.confidence = new double[labels.length];
            this.nll = new double[labels.length];
            this.brier = new double[labels.length];
            this.entropy = new double[labels.length];
            this.resemblesProbabilities = logits;
        }

        void add(NDArray rows, int from, int to) {
            try (NDManager scope = rows.getManager().newSubManager()) {
                NDArray chunk = rows.get(new NDIndex().addSliceDim(from, to));
                chunk.attach(scope);
                NDArray values = chunk.toType(DataType.FLOAT64, false);
                check(values, from);
                NDArray label = scope.create(countedLabels(from, to));
                label = label.toDevice(values.getDevice(), false);
                NDArray best = values.argMax(1);
                NDArray log =
                        logits ? values.logSoftmax(1) : values.maximum(Double.MIN_NORMAL).log();
                NDArray probabilities = logits ? log.exp() : values;
                NDArray labelProbability = LogitBatch.pick(probabilities, label);
                NDArray labelLog = logits ? LogitBatch.pick(log, label) : labelProbability.log();
                NDArray squares = probabilities.square().sum(new int[] {1});

                read(LogitBatch.pick(probabilities, best).minimum(1), confidence, from);
                read(labelLog.neg(), nll, from);
                read(squares.sub(labelProbability.mul(2)).add(1), brier, from);
                read(probabilities.mul(log).sum(new int[] {1}).neg(), entropy, from);
                long[] indices = best.toType(DataType.INT64, false).toLongArray();
                for (int row = 0; row < indices.length; row++) {
                    predicted[from + row] = (int) indices[row];
                }
            }
        }

        private void check(NDArray values, int from) {
            double[] zeros = values.mul(0).sum(new int[] {1}).toDoubleArray();
            for (int row = 0; row < zeros.length; row++) {
                Checks.that(zeros[row] == 0, "%s[%d] holds NaN or infinity", name, from + row);
            }
            if (logits && !resemblesProbabilities) {
                return;
            }
            double[] minima = values.min(new int[] {1}).toDoubleArray();
            double[] sums = values.sum(new int[] {1}).toDoubleArray();
            for (int row = 0; row < sums.length; row++) {
                boolean nonnegative = minima[row] >= 0;
                boolean whole = Math.abs(sums[row] - 1) <= MASS_TOLERANCE;
                if (logits) {
                    resemblesProbabilities &= nonnegative && whole;
                    continue;
                }
                Checks.that(
                        nonnegative,
                        "%s[%d] holds %s, expected nonnegative values",
                        name,
                        from + row,
                        minima[row]);
                Checks.that(whole, "%s[%d] sums to %s, expected 1", name, from + row, sums[row]);
            }
        }

        /** Labels of the chunk, with class 0 in rows that do not count. */
        private long[] countedLabels(int from, int to) {
            return Arrays.stream(labels, from, to)
                    .map(y -> y < 0 || y >= classes ? 0 : y)
                    .toArray();
        }

        private static void read(NDArray from, double[] to, int offset) {
            double[] values = from.toDoubleArray();
            System.arraycopy(values, 0, to, offset, values.length);
        }

        RowStatistics finish(Long ignored) {
            if (resemblesProbabilities) {
                logger.warn(
                        "All {} rows of logits are nonnegative and sum to 1, as probabilities do."
                                + " If they are, use the method for probabilities.",
                        labels.length);
            }
            int[] kept =
                    IntStream.range(0, labels.length)
                            .filter(row -> ignored == null || labels[row] != ignored)
                            .toArray();
            Checks.that(
                    kept.length > 0,
                    "all %d labels are %s, the label of rows that do not count",
                    labels.length,
                    ignored);
            int[] label = new int[kept.length];
            boolean[] correct = new boolean[kept.length];
            for (int i = 0; i < kept.length; i++) {
                label[i] = (int) labels[kept[i]];
                correct[i] = label[i] == predicted[kept[i]];
            }
            return new RowStatistics(
                    classes,
                    label,
                    kept.length == labels.length
                            ? predicted
                            : Arrays.stream(kept).map(row -> predicted[row]).toArray(),
                    correct,
                    rows(confidence, kept),
                    rows(nll, kept),
                    rows(brier, kept),
                    rows(entropy, kept));
        }

        private static double[] rows(double[] values, int[] kept) {
            return kept.length == values.length
                    ? values
                    : Arrays.stream(kept).mapToDouble(row -> values[row]).toArray();
        }
    }
}
