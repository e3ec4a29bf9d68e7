package dev.candor.calibrators.internal;

import java.util.Arrays;

/**
 * Isotonic regression: the nondecreasing function nearest to given points in squared error, found
 * by pooling neighbours that decrease. Points of equal x count as one at their mean. An instance
 * lends its memory to one fit after the other.
 *
 * <p>Source: Ayer et al., <i>An Empirical Distribution Function for Sampling with Incomplete
 * Information</i>, Annals of Mathematical Statistics 26(4), 1955.
 */
public final class PoolAdjacentViolators {

    private final Ascending ascending;
    private final double[] first;
    private final double[] last;
    private final double[] sums;
    private final double[] weights;
    private int blocks;

    /** Fits functions to so many points each. */
    public PoolAdjacentViolators(int size) {
        ascending = new Ascending(size);
        first = new double[size];
        last = new double[size];
        sums = new double[size];
        weights = new double[size];
    }

    /**
     * Fits the function.
     *
     * @param x where, finite
     * @param y the value there
     * @param weights none negative, not all zero; null where all points weigh the same
     * @return the function, linear between the blocks; at each end of a block stands a threshold
     */
    public static Piecewise of(double[] x, double[] y, double[] weights) {
        return new PoolAdjacentViolators(x.length).fit(x, y, weights);
    }

    /**
     * Fits the function, as {@link #of}.
     *
     * @param x as many as this fits to
     * @param y the value there
     * @param weights none negative, not all zero; null where all points weigh the same
     */
    public Piecewise fit(double[] x, double[] y, double[] weights) {
        blocks = 0;
        int[] order = ascending.places(x, x.length);
        double[] masses = weights == null || areOnes(weights) ? null : weights;
        // Sorted numbers lie in a row, those in the order of the samples all over memory.
        for (int i = 0; i < order.length; ) {
            double at = ascending.sorted(i);
            double sum = 0;
            double mass = 0;
            for (; i < order.length && ascending.sorted(i) == at; i++) {
                double weight = masses == null ? 1 : masses[order[i]];
                sum += weight * y[order[i]];
                mass += weight;
            }
            if (mass > 0) {
                add(at, sum, mass);
            }
        }
        return function();
    }

    private static boolean areOnes(double[] weights) {
        for (double weight : weights) {
            if (weight != 1) {
                return false;
            }
        }
        return true;
    }

    private void add(double at, double sum, double mass) {
        int block = blocks++;
        first[block] = at;
        last[block] = at;
        sums[block] = sum;
        weights[block] = mass;
        // Products, not means: exact where sums and weights are counts.
        while (block > 0 && sums[block - 1] * weights[block] >= sums[block] * weights[block - 1]) {
            sums[block - 1] += sums[block];
            weights[block - 1] += weights[block];
            last[block - 1] = last[block];
            block--;
        }
        blocks = block + 1;
    }

    private Piecewise function() {
        double[] thresholds = new double[2 * blocks];
        double[] values = new double[2 * blocks];
        int size = 0;
        for (int block = 0; block < blocks; block++) {
            double value = sums[block] / weights[block];
            thresholds[size] = first[block];
            values[size++] = value;
            if (last[block] > first[block]) {
                thresholds[size] = last[block];
                values[size++] = value;
            }
        }
        return new Piecewise(Arrays.copyOf(thresholds, size), Arrays.copyOf(values, size));
    }
}
