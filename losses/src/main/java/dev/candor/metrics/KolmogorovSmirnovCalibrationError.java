package dev.candor.metrics;

/**
 * Kolmogorov-Smirnov calibration error (KS): the largest gap between the distributions of
 * confidence and of being right, without bins.
 *
 * <pre>
 *   KS = max_t (1/n) | sum_{i: f_i not above t} (f_i - o_i) |
 * </pre>
 *
 * <p>From 0 to 1. Where confidence is too high throughout, it is the difference of mean confidence
 * and accuracy. Does not depend on the order of rows.
 *
 * <p>Source: Gupta et al., <i>Calibration of Neural Networks using Splines</i>, ICLR 2021,
 * arXiv:2006.12800.
 */
public final class KolmogorovSmirnovCalibrationError implements Metric<Forecasts> {

    private KolmogorovSmirnovCalibrationError() {}

    /**
     * Returns the metric.
     *
     * @return the metric
     */
    public static KolmogorovSmirnovCalibrationError of() {
        return new KolmogorovSmirnovCalibrationError();
    }

    @Override
    public double measure(Forecasts forecasts) {
        Ranking ranking = forecasts.ranking();
        double sum = 0;
        double largest = 0;
        for (int g = 0; g < ranking.groups(); g++) {
            sum += ranking.scores[g] * ranking.counts[g] - ranking.positives[g];
            largest = Math.max(largest, Math.abs(sum));
        }
        return largest / forecasts.size();
    }
}
