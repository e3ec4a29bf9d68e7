package dev.candor.metrics;

/**
 * Maximum calibration error (MCE): how far accuracy is from confidence in the worst bin.
 *
 * <pre>
 *   MCE = max_b |acc_b - conf_b|
 * </pre>
 *
 * <p>Bins as in {@link ExpectedCalibrationError}; empty bins count for nothing. Takes logits as an
 * evaluator and {@link Forecasts} as a metric. A bin of a single row decides it as well as one of a
 * thousand, so it is noise on small sets unless bins are of equal mass.
 *
 * <p>Source: Naeini, Cooper and Hauskrecht, <i>Obtaining Well Calibrated Probabilities Using
 * Bayesian Binning</i>, AAAI 2015.
 */
public final class MaximumCalibrationError extends BinnedEvaluator {

    private MaximumCalibrationError(Builder builder) {
        super(builder);
    }

    /**
     * Returns the metric with 15 bins of equal width.
     *
     * @return the metric
     */
    public static MaximumCalibrationError of() {
        return builder().build();
    }

    /**
     * Returns the metric with bins of equal width.
     *
     * @param bins the number of bins, at least 1
     * @return the metric
     */
    public static MaximumCalibrationError of(int bins) {
        return builder().optBins(bins).build();
    }

    /**
     * Returns a builder.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    double norm() {
        return Double.POSITIVE_INFINITY;
    }

    /** Builds a {@link MaximumCalibrationError}. */
    public static final class Builder extends BinnedEvaluator.Builder<Builder> {

        private Builder() {
            super("MaximumCalibrationError");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Builds the metric.
         *
         * @return the metric
         */
        public MaximumCalibrationError build() {
            return new MaximumCalibrationError(this);
        }
    }
}
