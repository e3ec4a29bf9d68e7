package dev.candor.benchmarks.suites;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;

/**
 * Made logits with a margin for the label, so that rows are right and wrong, and overconfident.
 *
 * @param logits {@code [N, C]}, float32
 * @param labels {@code [N]}, int64
 */
record SeededLogits(NDArray logits, NDArray labels) {

    private static final int CHUNK = 1 << 16;

    /** Makes them chunk by chunk: a million rows of a hundred classes are the measured thing. */
    static SeededLogits of(LossShape shape, long seed, NDManager manager) {
        SeededNumbers numbers = new SeededNumbers(seed);
        long[] labels = numbers.integers(0, shape.rows(), shape.classes());
        NDArray logits = manager.create(new Shape(shape.rows(), shape.classes()));
        int rowsPerChunk = Math.max(1, CHUNK / shape.classes());
        for (int first = 0; first < shape.rows(); first += rowsPerChunk) {
            int rows = Math.min(rowsPerChunk, shape.rows() - first);
            try (NDManager scope = manager.newSubManager()) {
                NDArray part =
                        scope.create(
                                FloatBuffer.wrap(values(numbers, labels, first, rows, shape)),
                                new Shape(rows, shape.classes()));
                logits.set(new NDIndex("{}:{}", first, first + rows), part);
            }
        }
        return new SeededLogits(logits, manager.create(labels));
    }

    private static float[] values(
            SeededNumbers numbers, long[] labels, int first, int rows, LossShape shape) {
        int classes = shape.classes();
        double[] normal = numbers.normal(1, (long) first * classes, rows * classes);
        float[] values = new float[normal.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (2 * normal[i]);
        }
        for (int row = 0; row < rows; row++) {
            values[row * classes + (int) labels[first + row]] += 4;
        }
        return values;
    }
}
