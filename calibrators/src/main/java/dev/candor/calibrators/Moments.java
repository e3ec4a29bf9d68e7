package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import dev.candor.internal.Checks;
import java.util.Arrays;

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
     * @param features {@code [N, F]}; the first that is not finite is named
     */
    static Moments of(NDArray features) {
        long size = features.getShape().get(0);
        long step = Math.max(1, ELEMENTS_AT_ONCE / features.getShape().get(1));
        double[] mean = new double[(int) features.getShape().get(1)];
        double[] square = new double[mean.length];
        for (long first = 0; first < size; first += step) {
            NDIndex slice = new NDIndex().addSliceDim(first, Math.min(size, first + step));
            try (NDManager scope = features.getManager().newSubManager()) {
                NDArray rows = features.get(scope, slice).toType(DataType.FLOAT64, false);
                checkFinite(rows, first);
                add(mean, rows.sum(ROWS), size);
                add(square, rows.square().sum(ROWS), size);
            }
        }
        double[] scale = new double[mean.length];
        for (int j = 0; j < scale.length; j++) {
            double variance = square[j] - mean[j] * mean[j];
            scale[j] = variance > 0 ? Math.sqrt(variance) : 1;
        }
        return new Moments(mean, scale);
    }

    private static void add(double[] means, NDArray sums, long size) {
        double[] values = sums.toDoubleArray();
        for (int j = 0; j < means.length; j++) {
            means[j] += values[j] / size;
        }
    }

    private static void checkFinite(NDArray rows, long first) {
        double[] largest = rows.abs().max(new int[] {1}).toDoubleArray();
        for (int i = 0; i < largest.length; i++) {
            Checks.that(
                    Double.isFinite(largest[i]), "features[%d] holds NaN or infinity", first + i);
        }
    }
}
