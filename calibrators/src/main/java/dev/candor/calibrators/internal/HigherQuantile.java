package dev.candor.calibrators.internal;

/** Quantiles that are numbers of the sample. */
public final class HigherQuantile {

    private HigherQuantile() {}

    /**
     * The least number at or above the quantile by linear interpolation.
     *
     * @param sorted ascending, at least one
     * @param share 0..1
     */
    public static double of(double[] sorted, double share) {
        return sorted[(int) Math.ceil(share * (sorted.length - 1))];
    }
}
