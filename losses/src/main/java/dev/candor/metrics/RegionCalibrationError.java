package dev.candor.metrics;

import dev.candor.internal.Checks;
import dev.candor.internal.RowStatistics;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Region calibration error: the expected calibration error inside each region, in the mean over
 * regions or of the worst.
 *
 * <pre>
 *   mean   (1/R) sum_r ECE_r          worst   max_r ECE_r
 * </pre>
 *
 * <p>A region is a set of rows: those of one predicted class (the default), of one label, of one
 * range of confidence, or any given by its number, such as clusters of features or groups of
 * people. {@code ECE_r} takes 15 bins {@code (l, r]} of equal width over {@code [0, 1]} unless told
 * otherwise. Regions without rows do not count; regions of few rows are biased upwards. Overall ECE
 * may vanish while regions err in opposite directions: this does not.
 *
 * <p>By label it is no fault of the classifier to be wrong, for labels are not known when it
 * answers: use it to find classes, not to judge.
 *
 * <p>Source: calibration within groups as a goal of its own: H&eacute;bert-Johnson et al.,
 * <i>Multicalibration: Calibration for the (Computationally-Identifiable) Masses</i>, ICML 2018,
 * arXiv:1711.08513. For regions of confidence that count the same see {@link
 * RegionBalancedCalibrationError}.
 */
public final class RegionCalibrationError implements Metric<Predictions> {

    /** What makes a region. */
    public enum Region {
        /** Rows of one predicted class. */
        PREDICTED_CLASS,
        /** Rows of one label. */
        LABEL,
        /** Rows of one tenth of the range of confidence. */
        CONFIDENCE
    }

    private static final int CONFIDENCE_REGIONS = 10;

    private final Region region;
    private final int bins;
    private final boolean worst;

    private RegionCalibrationError(Builder builder) {
        this.region = builder.region;
        this.bins = builder.bins;
        this.worst = builder.worst;
    }

    /**
     * Returns the mean over predicted classes with 15 bins.
     *
     * @return the metric
     */
    public static RegionCalibrationError of() {
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
    public double measure(Predictions predictions) {
        return measure(predictions.topLabel(), regions(predictions.rows()));
    }

    private int[] regions(RowStatistics rows) {
        return switch (region) {
            case PREDICTED_CLASS -> rows.predicted();
            case LABEL -> rows.labels();
            case CONFIDENCE ->
                    Arrays.stream(rows.confidence())
                            .mapToInt(
                                    c ->
                                            ReliabilityDiagram.bin(
                                                    c, CONFIDENCE_REGIONS, BinEdge.RIGHT_CLOSED))
                            .toArray();
        };
    }

    /**
     * Measures in regions given by number.
     *
     * @param forecasts the forecasts
     * @param regions the region of each
     * @return the mean, or the worst
     * @throws IllegalArgumentException if there are not as many regions as forecasts
     */
    public double measure(Forecasts forecasts, int[] regions) {
        DoubleStream errors =
                errors(forecasts, regions).values().stream().mapToDouble(Double::doubleValue);
        return worst ? errors.max().orElseThrow() : errors.average().orElseThrow();
    }

    /**
     * Returns the expected calibration error of each region.
     *
     * @param forecasts the forecasts
     * @param regions the region of each
     * @return the errors by region
     * @throws IllegalArgumentException if there are not as many regions as forecasts
     */
    public Map<Integer, Double> errors(Forecasts forecasts, int[] regions) {
        Checks.that(
                regions.length == forecasts.size(),
                "%d regions for %d forecasts, expected as many",
                regions.length,
                forecasts.size());
        Map<Integer, Double> errors = new TreeMap<>();
        for (int number : Arrays.stream(regions).distinct().toArray()) {
            int[] rows =
                    IntStream.range(0, regions.length)
                            .filter(row -> regions[row] == number)
                            .toArray();
            errors.put(number, ReliabilityDiagram.of(forecasts.rows(rows), bins).gapNorm(1));
        }
        return errors;
    }

    /** Builds a {@link RegionCalibrationError}. */
    public static final class Builder {

        private Region region = Region.PREDICTED_CLASS;
        private int bins = ReliabilityDiagram.DEFAULT_BINS;
        private boolean worst;

        private Builder() {}

        /**
         * Sets what makes a region.
         *
         * @param region default {@link Region#PREDICTED_CLASS}
         * @return this builder
         */
        public Builder optRegion(Region region) {
            this.region = region;
            return this;
        }

        /**
         * Sets the number of bins in each region.
         *
         * @param bins at least 1, default 15
         * @return this builder
         */
        public Builder optBins(int bins) {
            this.bins = Checks.atLeast("bins", bins, 1);
            return this;
        }

        /**
         * Sets whether the worst region is measured, and not the mean.
         *
         * @param worst default false
         * @return this builder
         */
        public Builder optWorst(boolean worst) {
            this.worst = worst;
            return this;
        }

        /**
         * Builds the metric.
         *
         * @return the metric
         */
        public RegionCalibrationError build() {
            return new RegionCalibrationError(this);
        }
    }
}
