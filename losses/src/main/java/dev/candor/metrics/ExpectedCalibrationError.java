package dev.candor.metrics;

import dev.candor.internal.Checks;

/**
 * Expected calibration error (ECE): how far accuracy is from confidence, in the mean over bins.
 *
 * <pre>
 *   ECE = ( sum_b (n_b/n) |acc_b - conf_b|^p )^(1/p)
 * </pre>
 *
 * <p>{@code n_b} of n rows lie in bin b, of accuracy {@code acc_b} and mean confidence {@code
 * conf_b}; empty bins count for nothing. {@code p >= 1} is the norm: 1 is the usual one, 2 gives
 * the root mean squared calibration error. Bins are of equal width, {@code (l, r]}, or of equal
 * mass (adaptive ECE); 15 by default.
 *
 * <p>As an evaluator it takes logits {@code [N, C]} or {@code [N, T, C]} and class indices, keeps
 * three sums a bin on the device during an epoch (with equal mass, 16 bytes a row), and reads them
 * to the host when the value is asked for. As a metric it takes {@link Forecasts}.
 *
 * <p>Biased upwards on few rows, the more so the more bins; a constant prediction of the base rate
 * has none. To be read together with accuracy and a proper score such as {@link
 * NegativeLogLikelihood}.
 *
 * <p>Source: Naeini, Cooper and Hauskrecht, <i>Obtaining Well Calibrated Probabilities Using
 * Bayesian Binning</i>, AAAI 2015; as used for networks: Guo et al., <i>On Calibration of Modern
 * Neural Networks</i>, ICML 2017, arXiv:1706.04599.
 */
public final class ExpectedCalibrationError extends BinnedEvaluator {

    private final double norm;

    private ExpectedCalibrationError(Builder builder) {
        super(builder);
        this.norm = builder.norm;
    }

    /**
     * Returns the metric with 15 bins of equal width and norm 1.
     *
     * @return the metric
     */
    public static ExpectedCalibrationError of() {
        return builder().build();
    }

    /**
     * Returns the metric with bins of equal width and norm 1.
     *
     * @param bins the number of bins, at least 1
     * @return the metric
     */
    public static ExpectedCalibrationError of(int bins) {
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
        return norm;
    }

    /** Builds an {@link ExpectedCalibrationError}. */
    public static final class Builder extends BinnedEvaluator.Builder<Builder> {

        private double norm = 1;

        private Builder() {
            super("ExpectedCalibrationError");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the norm p.
         *
         * @param norm finite, at least 1, default 1
         * @return this builder
         */
        public Builder optNorm(double norm) {
            this.norm = Checks.within("norm", norm, 1, Float.MAX_VALUE);
            return this;
        }

        /**
         * Builds the metric.
         *
         * @return the metric
         */
        public ExpectedCalibrationError build() {
            return new ExpectedCalibrationError(this);
        }
    }
}
