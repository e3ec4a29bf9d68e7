package dev.candor.metrics;

import dev.candor.internal.Checks;
import java.util.Locale;

/**
 * The Brier score of forecasts in parts: what miscalibration costs, what telling rows apart gains,
 * and what cannot be helped.
 *
 * <pre>
 *   Brier = REL - RES + UNC + WBV - WBC,   Brier = (1/n) sum_i (f_i - o_i)^2
 *
 *   REL = sum_b (n_b/n) (conf_b - acc_b)^2                         reliability, zero when calibrated
 *   RES = sum_b (n_b/n) (acc_b - acc)^2                            resolution, the higher the better
 *   UNC = acc (1 - acc)                                            uncertainty of the outcomes
 *   WBV = (1/n) sum_b sum_{i in b} (f_i - conf_b)^2                variance within bins
 *   WBC = (2/n) sum_b sum_{i in b} (f_i - conf_b) (o_i - acc_b)    covariance within bins
 * </pre>
 *
 * <p>Exact, thanks to the last two, which vanish where a bin holds one forecast only. Bins {@code
 * (l, r]} of equal width, 15 by default. The score is that of one event, which for a binary
 * classifier is half of {@link BrierScore}, and for the confidences of many classes the top-label
 * Brier score. Immutable; a part is bootstrapped by {@code f -> MurphyDecomposition.of(f)
 * .reliability()}.
 *
 * <p>Source: Murphy, <i>A New Vector Partition of the Probability Score</i>, Journal of Applied
 * Meteorology 1973; the terms within bins: Stephenson, Coelho and Jolliffe, <i>Two Extra Components
 * in the Brier Score Decomposition</i>, Weather and Forecasting 2008.
 */
public final class MurphyDecomposition {

    private final double brier;
    private final double reliability;
    private final double resolution;
    private final double uncertainty;
    private final double withinBinVariance;
    private final double withinBinCovariance;

    private MurphyDecomposition(Forecasts forecasts, int bins) {
        ReliabilityDiagram diagram = ReliabilityDiagram.of(forecasts, bins);
        long[] counts = diagram.counts();
        double[] accuracy = diagram.accuracy();
        double[] confidence = diagram.confidence();
        double overall = diagram.overallAccuracy();
        int n = forecasts.size();
        double rel = 0;
        double res = 0;
        for (int b = 0; b < bins; b++) {
            if (counts[b] > 0) {
                rel += counts[b] * square(confidence[b] - accuracy[b]);
                res += counts[b] * square(accuracy[b] - overall);
            }
        }
        double squares = 0;
        double variance = 0;
        double covariance = 0;
        for (int row = 0; row < n; row++) {
            double forecast = forecasts.probability(row);
            double outcome = forecasts.outcome(row) ? 1 : 0;
            int b = ReliabilityDiagram.bin(forecast, bins, BinEdge.RIGHT_CLOSED);
            squares += square(forecast - outcome);
            variance += square(forecast - confidence[b]);
            covariance += (forecast - confidence[b]) * (outcome - accuracy[b]);
        }
        this.brier = squares / n;
        this.reliability = rel / n;
        this.resolution = res / n;
        this.uncertainty = overall * (1 - overall);
        this.withinBinVariance = variance / n;
        this.withinBinCovariance = 2 * covariance / n;
    }

    private static double square(double x) {
        return x * x;
    }

    /**
     * Decomposes with 15 bins.
     *
     * @param forecasts the forecasts
     * @return the parts
     */
    public static MurphyDecomposition of(Forecasts forecasts) {
        return of(forecasts, ReliabilityDiagram.DEFAULT_BINS);
    }

    /**
     * Decomposes.
     *
     * @param forecasts the forecasts
     * @param bins the number of bins, at least 1
     * @return the parts
     */
    public static MurphyDecomposition of(Forecasts forecasts, int bins) {
        return new MurphyDecomposition(forecasts, Checks.atLeast("bins", bins, 1));
    }

    /**
     * Returns the Brier score of the forecasts.
     *
     * @return a value in {@code [0, 1]}
     */
    public double brier() {
        return brier;
    }

    /**
     * Returns what miscalibration costs.
     *
     * @return REL
     */
    public double reliability() {
        return reliability;
    }

    /**
     * Returns what telling rows apart gains.
     *
     * @return RES
     */
    public double resolution() {
        return resolution;
    }

    /**
     * Returns the variance of the outcomes.
     *
     * @return UNC
     */
    public double uncertainty() {
        return uncertainty;
    }

    /**
     * Returns the variance of the forecasts within bins.
     *
     * @return WBV
     */
    public double withinBinVariance() {
        return withinBinVariance;
    }

    /**
     * Returns twice the covariance of forecasts and outcomes within bins.
     *
     * @return WBC
     */
    public double withinBinCovariance() {
        return withinBinCovariance;
    }

    /**
     * Returns the parts.
     *
     * @return one line
     */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "brier %.4f = reliability %.4f - resolution %.4f + uncertainty %.4f"
                        + " + within-bin variance %.4f - within-bin covariance %.4f",
                brier,
                reliability,
                resolution,
                uncertainty,
                withinBinVariance,
                withinBinCovariance);
    }
}
