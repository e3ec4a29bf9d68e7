package dev.candor.internal;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.function.UnaryOperator;

/**
 * Softmax of the rows of a matrix.
 *
 * <p>On a processor the engine takes the softmax of short rows one element after another: with ten
 * classes it needs eight times as long as that of the transpose along its first axis, which fills
 * the vector registers with rows. Short rows therefore go that way, and the result lies in memory
 * by columns. Its last bit may depend on the place of a row: it is meant for sums and gradients,
 * not for what is looked up or compared.
 */
public final class Softmax {

    /** Fewest classes for which rows are as fast as columns, forward and backward. */
    private static final int LONG_ROW = 16;

    private static final int LONG_FLOAT64_ROW = 32;

    /** Below, a few microseconds are at stake, of which the two transpositions cost some. */
    private static final int FEWEST_ELEMENTS = 4096;

    private Softmax() {}

    /**
     * {@code exp z_k / sum_j exp z_j}.
     *
     * @param rows {@code [M, C]}
     * @return {@code [M, C]}
     */
    public static NDArray of(NDArray rows) {
        return isByColumns(rows) ? byColumns(rows, columns -> columns.softmax(0)) : rows.softmax(1);
    }

    /**
     * {@code z_k - log sum_j exp z_j}.
     *
     * @param rows {@code [M, C]}
     * @return {@code [M, C]}
     */
    public static NDArray log(NDArray rows) {
        return isByColumns(rows)
                ? byColumns(rows, columns -> columns.logSoftmax(0))
                : rows.logSoftmax(1);
    }

    private static boolean isByColumns(NDArray rows) {
        Shape shape = rows.getShape();
        int longRow = rows.getDataType() == DataType.FLOAT64 ? LONG_FLOAT64_ROW : LONG_ROW;
        return shape.get(1) < longRow
                && shape.size() >= FEWEST_ELEMENTS
                && !rows.getDevice().isGpu();
    }

    private static NDArray byColumns(NDArray rows, UnaryOperator<NDArray> work) {
        try (NDArray columns = rows.transpose();
                NDArray found = work.apply(columns)) {
            return found.transpose();
        }
    }
}
