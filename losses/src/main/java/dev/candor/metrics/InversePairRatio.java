package dev.candor.metrics;

import dev.candor.internal.Checks;

/**
 * Inverse pair ratio (IPR): the share of pairs of bins in which the more confident one is less
 * accurate.
 *
 * <pre>
 *   IPR = #{i &lt; j : acc_i > acc_j} / (K (K - 1) / 2)   over the K bins that hold rows
 * </pre>
 *
 * <p>Zero where accuracy never falls as confidence rises, as it should even where confidence is
 * wrong in size; zero with fewer than two bins that hold rows. 10 bins {@code (l, r]} of equal
 * width by default.
 *
 * <p>Source: Zhang et al., <i>Calibrating the Confidence of Large Language Models by Eliciting
 * Fidelity</i>, EMNLP 2024, arXiv:2404.02655.
 */
public final class InversePairRatio implements Metric<Forecasts> {

    private static final int DEFAULT_BINS = 10;

    private final int bins;

    private InversePairRatio(int bins) {
        this.bins = bins;
    }

    /**
     * Returns the metric with 10 bins.
     *
     * @return the metric
     */
    public static InversePairRatio of() {
        return of(DEFAULT_BINS);
    }

    /**
     * Returns the metric.
     *
     * @param bins the number of bins, at least 1
     * @return the metric
     */
    public static InversePairRatio of(int bins) {
        return new InversePairRatio(Checks.atLeast("bins", bins, 1));
    }

    @Override
    public double measure(Forecasts forecasts) {
        double[] accuracy = ReliabilityDiagram.of(forecasts, bins).accuracy();
        int pairs = 0;
        int inverse = 0;
        for (int i = 0; i < bins; i++) {
            for (int j = i + 1; j < bins; j++) {
                if (!Double.isNaN(accuracy[i]) && !Double.isNaN(accuracy[j])) {
                    pairs++;
                    inverse += accuracy[i] > accuracy[j] ? 1 : 0;
                }
            }
        }
        return pairs == 0 ? 0 : (double) inverse / pairs;
    }
}
