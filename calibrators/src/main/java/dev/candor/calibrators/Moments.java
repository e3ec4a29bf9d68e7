package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import dev.candor.internal.Checks;
import java.util.Arrays;
import java.util.function.UnaryOperator;

/**
 * By what features are standardised.
 *
 * @param mean of each feature
 * @param scale its standard deviation, or 1 where it is constant
 */
record Moments(double[] mean, double[] scale) {

    static final Moments NONE = standard(0);

    private static final long ELEMENTS_AT_ONCE = 1L << 20;
    private static final int[] ROWS = {0};

    /** Those that leave features as they are. */
    static Moments standard(int features) {
        double[] ones = new double[features];
        Arrays.fill(ones, 1);
        return new Moments(new double[features], ones);
    }

    /**
     * Those of samples.
     *
     * @param features samples on the first axis; the first that is not finite is named
     * @param rows puts features on the last of two axes
     */
    static Moments of(NDArray features, UnaryOperator<NDArray> rows) {
        long size = features.getShape().get(0);
        long step = Math.max(1, ELEMENTS_AT_ONCE * size / features.size());
        double[] mean = null;
        double[] square = null;
        long count = 0;
        for (long first = 0; first < size; first += step) {
            long end = Math.min(size, first + step);
            NDIndex slice = new NDIndex().addSliceDim(first, end);
            try (NDManager scope = features.getManager().newSubManager()) {
                NDArray part = features.get(scope, slice).toType(DataType.FLOAT64, false);
                checkFinite(part.reshape(end - first, -1), first);
                NDArray values = rows.apply(part);
                count += values.getShape().get(0);
                mean = sum(mean, values.sum(ROWS));
                square = sum(square, values.square().sum(ROWS));
            }
        }
        double[] scale = new double[mean.length];
        for (int j = 0; j < scale.length; j++) {
            mean[j] /= count;
            double variance = square[j] / count - mean[j] * mean[j];
            scale[j] = variance > 0 ? Math.sqrt(variance) : 1;
        }
        return new Moments(mean, scale);
    }

    private static double[] sum(double[] sums, NDArray more) {
        double[] values = more.toDoubleArray();
        for (int j = 0; sums != null && j < values.length; j++) {
            values[j] += sums[j];
        }
        return values;
    }

    private static void checkFinite(NDArray rows, long first) {
        double[] largest = rows.abs().max(new int[] {1}).toDoubleArray();
        for (int i = 0; i < largest.length; i++) {
            Checks.that(
                    Double.isFinite(largest[i]), "features[%d] holds NaN or infinity", first + i);
        }
    }
}
