package dev.candor.metrics;

/**
 * Excess area under the risk-coverage curve (E-AURC): {@link AreaUnderRiskCoverage} less that of
 * the best ranking at the same accuracy.
 *
 * <pre>
 *   E-AURC        = AURC - (r + (1 - r) ln(1 - r))        r the error rate of all rows
 *   E-AURC exact  = AURC - (1/n) sum_k max(0, k - (n - e)) / k,   e = r n errors
 * </pre>
 *
 * <p>The first takes the area of the best ranking in the limit of many rows, as the authors do; the
 * second, {@link #ofExact()}, that of these n rows, and is zero where every right row is more
 * confident than every wrong one.
 *
 * <p>Source: Geifman, Uziel and El-Yaniv, <i>Bias-Reduced Uncertainty Estimation for Deep Neural
 * Classifiers</i>, ICLR 2019, arXiv:1805.08206.
 */
public final class ExcessAreaUnderRiskCoverage implements Metric<Forecasts> {

    private final boolean exact;

    private ExcessAreaUnderRiskCoverage(boolean exact) {
        this.exact = exact;
    }

    /**
     * Returns the metric with the best area in the limit of many rows.
     *
     * @return the metric
     */
    public static ExcessAreaUnderRiskCoverage of() {
        return new ExcessAreaUnderRiskCoverage(false);
    }

    /**
     * Returns the metric with the best area of the rows at hand.
     *
     * @return the metric
     */
    public static ExcessAreaUnderRiskCoverage ofExact() {
        return new ExcessAreaUnderRiskCoverage(true);
    }

    @Override
    public double measure(Forecasts forecasts) {
        int n = forecasts.size();
        int errors = n - forecasts.positives();
        double best = 0;
        if (exact) {
            for (int k = n - errors + 1; k <= n; k++) {
                best += (double) (k - (n - errors)) / k;
            }
            best /= n;
        } else {
            double risk = (double) errors / n;
            best = risk == 1 ? 1 : risk + (1 - risk) * Math.log1p(-risk);
        }
        return AreaUnderRiskCoverage.of().measure(forecasts) - best;
    }
}
