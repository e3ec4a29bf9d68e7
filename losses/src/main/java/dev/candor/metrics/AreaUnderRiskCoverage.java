package dev.candor.metrics;

/**
 * Area under the risk-coverage curve (AURC): the error rate among the most confident rows, in the
 * mean over how many of them are answered.
 *
 * <pre>
 *   AURC = (1/n) sum_k r_k,   r_k = (errors among the k most confident rows) / k
 * </pre>
 *
 * <p>Holds accuracy and ranking in one number: the lower, the better a classifier that may abstain.
 * Ties count by their mean over all orders, where references depend on the order of rows. With
 * {@link #ofTrapezoid()} the curve is integrated by trapezoids from coverage 1/n to 1 and divided
 * by {@code 1 - 1/n}, as torch-uncertainty does; with a single row both are its error.
 *
 * <p>Source: Geifman, Uziel and El-Yaniv, <i>Bias-Reduced Uncertainty Estimation for Deep Neural
 * Classifiers</i>, ICLR 2019, arXiv:1805.08206.
 */
public final class AreaUnderRiskCoverage implements Metric<Forecasts> {

    private final boolean trapezoid;

    private AreaUnderRiskCoverage(boolean trapezoid) {
        this.trapezoid = trapezoid;
    }

    /**
     * Returns the metric as a mean over rows.
     *
     * @return the metric
     */
    public static AreaUnderRiskCoverage of() {
        return new AreaUnderRiskCoverage(false);
    }

    /**
     * Returns the metric by trapezoids from coverage 1/n.
     *
     * @return the metric
     */
    public static AreaUnderRiskCoverage ofTrapezoid() {
        return new AreaUnderRiskCoverage(true);
    }

    @Override
    public double measure(Forecasts forecasts) {
        int n = forecasts.size();
        double[] errors = forecasts.ranking().errorsAmongMostConfident();
        double sum = 0;
        for (int k = 1; k <= n; k++) {
            sum += errors[k] / k;
        }
        if (!trapezoid || n == 1) {
            return sum / n;
        }
        return (sum - (errors[1] + errors[n] / n) / 2) / (n - 1);
    }
}
