package dev.candor.internal;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

/**
 * One batch of logits and labels, flattened to {@code [M, C]}, with the quantities that losses and
 * metrics derive from them, each computed once and from the same log-softmax.
 *
 * <p>Logits come as {@code [N, C]} or {@code [N, T, C]}; labels as class indices {@code [N]},
 * {@code [N, 1]} or {@code [N, T]}, or as distributions of the shape of the logits. No method reads
 * a value to the host, unless validation was asked for.
 */
public final class LogitBatch {

    /** The label that marks a token which does not count. */
    public static final long IGNORE_INDEX = -100;

    private final NDArray logits;
    private final NDArray labels;
    private final NDArray distributions;
    private final NDArray mask;

    private NDArray sampleIndices;
    private NDArray count;
    private NDArray logProbabilities;
    private NDArray probabilities;
    private NDArray labelLogProbabilities;
    private NDArray targets;
    private NDArray predicted;
    private NDArray confidence;
    private NDArray correct;
    private NDArray entropy;

    private LogitBatch(NDArray logits, NDArray labels, NDArray distributions, NDArray mask) {
        this.logits = logits;
        this.labels = labels;
        this.distributions = distributions;
        this.mask = mask;
    }

    /**
     * Flattens and checks one batch.
     *
     * @param labels class indices or distributions
     * @param logits {@code [N, C]} or {@code [N, T, C]}
     * @param ignoreIndex the label of rows that do not count; {@code null} for {@link
     *     #IGNORE_INDEX} in token-level batches and none in others, which saves the masking
     * @param validate whether to read the values to the host and check them
     * @return the batch
     */
    public static LogitBatch of(
            NDArray labels, NDArray logits, Long ignoreIndex, boolean validate) {
        Shape shape = logits.getShape();
        int rank = shape.dimension();
        Checks.that(
                rank == 2 || rank == 3,
                "logits have shape %s, expected [N, C] or [N, T, C]",
                shape);
        Checks.that(shape.size() > 0, "logits have shape %s, expected at least one row", shape);
        long classes = shape.get(rank - 1);
        Checks.that(classes > 1, "logits have shape %s, expected at least two classes", shape);

        NDArray flat = promote(rank == 3 ? logits.reshape(-1, classes) : logits);
        if (labels.getShape().equals(shape)) {
            NDArray rows =
                    labels.reshape(-1, classes).toType(flat.getDataType(), false).stopGradient();
            if (validate) {
                Validation.finite(flat);
                Validation.distributions(rows);
            }
            return new LogitBatch(flat, null, rows, null);
        }
        checkIndexShape(labels.getShape(), shape);
        Long ignored = ignoreIndex == null && rank == 3 ? Long.valueOf(IGNORE_INDEX) : ignoreIndex;
        NDArray indices = labels.flatten();
        if (validate) {
            Validation.finite(flat);
            Validation.indices(indices, classes, ignored);
        }
        indices = indices.toType(DataType.INT64, false);
        NDArray mask = null;
        if (ignored != null) {
            NDArray counts = indices.neq(ignored);
            mask = counts.toType(flat.getDataType(), false);
            indices = indices.mul(counts);
        }
        return new LogitBatch(flat, indices, null, mask);
    }

    /**
     * The same rows and labels with other logits.
     *
     * @param others {@code [M, C]}, of the type of the logits
     * @return a batch that shares nothing derived from the logits
     */
    public LogitBatch withLogits(NDArray others) {
        return new LogitBatch(others, labels, distributions, mask);
    }

    private static void checkIndexShape(Shape labels, Shape logits) {
        boolean matches =
                logits.dimension() == 3
                        ? labels.equals(logits.slice(0, 2))
                        : labels.equals(logits.slice(0, 1))
                                || labels.equals(new Shape(logits.get(0), 1));
        Checks.that(
                matches,
                "labels have shape %s for logits of shape %s, expected %s",
                labels,
                logits,
                logits.dimension() == 3 ? "[N, T] or [N, T, C]" : "[N], [N, 1] or [N, C]");
    }

    /** Half precision goes to float32 by type promotion: {@code toType} would cut the graph. */
    private static NDArray promote(NDArray logits) {
        DataType type = logits.getDataType();
        if (type == DataType.FLOAT32 || type == DataType.FLOAT64) {
            return logits;
        }
        Checks.that(
                type == DataType.FLOAT16 || type == DataType.BFLOAT16,
                "logits have type %s, expected float32, float64, float16 or bfloat16",
                type);
        return logits.mul(logits.getManager().ones(new Shape(1)));
    }

    /** Logits {@code [M, C]}, float32 or float64, attached to the graph. */
    public NDArray logits() {
        return logits;
    }

    /** The manager to which intermediate arrays belong. */
    public NDManager manager() {
        return logits.getManager();
    }

    public DataType dataType() {
        return logits.getDataType();
    }

    /**
     * Constants {@code [values.length]} in the type of the logits, written in one transfer. They
     * are the engine's own, as those of {@link Scalars} are.
     */
    public NDArray constants(double... values) {
        try (NDArray borrowed = borrowed(values)) {
            return borrowed.duplicate();
        }
    }

    private NDArray borrowed(double[] values) {
        if (dataType() == DataType.FLOAT64) {
            return manager().create(values);
        }
        float[] narrow = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            narrow[i] = (float) values[i];
        }
        return manager().create(narrow);
    }

    /** Number of rows M, those that do not count included. */
    public long size() {
        return logits.getShape().get(0);
    }

    /** Number of classes C. */
    public long classes() {
        return logits.getShape().get(1);
    }

    /** Whether the labels came as distributions rather than class indices. */
    public boolean hasDistributions() {
        return distributions != null;
    }

    /** Class indices {@code [M]}, int64; of distributions, the most probable class. */
    public NDArray labels() {
        return labels != null ? labels : distributions.argMax(1);
    }

    /** Target distributions {@code [M, C]} in the type of the logits; of class indices, one-hot. */
    public NDArray targets() {
        if (targets == null) {
            targets = hasDistributions() ? distributions : oneHot(labels);
        }
        return targets;
    }

    /** One-hot rows {@code [M, C]} of class indices {@code [M]}. */
    public NDArray oneHot(NDArray indices) {
        NDArray ones = manager().ones(new Shape(size(), 1), dataType());
        return manager()
                .zeros(logits.getShape(), dataType())
                .scatter(indices.expandDims(1), ones, 1);
    }

    /** One for each row that counts, zero for the others, {@code [M]}; null when all count. */
    public NDArray mask() {
        return mask;
    }

    /** Values per row {@code [M]}, or {@code [M, ...]}, with zeros in rows that do not count. */
    public NDArray masked(NDArray values) {
        if (mask == null) {
            return values;
        }
        int rank = values.getShape().dimension();
        NDArray rows = mask;
        for (int axis = 1; axis < rank; axis++) {
            rows = rows.expandDims(axis);
        }
        return values.mul(rows);
    }

    /** Sum of values per row {@code [M]} over the rows that count. */
    public NDArray sum(NDArray values) {
        return masked(values).sum();
    }

    /** Mean of values per row {@code [M]} over the rows that count; zero when none does. */
    public NDArray mean(NDArray values) {
        return mask == null ? values.mean() : sum(values).div(count());
    }

    /** Number of rows that count, at least one, as a scalar in the type of the logits. */
    public NDArray count() {
        if (count == null) {
            count =
                    mask == null
                            ? manager().full(new Shape(), size(), dataType())
                            : mask.sum().maximum(1);
        }
        return count;
    }

    /**
     * Adds the place of each row's sample in the training set, for losses that remember samples.
     *
     * @param indices any integer type and shape, one for each row
     * @return this batch
     */
    public LogitBatch withSampleIndices(NDArray indices) {
        Checks.that(
                indices.size() == size(),
                "indices of samples have shape %s, expected %d, one for each row of logits",
                indices.getShape(),
                size());
        sampleIndices = indices.flatten().toType(DataType.INT64, false);
        return this;
    }

    /** The place of each row's sample in the training set, {@code [M]}, int64; null if unknown. */
    public NDArray sampleIndices() {
        return sampleIndices;
    }

    /** {@code log p}, {@code [M, C]}. */
    public NDArray logProbabilities() {
        if (logProbabilities == null) {
            logProbabilities = Softmax.log(logits);
        }
        return logProbabilities;
    }

    /**
     * {@code p = softmax(z)}, {@code [M, C]}; from the log-softmax where that is there already. May
     * differ from {@code exp(log p)} in the last bit: not to be compared with it.
     */
    public NDArray probabilities() {
        if (probabilities == null) {
            probabilities = logProbabilities == null ? Softmax.of(logits) : logProbabilities.exp();
        }
        return probabilities;
    }

    /** {@code log p_y} of the label of each row, {@code [M]}. */
    public NDArray labelLogProbabilities() {
        if (labelLogProbabilities == null) {
            labelLogProbabilities = pick(logProbabilities(), labels());
        }
        return labelLogProbabilities;
    }

    /** Cross-entropy of each row, {@code [M]}: {@code -sum_k y_k log p_k}. */
    public NDArray crossEntropy() {
        return hasDistributions()
                ? Stable.rowDot(logProbabilities(), distributions).neg()
                : labelLogProbabilities().neg();
    }

    /** The value of each row at an index, {@code [M]}. */
    public static NDArray pick(NDArray rows, NDArray indices) {
        return rows.gather(indices.expandDims(1), 1).squeeze(1);
    }

    /** The most probable class, {@code [M]}, int64; the lowest index among ties. */
    public NDArray predicted() {
        if (predicted == null) {
            predicted = logits.argMax(1);
        }
        return predicted;
    }

    /** {@code c = max_k p_k}, {@code [M]}; the gradient goes to the predicted class alone. */
    public NDArray confidence() {
        if (confidence == null) {
            confidence =
                    logProbabilities == null || probabilities != null
                            ? pick(probabilities(), predicted())
                            : pick(logProbabilities, predicted()).exp();
        }
        return confidence;
    }

    /** One where the predicted class is the label, else zero, {@code [M]}; no gradient. */
    public NDArray correct() {
        if (correct == null) {
            correct = predicted().eq(labels()).toType(dataType(), false);
        }
        return correct;
    }

    /** {@code H = -sum_k p_k log p_k} in nats, {@code [M]}. */
    public NDArray entropy() {
        if (entropy == null) {
            // sum_k p_k dlog p_k = 0, so that log p need not carry the gradient too.
            NDArray constant = logProbabilities().stopGradient();
            entropy = Stable.rowDot(probabilities(), constant).neg();
        }
        return entropy;
    }
}
