package dev.candor.calibrators.internal;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.candor.internal.Checks;
import dev.candor.internal.Validation;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The samples of a fit, checked, read chunk by chunk, so that a fit needs little memory beside
 * them.
 */
public final class LabelledLogits {

    private static final Logger LOGGER = LoggerFactory.getLogger(LabelledLogits.class);

    /** Elements of a chunk that stays in the cache of a processor while it is worked on. */
    private static final long CACHED_ELEMENTS = 1L << 17;

    /** Elements of a chunk that keeps an accelerator busy. */
    private static final long ACCELERATED_ELEMENTS = 1L << 22;

    private static final long ROWS_THAT_TELL_PROBABILITIES = 1024;
    private static final double MASS_TOLERANCE = 1e-4;

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
        this.totalWeight = weights.sum().getDouble();
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
        Validation.indices(indices, shape.get(1), null);
        NDArray mass;
        if (weights == null) {
            mass = scope.ones(new Shape(shape.get(0)), DataType.FLOAT64);
        } else {
            mass = column("weights", within(scope, weights), shape).toType(DataType.FLOAT64, false);
            checkWeights(mass.toDoubleArray());
        }
        warnOfProbabilities(scope, rows);
        return new LabelledLogits(scope, rows, indices.toType(DataType.INT64, false), mass);
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

    private static void checkWeights(double[] weights) {
        double total = 0;
        for (int row = 0; row < weights.length; row++) {
            total += Checks.nonNegative("weights[" + row + "]", weights[row]);
        }
        Checks.that(
                total > 0 && Double.isFinite(total),
                "weights sum to %s, expected a finite sum > 0",
                total);
    }

    private static void warnOfProbabilities(NDManager parent, NDArray logits) {
        try (NDManager scope = parent.newSubManager()) {
            long rows = Math.min(logits.getShape().get(0), ROWS_THAT_TELL_PROBABILITIES);
            NDArray head = logits.get(scope, new NDIndex().addSliceDim(0, rows));
            NDArray values = head.toType(DataType.FLOAT64, false);
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

    /** Sum of the weights. */
    public double totalWeight() {
        return totalWeight;
    }

    /**
     * How many samples of equal weight tell as much: {@code (sum w)^2 / sum w^2}, as by Kish; N
     * where all weigh the same.
     */
    public double effectiveSize() {
        try (NDManager manager = scope.newSubManager()) {
            manager.tempAttachAll(weights);
            return totalWeight * totalWeight / weights.square().sum().getDouble();
        }
    }

    /** The manager to which these arrays belong. */
    public NDManager scope() {
        return scope;
    }

    /**
     * The same samples with other weights.
     *
     * @param others float64 {@code [N]}, none negative, not all zero
     */
    public LabelledLogits weighted(NDArray others) {
        return new LabelledLogits(scope, logits, labels, others);
    }

    /** About so many samples, evenly spaced; all if there are fewer. */
    public LabelledLogits sample(long rows) {
        long stride = Math.max(1, size() / rows);
        if (stride == 1) {
            return this;
        }
        NDIndex spaced = new NDIndex().addSliceDim(0, size(), stride);
        return new LabelledLogits(
                scope,
                logits.get(scope, spaced).duplicate(),
                labels.get(scope, spaced),
                weights.get(scope, spaced));
    }

    /** Passes over all samples in order. What is made of a chunk is freed after its turn. */
    public void forEachChunk(Consumer<Chunk> consumer) {
        long elements = scope.getDevice().isGpu() ? ACCELERATED_ELEMENTS : CACHED_ELEMENTS;
        long step = Math.max(1, elements / classes());
        for (long first = 0; first < size(); first += step) {
            NDIndex slice = new NDIndex().addSliceDim(first, Math.min(size(), first + step));
            try (NDManager manager = scope.newSubManager()) {
                NDArray rows = float64Copy(logits.get(manager, slice));
                consumer.accept(
                        new Chunk(
                                first,
                                rows,
                                labels.get(manager, slice),
                                weights.get(manager, slice)));
            }
        }
    }

    /** {@code toType} to the same type shares its memory even when told to copy. */
    private static NDArray float64Copy(NDArray rows) {
        return rows.getDataType() == DataType.FLOAT64
                ? rows.duplicate()
                : rows.toType(DataType.FLOAT64, true);
    }

    /** The error of logits that are not finite, or so large that their differences are not. */
    public IllegalArgumentException notFinite() {
        IllegalArgumentException[] error = new IllegalArgumentException[1];
        forEachChunk(
                chunk -> {
                    double[] largest = chunk.logits().abs().max(new int[] {1}).toDoubleArray();
                    for (int row = 0; row < largest.length && error[0] == null; row++) {
                        if (!Double.isFinite(largest[row])) {
                            long place = chunk.first() + row;
                            error[0] = Checks.illegal("logits[%d] holds NaN or infinity", place);
                        }
                    }
                });
        return error[0] != null
                ? error[0]
                : Checks.illegal("the differences of the logits exceed the range of float64");
    }

    /**
     * Consecutive samples.
     *
     * @param first the row of the first
     * @param logits float64 {@code [n, C]}, a copy that may be written to
     * @param labels int64 {@code [n]}
     * @param weights float64 {@code [n]}
     */
    public record Chunk(long first, NDArray logits, NDArray labels, NDArray weights) {}
}
