package dev.candor.uncertainty;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.candor.internal.Checks;
import java.util.function.UnaryOperator;

/** Checks rows and scores them in float64, some megabytes at a time. */
final class ScoredRows {

    private static final long VALUES_AT_ONCE = 1 << 21;

    private ScoredRows() {}

    /**
     * Scores rows.
     *
     * @param name what the rows are, for messages
     * @param rows {@code [N, D]}
     * @param expanded how many values each value of a row becomes on the way
     * @param score from float64 {@code [n, D]} to {@code [n]}
     */
    static double[] of(String name, NDArray rows, long expanded, UnaryOperator<NDArray> score) {
        Shape shape = rows.getShape();
        Checks.that(
                shape.dimension() == 2 && shape.size() > 0,
                "%s have shape %s, expected [N, %s] with at least one row",
                name,
                shape,
                name.equals("logits") ? "C" : "D");
        Checks.that(
                rows.getDataType().isFloating(),
                "%s have type %s, expected a floating-point type",
                name,
                rows.getDataType());
        int size = Math.toIntExact(shape.get(0));
        int step = (int) Math.max(1, VALUES_AT_ONCE / (shape.get(1) * expanded));
        double[] scores = new double[size];
        for (int first = 0; first < size; first += step) {
            int end = Math.min(size, first + step);
            try (NDManager scope = rows.getManager().newSubManager(rows.getDevice())) {
                NDArray slice = rows.get(scope, new NDIndex().addSliceDim(first, end));
                NDArray values = slice.stopGradient().toType(DataType.FLOAT64, false);
                finite(name, values, first);
                double[] part = score.apply(values).toDoubleArray();
                System.arraycopy(part, 0, scores, first, part.length);
            }
        }
        return scores;
    }

    private static void finite(String name, NDArray values, int first) {
        double[] zeros = values.mul(0).sum(new int[] {1}).toDoubleArray();
        for (int row = 0; row < zeros.length; row++) {
            Checks.that(zeros[row] == 0, "%s[%d] holds NaN or infinity", name, first + row);
        }
    }
}
