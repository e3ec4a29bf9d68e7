package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.candor.internal.Checks;
import java.util.function.BiFunction;

/**
 * Gathers the logits and labels of a validation pass, batch by batch, to fit calibrators to them.
 *
 * <pre>{@code
 * try (FitAccumulator samples = FitAccumulator.of(manager)) {
 *     for (Batch batch : validation.getData(manager)) {
 *         samples.add(predict(batch.getData()), batch.getLabels().head());
 *         batch.close();
 *     }
 *     TemperatureScaling temperature = samples.fit(TemperatureScaling::fit);
 * }
 * }</pre>
 *
 * <p>What is added is copied, without its graph, so that batch and graph may be freed at once. The
 * copies are on the device of the manager that is given, in the type of the first batch; half
 * precision stays half. Where the number of samples is known, give it: otherwise memory grows by
 * doubling. One thread at a time.
 */
public final class FitAccumulator implements AutoCloseable {

    private static final long FIRST_CAPACITY = 1024;

    private final NDManager manager;
    private long capacity;
    private NDArray logits;
    private NDArray labels;
    private long size;

    private FitAccumulator(NDManager manager, long capacity) {
        this.manager = manager;
        this.capacity = capacity;
    }

    /**
     * Returns an empty accumulator.
     *
     * @param parent the manager on whose device samples are kept; it closes the accumulator, too
     * @return the accumulator
     */
    public static FitAccumulator of(NDManager parent) {
        return of(parent, FIRST_CAPACITY);
    }

    /**
     * Returns an empty accumulator with room for samples.
     *
     * @param parent the manager on whose device samples are kept; it closes the accumulator, too
     * @param capacity the number of samples that are expected, at least 1; there may be more
     * @return the accumulator
     */
    public static FitAccumulator of(NDManager parent, long capacity) {
        Checks.that(capacity > 0, "capacity = %d, expected at least 1", capacity);
        return new FitAccumulator(parent.newSubManager(), capacity);
    }

    /**
     * Adds a batch. Shapes and types are checked; values are checked by the fit.
     *
     * @param batchLogits {@code [N, C]}, a floating-point type, on any device
     * @param batchLabels class indices {@code [N]} or {@code [N, 1]}, any type
     * @return this accumulator
     * @throws IllegalArgumentException if the shapes do not match each other or those before, or
     *     the type of the logits is another than before
     */
    public FitAccumulator add(NDArray batchLogits, NDArray batchLabels) {
        Shape shape = batchLogits.getShape();
        Checks.that(
                batchLogits.getDataType().isFloating(),
                "logits have type %s, expected a floating-point type",
                batchLogits.getDataType());
        Checks.that(shape.dimension() == 2, "logits have shape %s, expected [N, C]", shape);
        long rows = shape.get(0);
        Shape column = batchLabels.getShape();
        Checks.that(
                column.equals(new Shape(rows)) || column.equals(new Shape(rows, 1)),
                "labels have shape %s for logits of shape %s, expected [N] or [N, 1]",
                column,
                shape);
        Checks.that(
                logits == null || logits.getShape().get(1) == shape.get(1),
                "logits have shape %s, expected %d classes as before",
                shape,
                logits == null ? 0 : logits.getShape().get(1));
        Checks.that(
                logits == null || logits.getDataType() == batchLogits.getDataType(),
                "logits have type %s, expected %s as before",
                batchLogits.getDataType(),
                logits == null ? null : logits.getDataType());
        if (rows == 0) {
            return this;
        }
        reserve(size + rows, shape.get(1), batchLogits.getDataType());
        try (NDManager scope = manager.newSubManager()) {
            NDIndex place = new NDIndex().addSliceDim(size, size + rows);
            logits.set(place, local(scope, batchLogits));
            NDArray indices = local(scope, batchLabels).flatten();
            labels.set(place, indices.toType(DataType.FLOAT64, false));
        }
        size += rows;
        return this;
    }

    private static NDArray local(NDManager scope, NDArray array) {
        NDArray detached = array.stopGradient();
        detached.attach(scope);
        return detached.toDevice(scope.getDevice(), false);
    }

    private void reserve(long rows, long classes, DataType type) {
        if (logits != null && rows <= capacity) {
            return;
        }
        capacity = logits == null ? Math.max(capacity, rows) : Math.max(2 * capacity, rows);
        logits = grown(logits, new Shape(capacity, classes), type);
        labels = grown(labels, new Shape(capacity), DataType.FLOAT64);
    }

    private NDArray grown(NDArray before, Shape shape, DataType type) {
        NDArray after = manager.zeros(shape, type);
        if (before != null) {
            NDIndex used = new NDIndex().addSliceDim(0, size);
            try (NDArray rows = before.get(used)) {
                after.set(used, rows);
            }
            before.close();
        }
        return after;
    }

    /**
     * Returns the number of samples that were added.
     *
     * @return N
     */
    public long size() {
        return size;
    }

    /**
     * Fits to all samples that were added. Neither the samples nor the accumulator change: other
     * fits may follow, and more samples.
     *
     * @param <T> what is fitted
     * @param method takes logits {@code [N, C]} and labels {@code [N]}, such as {@code
     *     TemperatureScaling::fit}; it may not keep or change them
     * @return what was fitted
     * @throws IllegalArgumentException if no samples were added, or the method refuses them
     */
    public <T> T fit(BiFunction<NDArray, NDArray, T> method) {
        Checks.that(size > 0, "no samples were added");
        NDIndex used = new NDIndex().addSliceDim(0, size);
        try (NDArray rows = logits.get(used);
                NDArray indices = labels.get(used)) {
            return method.apply(rows, indices);
        }
    }

    /** Frees the samples. */
    @Override
    public void close() {
        manager.close();
    }
}
