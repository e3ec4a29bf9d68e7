package dev.candor.metrics;

import dev.candor.internal.Checks;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * A confidence interval of any metric by the bootstrap: the metric of many sets of as many rows,
 * drawn with replacement.
 *
 * <pre>
 *   percentile   [ q_(1-l)/2,       q_(1+l)/2       ]
 *   basic        [ 2 m - q_(1+l)/2, 2 m - q_(1-l)/2 ]
 * </pre>
 *
 * <p>{@code m} is the metric of the set itself, {@code q} are quantiles of the metric of the sets
 * drawn, {@code l} is the level, 0.95 by default. Calibration errors are biased upwards, and on the
 * drawn sets, with their repeated rows, once more: the percentile interval may lie above {@code m}.
 * The basic one turns that bias round; take it for them. The same seed gives the same interval on
 * any number of threads.
 *
 * <p>Sets of which the metric has no value, such as the AUROC of none but right rows, are left out
 * and counted. Says nothing of the variation between trainings, and takes rows to be independent:
 * tokens of one sentence are not.
 *
 * <pre>{@code
 * BootstrapInterval.of(ExpectedCalibrationError.of(), predictions.topLabel())
 * }</pre>
 *
 * <p>Source: Efron and Tibshirani, <i>An Introduction to the Bootstrap</i>, 1993, chapter 13;
 * basic: Davison and Hinkley, <i>Bootstrap Methods and their Application</i>, 1997, chapter 5.
 */
public final class BootstrapInterval {

    /** How the interval is made of the values of the sets drawn. */
    public enum Method {
        /** Between their quantiles. */
        PERCENTILE,
        /** Between their quantiles, turned round about the value of the set itself. */
        BASIC
    }

    private final double value;
    private final double low;
    private final double high;
    private final double standardError;
    private final double bias;
    private final double level;
    private final int resamples;
    private final int undefined;

    private BootstrapInterval(Builder<?> builder, double value, double[] drawn) {
        double[] sorted = Arrays.stream(drawn).filter(v -> !Double.isNaN(v)).sorted().toArray();
        double tail = (1 - builder.level) / 2;
        double below = quantile(sorted, tail);
        double above = quantile(sorted, 1 - tail);
        boolean basic = builder.method == Method.BASIC;
        this.value = value;
        this.low = basic ? 2 * value - above : below;
        this.high = basic ? 2 * value - below : above;
        this.level = builder.level;
        this.resamples = drawn.length;
        this.undefined = drawn.length - sorted.length;
        double mean = Arrays.stream(sorted).average().orElse(Double.NaN);
        this.bias = mean - value;
        this.standardError =
                Math.sqrt(
                        Arrays.stream(sorted).map(v -> (v - mean) * (v - mean)).sum()
                                / (sorted.length - 1));
    }

    /** Between the order statistics, linearly; NaN if there are none. */
    private static double quantile(double[] sorted, double share) {
        if (sorted.length == 0) {
            return Double.NaN;
        }
        double position = share * (sorted.length - 1);
        int below = (int) position;
        int above = Math.min(sorted.length - 1, below + 1);
        double part = position - below;
        return part == 0 ? sorted[below] : sorted[below] * (1 - part) + sorted[above] * part;
    }

    /**
     * Returns the 95 % percentile interval from 1000 sets.
     *
     * @param metric what is measured
     * @param sample the set
     * @param <S> the type of the set
     * @return the interval
     */
    public static <S extends Sample<S>> BootstrapInterval of(Metric<? super S> metric, S sample) {
        return BootstrapInterval.<S>builder().setMetric(metric).setSample(sample).build();
    }

    /**
     * Returns a builder.
     *
     * @param <S> the type of the set
     * @return the builder
     */
    public static <S extends Sample<S>> Builder<S> builder() {
        return new Builder<>();
    }

    /**
     * Returns the metric of the set itself.
     *
     * @return the value
     */
    public double value() {
        return value;
    }

    /**
     * Returns the lower end.
     *
     * @return the end; NaN if the metric had no value on any set drawn
     */
    public double low() {
        return low;
    }

    /**
     * Returns the upper end.
     *
     * @return the end; NaN if the metric had no value on any set drawn
     */
    public double high() {
        return high;
    }

    /**
     * Returns the standard deviation of the metric of the sets drawn.
     *
     * @return the standard error
     */
    public double standardError() {
        return standardError;
    }

    /**
     * Returns by how much the metric of the sets drawn exceeds that of the set itself in the mean.
     *
     * @return the bias
     */
    public double bias() {
        return bias;
    }

    /**
     * Returns the level.
     *
     * @return the share of intervals that are to hold the true value
     */
    public double level() {
        return level;
    }

    /**
     * Returns the number of sets drawn.
     *
     * @return the number
     */
    public int resamples() {
        return resamples;
    }

    /**
     * Returns the number of sets drawn of which the metric had no value.
     *
     * @return the number
     */
    public int undefined() {
        return undefined;
    }

    /**
     * Returns the value and its interval.
     *
     * @return such as {@code 0.0412 [0.0368, 0.0467] at 95 %}
     */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT, "%.4f [%.4f, %.4f] at %.4g %%", value, low, high, 100 * level);
    }

    /**
     * Builds a {@link BootstrapInterval}.
     *
     * @param <S> the type of the set
     */
    public static final class Builder<S extends Sample<S>> {

        private Metric<? super S> metric;
        private S sample;
        private int resamples = 1000;
        private double level = 0.95;
        private long seed;
        private Method method = Method.PERCENTILE;

        private Builder() {}

        /**
         * Sets what is measured. Required.
         *
         * @param metric the metric
         * @return this builder
         */
        public Builder<S> setMetric(Metric<? super S> metric) {
            this.metric = metric;
            return this;
        }

        /**
         * Sets the set. Required.
         *
         * @param sample the set
         * @return this builder
         */
        public Builder<S> setSample(S sample) {
            this.sample = sample;
            return this;
        }

        /**
         * Sets the number of sets that are drawn.
         *
         * @param resamples at least 2, default 1000
         * @return this builder
         */
        public Builder<S> optResamples(int resamples) {
            this.resamples = Checks.atLeast("resamples", resamples, 2);
            return this;
        }

        /**
         * Sets the level.
         *
         * @param level more than 0 and less than 1, default 0.95
         * @return this builder
         */
        public Builder<S> optLevel(double level) {
            this.level = Checks.strictlyWithin("level", level, 0, 1);
            return this;
        }

        /**
         * Sets the seed of the draws.
         *
         * @param seed default 0
         * @return this builder
         */
        public Builder<S> optSeed(long seed) {
            this.seed = seed;
            return this;
        }

        /**
         * Sets how the interval is made.
         *
         * @param method default {@link Method#PERCENTILE}
         * @return this builder
         */
        public Builder<S> optMethod(Method method) {
            this.method = method;
            return this;
        }

        /**
         * Draws the sets and measures them.
         *
         * @return the interval
         * @throws IllegalArgumentException if no metric or no set was given
         */
        public BootstrapInterval build() {
            Checks.that(metric != null, "no metric was set");
            Checks.that(sample != null, "no sample was set");
            SplittableRandom root = new SplittableRandom(seed);
            SplittableRandom[] randoms = new SplittableRandom[resamples];
            Arrays.setAll(randoms, i -> root.split());
            double[] drawn =
                    IntStream.range(0, resamples)
                            .parallel()
                            .mapToDouble(i -> metric.measure(sample.resample(randoms[i])))
                            .toArray();
            return new BootstrapInterval(this, metric.measure(sample), drawn);
        }
    }
}
