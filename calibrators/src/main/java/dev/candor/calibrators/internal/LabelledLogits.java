package dev.candor.calibrators.internal;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.candor.internal.Checks;
import dev.candor.internal.Validation;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The samples of a fit, checked, read chunk by chunk, so that a fit needs little memory beside
 * them.
 */
public final class LabelledLogits {

    private static final Logger LOGGER = LoggerFactory.getLogger(LabelledLogits.class);

    private static final long ROWS_THAT_TELL_PROBABILITIES = 1024;
    private static final double MASS_TOLERANCE = 1e-4;
    private static final long ROWS_CHECKED_AT_ONCE = 1L << 20;

    private final NDManager scope;
    private final NDArray logits;
    private final NDArray labels;
    private final NDArray weights;
    private final double totalWeight;

    private LabelledLogits(NDManager scope, NDArray logits, NDArray labels, NDArray weights) {
        this.scope = scope;
        this.logits = logits;
        this.labels = labels;
        this.weights = weights;
        this.totalWeight = weights == null ? size() : weights.sum().getDouble();
    }

    /**
     * Checks the samples, all but the values of the logits, which the first pass over them checks.
     *
     * @param scope a manager on the device of the logits, to which all arrays made here belong
     * @param logits {@code [N, C]}
     * @param labels class indices, {@code [N]} or {@code [N, 1]}
     * @param weights {@code [N]} or {@code [N, 1]}, or null where all samples weigh the same
     */
    public static LabelledLogits of(
            NDManager scope, NDArray logits, NDArray labels, NDArray weights) {
        Shape shape = logits.getShape();
        Checks.that(
                logits.getDataType().isFloating(),
                "logits have type %s, expected a floating-point type",
                logits.getDataType());
        Checks.that(shape.dimension() == 2, "logits have shape %s, expected [N, C]", shape);
        Checks.that(shape.get(0) > 0, "logits have shape %s, expected at least one row", shape);
        Checks.that(shape.get(1) > 1, "logits have shape %s, expected at least two classes", shape);
        NDArray rows = within(scope, logits);
        NDArray indices = column("labels", within(scope, labels), shape);
        NDArray masses =
                weights == null
                        ? null
                        : column("weights", within(scope, weights), shape)
                                .toType(DataType.FLOAT64, false);
        for (long first = 0; first < shape.get(0); first += ROWS_CHECKED_AT_ONCE) {
            NDIndex slice = slice(first, Math.min(shape.get(0), first + ROWS_CHECKED_AT_ONCE));
            try (NDManager manager = scope.newSubManager()) {
                Validation.indices(indices.get(manager, slice), shape.get(1), null, first);
                if (weights != null) {
                    checkWeights(masses.get(manager, slice), first);
                }
            }
        }
        warnOfProbabilities(scope, rows);
        LabelledLogits samples = new LabelledLogits(scope, rows, indices, masses);
        Checks.that(
                samples.totalWeight > 0 && Double.isFinite(samples.totalWeight),
                "weights sum to %s, expected a finite sum > 0",
                samples.totalWeight);
        return samples;
    }

    private static NDIndex slice(long first, long end) {
        return new NDIndex().addSliceDim(first, end);
    }

    private static NDArray within(NDManager scope, NDArray array) {
        NDArray detached = array.stopGradient();
        detached.attach(scope);
        return detached.toDevice(scope.getDevice(), false);
    }

    private static NDArray column(String name, NDArray values, Shape logits) {
        Shape shape = values.getShape();
        Checks.that(
                shape.equals(new Shape(logits.get(0))) || shape.equals(new Shape(logits.get(0), 1)),
                "%s have shape %s for logits of shape %s, expected [N] or [N, 1]",
                name,
                shape,
                logits);
        return values.flatten();
    }

    private static void checkWeights(NDArray weights, long first) {
        double[] values = weights.toDoubleArray();
        for (int i = 0; i < values.length; i++) {
            Checks.nonNegative("weights[" + (first + i) + "]", values[i]);
        }
    }

    private static void warnOfProbabilities(NDManager parent, NDArray logits) {
        try (NDManager scope = parent.newSubManager()) {
            long rows = Math.min(logits.getShape().get(0), ROWS_THAT_TELL_PROBABILITIES);
            NDArray values = logits.get(scope, slice(0, rows)).toType(DataType.FLOAT64, false);
            NDArray misses = values.sum(new int[] {1}).sub(1).abs().max();
            if (values.min().getDouble() >= 0 && misses.getDouble() <= MASS_TOLERANCE) {
                LOGGER.warn(
                        "the rows of the logits are nonnegative and sum to 1: they look like"
                                + " probabilities; pass their logarithms instead");
            }
        }
    }

    /** Number of samples N. */
    public long size() {
        return logits.getShape().get(0);
    }

    /** Number of classes C. */
    public long classes() {
        return logits.getShape().get(1);
    }

    /** The type of the logits. */
    public DataType type() {
        return logits.getDataType();
    }

    /** Sum of the weights. */
    public double totalWeight() {
        return totalWeight;
    }

    /**
     * How many samples of equal weight tell as much: {@code (sum w)^2 / sum w^2}, as by Kish; N
     * where all weigh the same.
     */
    public double effectiveSize() {
        if (weights == null) {
            return size();
        }
        try (NDManager manager = scope.newSubManager()) {
            manager.tempAttachAll(weights);
            return totalWeight * totalWeight / weights.square().sum().getDouble();
        }
    }

    /**
     * The same samples with other weights. What a fit to them keeps belongs to the manager of the
     * weights.
     *
     * @param others float64 {@code [N]}, checked by whoever gives them
     */
    public LabelledLogits weighted(NDArray others) {
        return new LabelledLogits(others.getManager(), logits, labels, others);
    }

    /** The manager to which these arrays belong, on their device. */
    public NDManager scope() {
        return scope;
    }

    /** At least so many of the samples, and fewer than twice as many, evenly spaced. */
    public LabelledLogits sample(long rows) {
        NDIndex spaced = new NDIndex().addSliceDim(0, size(), size() / rows);
        return new LabelledLogits(
                scope,
                logits.get(scope, spaced).duplicate(),
                labels.get(scope, spaced),
                weights == null ? null : weights.get(scope, spaced));
    }

    /** The samples {@code first..end-1}, as views that belong to a manager. */
    public Chunk chunk(NDManager manager, long first, long end) {
        NDIndex slice = slice(first, end);
        return new Chunk(
                logits.get(manager, slice),
                labels.get(manager, slice).toType(DataType.INT64, false),
                weights == null
                        ? manager.ones(new Shape(end - first), DataType.FLOAT64)
                        : weights.get(manager, slice));
    }

    /** The samples at these places, int64 {@code [n]}, copied to a manager. */
    public Chunk rows(NDManager manager, NDArray places) {
        NDIndex index = new NDIndex("{}", places);
        return new Chunk(
                logits.get(manager, index),
                labels.get(manager, index).toType(DataType.INT64, false),
                weights == null
                        ? manager.ones(places.getShape(), DataType.FLOAT64)
                        : weights.get(manager, index));
    }

    /** The error of logits that are not finite, or so large that their differences are not. */
    public IllegalArgumentException notFinite() {
        long step = Math.max(1, ROWS_CHECKED_AT_ONCE / classes());
        for (long first = 0; first < size(); first += step) {
            try (NDManager manager = scope.newSubManager()) {
                NDArray rows = chunk(manager, first, Math.min(size(), first + step)).logits();
                NDArray largest = rows.abs().max(new int[] {1});
                double[] values = largest.toType(DataType.FLOAT64, false).toDoubleArray();
                for (int row = 0; row < values.length; row++) {
                    if (!Double.isFinite(values[row])) {
                        return Checks.illegal("logits[%d] holds NaN or infinity", first + row);
                    }
                }
            }
        }
        return Checks.illegal("the differences of the logits exceed the range of float64");
    }

    /**
     * Consecutive samples.
     *
     * @param logits {@code [n, C]} in the type they came in, not to be written to
     * @param labels int64 {@code [n]}
     * @param weights float64 {@code [n]}
     */
    public record Chunk(NDArray logits, NDArray labels, NDArray weights) {}
}
