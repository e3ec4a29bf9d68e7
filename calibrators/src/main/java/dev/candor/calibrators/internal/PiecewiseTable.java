package dev.candor.calibrators.internal;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.candor.internal.Checks;
import java.util.Arrays;
import java.util.List;

/**
 * Functions of one number as arrays {@code [R, K]}, one row for each function, evaluated where the
 * numbers are, by bisection over all of them at once. K is a power of two above the number of
 * thresholds; thresholds that are missing are infinite.
 */
public final class PiecewiseTable {

    private static final String THRESHOLDS = "thresholds";
    private static final String VALUES = "values";

    private PiecewiseTable() {}

    /** Thresholds and values. */
    public static List<Coefficient> of(List<Piecewise> functions) {
        int longest = functions.stream().mapToInt(f -> f.thresholds().length).max().orElseThrow();
        int width = Integer.highestOneBit(Math.max(1, longest)) << 1;
        double[] thresholds = new double[functions.size() * width];
        double[] values = new double[thresholds.length];
        for (int row = 0; row < functions.size(); row++) {
            fill(thresholds, row, width, functions.get(row).thresholds(), Double.POSITIVE_INFINITY);
            double[] own = functions.get(row).values();
            fill(values, row, width, own, own[own.length - 1]);
        }
        Shape shape = new Shape(functions.size(), width);
        return List.of(
                new Coefficient(THRESHOLDS, shape, thresholds),
                new Coefficient(VALUES, shape, values));
    }

    private static void fill(double[] table, int row, int width, double[] values, double rest) {
        System.arraycopy(values, 0, table, row * width, values.length);
        Arrays.fill(table, row * width + values.length, (row + 1) * width, rest);
    }

    /** Thresholds and values of so many functions from a file, checked. */
    public static List<Coefficient> of(CalibratorFile file, long rows) {
        Coefficient thresholds = file.coefficient(THRESHOLDS);
        Shape shape = thresholds.shape();
        Checks.that(
                shape.dimension() == 2 && shape.get(0) == rows && Long.bitCount(shape.get(1)) == 1,
                "%s have shape %s, expected (%d, a power of two)",
                THRESHOLDS,
                shape,
                rows);
        Coefficient values = file.coefficient(VALUES, shape);
        int width = (int) shape.get(1);
        double[] ascending = thresholds.values();
        for (int i = 0; i < ascending.length; i++) {
            boolean isLast = i % width == width - 1;
            Checks.that(
                    isLast
                            ? ascending[i] == Double.POSITIVE_INFINITY
                            : ascending[i] < ascending[i + 1]
                                    || ascending[i] == Double.POSITIVE_INFINITY
                                            && ascending[i + 1] == ascending[i],
                    "%s[%d] = %s is out of order",
                    THRESHOLDS,
                    i,
                    ascending[i]);
            Checks.within(VALUES + "[" + i + "]", values.values()[i], 0, 1);
        }
        return List.of(thresholds, values);
    }

    /**
     * The values of step functions.
     *
     * @param x float64 {@code [M, R]}, or any shape where R is 1
     * @param table thresholds and values
     * @return of the shape of x; NaN where x is; attached to the graph of x with slope zero
     */
    public static NDArray step(NDArray x, NDList table) {
        NDArray thresholds = table.get(0);
        NDArray place = count(x, thresholds).add(rows(thresholds));
        return pick(table.get(1), place).add(x.mul(0));
    }

    /**
     * The values of piecewise linear functions. Constant beyond the thresholds, for those that are
     * missing are infinitely far, and where a slope overflows.
     *
     * @param x float64 {@code [M, R]}, or any shape where R is 1
     * @param table thresholds and values
     * @return of the shape of x; NaN where x is
     */
    public static NDArray linear(NDArray x, NDList table) {
        NDArray thresholds = table.get(0);
        NDArray rows = rows(thresholds);
        NDArray left = count(x, thresholds).sub(1).maximum(0).add(rows);
        NDArray start = pick(thresholds, left);
        NDArray value = pick(table.get(1), left);
        NDArray right = left.add(1);
        NDArray run = pick(thresholds, right).sub(start);
        NDArray slope = pick(table.get(1), right).sub(value).div(run);
        NDArray finite = slope.abs().lt(Double.POSITIVE_INFINITY);
        NDArray rise = NDArrays.where(finite, slope, slope.zerosLike());
        return value.add(x.sub(start).maximum(0).mul(rise));
    }

    /** How many thresholds of its function are no greater than each number. */
    private static NDArray count(NDArray x, NDArray thresholds) {
        NDArray constants = x.stopGradient();
        NDManager manager = constants.getManager();
        NDArray before = rows(thresholds).sub(1);
        NDArray count = manager.zeros(x.getShape(), DataType.INT64);
        for (long step = thresholds.getShape().get(1) / 2; step > 0; step /= 2) {
            try (NDArray place = count.add(before).addi(step);
                    NDArray threshold = pick(thresholds, place);
                    NDArray reached = threshold.lte(constants);
                    NDArray steps = reached.toType(DataType.INT64, false)) {
                count.addi(steps.muli(step));
            }
        }
        return count;
    }

    /** Where each row begins among the values of all. */
    private static NDArray rows(NDArray table) {
        Shape shape = table.getShape();
        NDArray rows = table.getManager().arange(0, (int) shape.get(0), 1, DataType.INT64);
        return rows.mul(shape.get(1));
    }

    private static NDArray pick(NDArray table, NDArray places) {
        return table.flatten().gather(places.flatten(), 0).reshape(places.getShape());
    }
}
