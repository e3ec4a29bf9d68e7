package dev.candor.metrics;

import dev.candor.internal.Checks;

/**
 * Confidence evenness (CE): how evenly confidences spread over bins, as an entropy.
 *
 * <pre>
 *   CE = - sum_b (n_b/n) ln(n_b/n) / ln B
 * </pre>
 *
 * <p>From 0, where one bin holds every row, to 1. Tells confidences that say something from such as
 * are always "90 %", which may be calibrated too. 10 bins of equal width by default; zero with a
 * single bin.
 *
 * <p>Source: Zhang et al., <i>Calibrating the Confidence of Large Language Models by Eliciting
 * Fidelity</i>, EMNLP 2024, arXiv:2404.02655.
 */
public final class ConfidenceEvenness implements Metric<Forecasts> {

    private static final int DEFAULT_BINS = 10;

    private final int bins;

    private ConfidenceEvenness(int bins) {
        this.bins = bins;
    }

    /**
     * Returns the metric with 10 bins.
     *
     * @return the metric
     */
    public static ConfidenceEvenness of() {
        return of(DEFAULT_BINS);
    }

    /**
     * Returns the metric.
     *
     * @param bins the number of bins B, at least 1
     * @return the metric
     */
    public static ConfidenceEvenness of(int bins) {
        return new ConfidenceEvenness(Checks.atLeast("bins", bins, 1));
    }

    @Override
    public double measure(Forecasts forecasts) {
        double entropy = 0;
        for (long count : ReliabilityDiagram.of(forecasts, bins).counts()) {
            if (count > 0) {
                double share = (double) count / forecasts.size();
                entropy -= share * Math.log(share);
            }
        }
        return bins == 1 ? 0 : entropy / Math.log(bins);
    }
}
