package dev.candor.metrics;

import dev.candor.internal.Checks;

/**
 * ECE-sweep: calibration error over as many bins of equal mass as keep accuracy monotone.
 *
 * <pre>
 *   b* = the last b = 2, 3, ... before the accuracies of b bins of equal mass first decrease
 *   ECE-sweep = ( sum_j (n_j/n) |acc_j - conf_j|^p )^(1/p)   over b* bins
 * </pre>
 *
 * <p>Spares the choice of a number of bins: few rows or a weak relation give few bins, and so less
 * bias. {@code p >= 1} is the norm, 2 by default. If two bins already decrease, there is one. Ties
 * keep the order of their rows. The number of bins is n where all correct rows are more confident
 * than all wrong ones.
 *
 * <p>Source: Roelofs, Cain, Shlens and Mozer, <i>Mitigating Bias in Calibration Error
 * Estimation</i>, AISTATS 2022, arXiv:2012.08668.
 */
public final class SweepCalibrationError implements Metric<Forecasts> {

    private final double norm;

    private SweepCalibrationError(double norm) {
        this.norm = norm;
    }

    /**
     * Returns the metric with norm 2.
     *
     * @return the metric
     */
    public static SweepCalibrationError of() {
        return of(2);
    }

    /**
     * Returns the metric.
     *
     * @param norm p, finite, at least 1
     * @return the metric
     */
    public static SweepCalibrationError of(double norm) {
        return new SweepCalibrationError(Checks.within("norm", norm, 1, Float.MAX_VALUE));
    }

    @Override
    public double measure(Forecasts forecasts) {
        return ReliabilityDiagram.builder()
                .setForecasts(forecasts)
                .optBins(bins(forecasts))
                .optBinning(Binning.EQUAL_MASS)
                .build()
                .gapNorm(norm);
    }

    /**
     * Returns the number of bins at which the sweep ends.
     *
     * @param forecasts the forecasts
     * @return b*, from 1 to n
     */
    public int bins(Forecasts forecasts) {
        int[] before = forecasts.positivesBefore();
        int size = forecasts.size();
        if (isSorted(before)) {
            return size;
        }
        int bins = 2;
        while (isMonotone(before, size, bins)) {
            bins++;
        }
        return bins - 1;
    }

    /** Whether no correct row comes before a wrong one. */
    private static boolean isSorted(int[] before) {
        int size = before.length - 1;
        int wrong = size - before[size];
        return before[wrong] == 0;
    }

    private static boolean isMonotone(int[] before, int size, int bins) {
        double last = 0;
        int from = 0;
        for (int b = 0; b < bins; b++) {
            int to = from + (int) ReliabilityDiagram.equalMass(size, bins, b);
            double accuracy = (double) (before[to] - before[from]) / (to - from);
            if (accuracy < last) {
                return false;
            }
            last = accuracy;
            from = to;
        }
        return true;
    }
}
