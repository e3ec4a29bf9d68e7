package dev.candor.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.candor.calibrators.FitAccumulator;
import dev.candor.internal.LogitBatch;

/** Rows of logits and class indices, of what a trainer hands over. */
final class ValidationRows {

    private ValidationRows() {}

    /**
     * Adds a batch: logits {@code [N, C]}, or {@code [N, T, C]} without ignored tokens, and class
     * indices, or distributions, of which the most probable class counts.
     */
    static void add(FitAccumulator samples, NDList outputs, NDList labels) {
        try (NDManager scope = outputs.head().getManager().newSubManager()) {
            scope.tempAttachAll(outputs, labels);
            add(samples, outputs.singletonOrThrow(), labels.head());
        }
    }

    private static void add(FitAccumulator samples, NDArray outputs, NDArray labels) {
        Shape shape = outputs.getShape();
        NDArray indices =
                labels.getShape().equals(shape) ? labels.argMax(shape.dimension() - 1) : labels;
        if (shape.dimension() != 3) {
            samples.add(outputs, indices);
            return;
        }
        NDArray flat = indices.flatten();
        NDArray counts = flat.toType(DataType.INT64, false).neq(LogitBatch.IGNORE_INDEX);
        NDIndex rows = new NDIndex().addBooleanIndex(counts);
        samples.add(outputs.reshape(-1, shape.get(2)).get(rows), flat.get(rows));
    }
}
