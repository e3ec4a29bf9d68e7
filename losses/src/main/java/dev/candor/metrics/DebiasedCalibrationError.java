package dev.candor.metrics;

import dev.candor.internal.Checks;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Debiased calibration error: the error in bins less what chance alone would put there.
 *
 * <pre>
 *   norm 2   sqrt( max(0, sum_b (n_b/n) [ (acc_b - conf_b)^2 - acc_b (1 - acc_b) / (n_b - 1) ]) )
 *   norm 1   2 ECE - mean over draws of sum_b (n_b/n) |a_b - conf_b|,
 *            a_b ~ Normal(acc_b, acc_b (1 - acc_b) / n_b)
 * </pre>
 *
 * <p>The plain error is biased upwards, for even a calibrated classifier misses its confidence in a
 * finite bin; with norm 2 that is subtracted without bias, with norm 1 by simulation. 15 bins of
 * equal mass by default. Bins of a single row count for nothing in norm 2. Never below zero in norm
 * 2; may be in norm 1.
 *
 * <p>Source: Kumar, Liang and Ma, <i>Verified Uncertainty Calibration</i>, NeurIPS 2019,
 * arXiv:1909.10155; norm 1 as in the authors' code.
 */
public final class DebiasedCalibrationError implements Metric<Forecasts> {

    private final int bins;
    private final Binning binning;
    private final int norm;
    private final int draws;
    private final long seed;

    private DebiasedCalibrationError(Builder builder) {
        this.bins = builder.bins;
        this.binning = builder.binning;
        this.norm = builder.norm;
        this.draws = builder.draws;
        this.seed = builder.seed;
    }

    /**
     * Returns the metric with 15 bins of equal mass and norm 2.
     *
     * @return the metric
     */
    public static DebiasedCalibrationError of() {
        return builder().build();
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
    public double measure(Forecasts forecasts) {
        ReliabilityDiagram diagram =
                ReliabilityDiagram.builder()
                        .setForecasts(forecasts)
                        .optBins(bins)
                        .optBinning(binning)
                        .build();
        return norm == 2
                ? Math.sqrt(Math.max(0, debiasedSquare(diagram)))
                : 2 * diagram.gapNorm(1) - simulated(diagram);
    }

    private static double debiasedSquare(ReliabilityDiagram diagram) {
        long[] counts = diagram.counts();
        double[] accuracy = diagram.accuracy();
        double[] confidence = diagram.confidence();
        double total = 0;
        for (int b = 0; b < counts.length; b++) {
            if (counts[b] > 1) {
                double gap = accuracy[b] - confidence[b];
                double chance = accuracy[b] * (1 - accuracy[b]) / (counts[b] - 1);
                total += counts[b] * (gap * gap - chance);
            }
        }
        return total / diagram.size();
    }

    private double simulated(ReliabilityDiagram diagram) {
        long[] counts = diagram.counts();
        double[] accuracy = diagram.accuracy();
        double[] confidence = diagram.confidence();
        RandomGenerator random = new SplittableRandom(seed);
        double total = 0;
        for (int draw = 0; draw < draws; draw++) {
            for (int b = 0; b < counts.length; b++) {
                if (counts[b] > 0) {
                    double deviation = Math.sqrt(accuracy[b] * (1 - accuracy[b]) / counts[b]);
                    double drawn = accuracy[b] + deviation * random.nextGaussian();
                    total += counts[b] * Math.abs(drawn - confidence[b]);
                }
            }
        }
        return total / draws / diagram.size();
    }

    /** Builds a {@link DebiasedCalibrationError}. */
    public static final class Builder {

        private int bins = ReliabilityDiagram.DEFAULT_BINS;
        private Binning binning = Binning.EQUAL_MASS;
        private int norm = 2;
        private int draws = 1000;
        private long seed;

        private Builder() {}

        /**
         * Sets the number of bins.
         *
         * @param bins at least 1, default 15
         * @return this builder
         */
        public Builder optBins(int bins) {
            this.bins = Checks.atLeast("bins", bins, 1);
            return this;
        }

        /**
         * Sets how bins divide forecasts.
         *
         * @param binning default {@link Binning#EQUAL_MASS}
         * @return this builder
         */
        public Builder optBinning(Binning binning) {
            this.binning = binning;
            return this;
        }

        /**
         * Sets the norm.
         *
         * @param norm 1 or 2, default 2
         * @return this builder
         */
        public Builder optNorm(int norm) {
            Checks.that(norm == 1 || norm == 2, "norm = %d, expected 1 or 2", norm);
            this.norm = norm;
            return this;
        }

        /**
         * Sets the number of draws of norm 1.
         *
         * @param draws at least 1, default 1000
         * @return this builder
         */
        public Builder optDraws(int draws) {
            this.draws = Checks.atLeast("draws", draws, 1);
            return this;
        }

        /**
         * Sets the seed of the draws of norm 1.
         *
         * @param seed default 0
         * @return this builder
         */
        public Builder optSeed(long seed) {
            this.seed = seed;
            return this;
        }

        /**
         * Builds the metric.
         *
         * @return the metric
         */
        public DebiasedCalibrationError build() {
            return new DebiasedCalibrationError(this);
        }
    }
}
