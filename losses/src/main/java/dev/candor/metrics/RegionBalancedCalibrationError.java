package dev.candor.metrics;

import dev.candor.internal.Checks;

/**
 * Region-balanced expected calibration error (RBECE): the gap between accuracy and confidence in
 * the mean over regions of confidence, each counting the same.
 *
 * <pre>
 *   RBECE = (1/R) sum_{r: n_r > 0} |acc_r - conf_r|,   R the number of regions that hold rows
 * </pre>
 *
 * <p>Regions are bins of equal width, 15 by default. Where one class dominates and nearly all rows
 * are confident, {@link ExpectedCalibrationError} sees only these; this one does not, at the price
 * of the noise of regions with few rows.
 *
 * <p>Source: Dawkins and Nejadgholi, <i>Region-dependent temperature scaling for certainty
 * calibration and application to class-imbalanced token classification</i>, ACL 2022.
 */
public final class RegionBalancedCalibrationError implements Metric<Forecasts> {

    private final int regions;

    private RegionBalancedCalibrationError(int regions) {
        this.regions = regions;
    }

    /**
     * Returns the metric with 15 regions.
     *
     * @return the metric
     */
    public static RegionBalancedCalibrationError of() {
        return of(ReliabilityDiagram.DEFAULT_BINS);
    }

    /**
     * Returns the metric.
     *
     * @param regions the number of regions, at least 1
     * @return the metric
     */
    public static RegionBalancedCalibrationError of(int regions) {
        return new RegionBalancedCalibrationError(Checks.atLeast("regions", regions, 1));
    }

    @Override
    public double measure(Forecasts forecasts) {
        return ReliabilityDiagram.of(forecasts, regions).gaps().average().orElseThrow();
    }
}
