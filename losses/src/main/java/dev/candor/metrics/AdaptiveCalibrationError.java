package dev.candor.metrics;

import dev.candor.internal.Checks;

/**
 * Adaptive calibration error (ACE) and its thresholded form (TACE): gaps in ranges of equal mass,
 * in the mean over classes and ranges.
 *
 * <pre>
 *   ACE = (1 / (K R)) sum_k sum_r |acc_rk - conf_rk|
 * </pre>
 *
 * <p>The rows of each class, sorted by its probability, are cut into R ranges of equally many, 15
 * by default; each range counts the same. With a threshold above zero, rows whose probability of
 * the class is not above it are left out first (TACE), so that the many small probabilities of many
 * classes do not drown the rest; 0.01 and 0.001 are usual. Empty ranges count as zero. Ties keep
 * the order of their rows. What netcal calls ACE is something else, see {@link
 * RegionBalancedCalibrationError}.
 *
 * <p>Source: Nixon et al., <i>Measuring Calibration in Deep Learning</i>, CVPR Workshops 2019,
 * arXiv:1904.01685.
 */
public final class AdaptiveCalibrationError implements Metric<ClassForecasts> {

    private final int ranges;
    private final double threshold;

    private AdaptiveCalibrationError(int ranges, double threshold) {
        this.ranges = Checks.atLeast("ranges", ranges, 1);
        this.threshold = Checks.within("threshold", threshold, 0, 1);
    }

    /**
     * Returns ACE with 15 ranges.
     *
     * @return the metric
     */
    public static AdaptiveCalibrationError of() {
        return of(ReliabilityDiagram.DEFAULT_BINS);
    }

    /**
     * Returns ACE.
     *
     * @param ranges the number of ranges R, at least 1
     * @return the metric
     */
    public static AdaptiveCalibrationError of(int ranges) {
        return new AdaptiveCalibrationError(ranges, 0);
    }

    /**
     * Returns TACE.
     *
     * @param ranges the number of ranges R, at least 1
     * @param threshold the probability above which rows count, in {@code [0, 1]}; 0 leaves out none
     * @return the metric
     */
    public static AdaptiveCalibrationError ofThreshold(int ranges, double threshold) {
        return new AdaptiveCalibrationError(ranges, threshold);
    }

    @Override
    public double measure(ClassForecasts forecasts) {
        double total = 0;
        for (int index = 0; index < forecasts.classes(); index++) {
            Forecasts counted = forecasts.ofClass(index);
            if (threshold > 0) {
                counted = counted.above(threshold);
            }
            if (counted.size() > 0) {
                total +=
                        ReliabilityDiagram.builder()
                                .setForecasts(counted)
                                .optBins(ranges)
                                .optBinning(Binning.EQUAL_MASS)
                                .build()
                                .gaps()
                                .sum();
            }
        }
        return total / forecasts.classes() / ranges;
    }
}
