package dev.candor.internal;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
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
    private final double[][] probabilities;

    private RowStatistics(
            int classes,
            int[] labels,
            int[] predicted,
            double[] confidence,
            double[] nll,
            double[] brier,
            double[] entropy,
            double[][] probabilities) {
        this.classes = classes;
        this.labels = labels;
        this.predicted = predicted;
        this.correct = new boolean[labels.length];
        for (int row = 0; row < labels.length; row++) {
            correct[row] = labels[row] == predicted[row];
        }
        this.confidence = confidence;
        this.nll = nll;
        this.brier = brier;
        this.entropy = entropy;
        this.probabilities = probabilities;
    }

    /**
     * Takes values of rows that were computed elsewhere.
     *
     * @param classes the number of classes C
     * @param labels class indices
     * @param predicted most probable classes
     * @param confidence probabilities of the predicted classes
     * @param nll {@code -log p_y}
     * @param brier {@code sum_k (p_k - y_k)^2}
     * @param entropy {@code -sum_k p_k log p_k}
     * @return the statistics, which share the arrays
     */
    public static RowStatistics of(
            int classes,
            int[] labels,
            int[] predicted,
            double[] confidence,
            double[] nll,
            double[] brier,
            double[] entropy) {
        return new RowStatistics(classes, labels, predicted, confidence, nll, brier, entropy, null);
    }

    /**
     * Reads logits. Warns when they look like probabilities.
     *
     * @param logits {@code [N, C]} or {@code [N, T, C]}
     * @param labels class indices {@code [N]}, {@code [N, 1]} or {@code [N, T]}
     * @param ignoreIndex the label of rows that do not count; {@code null} for {@link
     *     LogitBatch#IGNORE_INDEX} in token-level sets and none in others
     * @param keepProbabilities whether to keep the probabilities of all classes
     * @return the statistics
     */
    public static RowStatistics ofLogits(
            NDArray logits, NDArray labels, Long ignoreIndex, boolean keepProbabilities) {
        return read("logits", logits, labels, ignoreIndex, keepProbabilities);
    }

    /**
     * Reads probabilities, of which each row must be nonnegative and sum to one.
     *
     * @param probabilities {@code [N, C]} or {@code [N, T, C]}
     * @param labels as for logits
     * @param ignoreIndex as for logits
     * @param keepProbabilities whether to keep the probabilities of all classes
     * @return the statistics
     */
    public static RowStatistics ofProbabilities(
            NDArray probabilities, NDArray labels, Long ignoreIndex, boolean keepProbabilities) {
        return read("probabilities", probabilities, labels, ignoreIndex, keepProbabilities);
    }

    /**
     * Takes logits of the positive class, as those of two classes with logits 0 and {@code z}.
     *
     * @param logits finite
     * @param labels whether the positive class is the label
     * @return the statistics
     */
    public static RowStatistics ofBinaryLogits(double[] logits, boolean[] labels) {
        double[] negative = Arrays.stream(logits).map(z -> -softPlus(z)).toArray();
        double[] positive = Arrays.stream(logits).map(z -> -softPlus(-z)).toArray();
        return ofBinary(negative, positive, labels);
    }

    /**
     * Takes probabilities of the positive class.
     *
     * @param probabilities in {@code [0, 1]}
     * @param labels whether the positive class is the label
     * @return the statistics
     */
    public static RowStatistics ofBinaryProbabilities(double[] probabilities, boolean[] labels) {
        double[] negative = Arrays.stream(probabilities).map(p -> Math.log1p(-p)).toArray();
        double[] positive = Arrays.stream(probabilities).map(Math::log).toArray();
        return ofBinary(negative, positive, labels);
    }

    private static RowStatistics ofBinary(double[] negative, double[] positive, boolean[] labels) {
        int size = labels.length;
        int[] label = new int[size];
        int[] predicted = new int[size];
        double[] confidence = new double[size];
        double[] nll = new double[size];
        double[] brier = new double[size];
        double[] entropy = new double[size];
        for (int row = 0; row < size; row++) {
            label[row] = labels[row] ? 1 : 0;
            predicted[row] = positive[row] > negative[row] ? 1 : 0;
            confidence[row] = Math.exp(Math.max(positive[row], negative[row]));
            nll[row] = -(labels[row] ? positive[row] : negative[row]);
            double missed = Math.exp(labels[row] ? negative[row] : positive[row]);
            brier[row] = 2 * missed * missed;
            entropy[row] = surprise(positive[row]) + surprise(negative[row]);
        }
        return of(2, label, predicted, confidence, nll, brier, entropy);
    }

    /** {@code -p log p} of {@code log p}. */
    private static double surprise(double logProbability) {
        return logProbability == Double.NEGATIVE_INFINITY
                ? 0
                : -Math.exp(logProbability) * logProbability;
    }

    private static double softPlus(double x) {
        return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }

    private static RowStatistics read(
            String name,
            NDArray predictions,
            NDArray labels,
            Long ignoreIndex,
            boolean keepProbabilities) {
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
            Collector collector = new Collector(name, indices, classes, keepProbabilities);
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

    /** Probabilities by class, {@code [C][n]}; null unless they were to be kept. */
    public double[][] probabilities() {
        return probabilities;
    }

    /**
     * Picks rows.
     *
     * @param rows their indices, in the order wanted
     * @return the statistics of these rows
     */
    public RowStatistics rows(int[] rows) {
        return new RowStatistics(
                classes,
                pick(labels, rows),
                pick(predicted, rows),
                pick(confidence, rows),
                pick(nll, rows),
                pick(brier, rows),
                pick(entropy, rows),
                probabilities == null
                        ? null
                        : Arrays.stream(probabilities)
                                .map(column -> pick(column, rows))
                                .toArray(double[][]::new));
    }

    /**
     * Puts sets one after the other.
     *
     * @param parts sets of the same number of classes
     * @return the statistics of all rows, without the probabilities of all classes
     */
    public static RowStatistics join(List<RowStatistics> parts) {
        int classes = parts.get(0).classes;
        for (RowStatistics part : parts) {
            Checks.that(
                    part.classes == classes,
                    "sets of %d and %d classes, expected the same",
                    classes,
                    part.classes);
        }
        return of(
                classes,
                parts.stream().flatMapToInt(part -> Arrays.stream(part.labels)).toArray(),
                parts.stream().flatMapToInt(part -> Arrays.stream(part.predicted)).toArray(),
                join(parts, RowStatistics::confidence),
                join(parts, RowStatistics::nll),
                join(parts, RowStatistics::brier),
                join(parts, RowStatistics::entropy));
    }

    private static double[] join(
            List<RowStatistics> parts, Function<RowStatistics, double[]> column) {
        return parts.stream().map(column).flatMapToDouble(Arrays::stream).toArray();
    }

    private static int[] pick(int[] values, int[] rows) {
        return Arrays.stream(rows).map(row -> values[row]).toArray();
    }

    private static double[] pick(double[] values, int[] rows) {
        return Arrays.stream(rows).mapToDouble(row -> values[row]).toArray();
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
        private final double[][] columns;
        private boolean resemblesProbabilities;

        Collector(String name, long[] labels, long classes, boolean keepProbabilities) {
            this.name = name;
            this.logits = "logits".equals(name);
            this.labels = labels;
            this.classes = (int) classes;
            this.predicted = new int[labels.length];
            this.confidence = new double[labels.length];
            this.nll = new double[labels.length];
            this.brier = new double[labels.length];
            this.entropy = new double[labels.length];
            this.columns = keepProbabilities ? new double[(int) classes][labels.length] : null;
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
                if (columns != null) {
                    readColumns(probabilities, from);
                }
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

        private void readColumns(NDArray probabilities, int offset) {
            double[] values = probabilities.toDoubleArray();
            for (int i = 0; i < values.length; i++) {
                columns[i % classes][offset + i / classes] = Math.min(1, values[i]);
            }
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
            RowStatistics all =
                    new RowStatistics(
                            classes,
                            Arrays.stream(labels).mapToInt(label -> (int) label).toArray(),
                            predicted,
                            confidence,
                            nll,
                            brier,
                            entropy,
                            columns);
            return kept.length == labels.length ? all : all.rows(kept);
        }
    }
}
