package dev.candor.metrics;

/**
 * Area under the generalized risk-coverage curve (AUGRC): the share of rows that are answered and
 * wrong, in the mean over coverage.
 *
 * <pre>
 *   AUGRC = integral_0^1 P(o = 0 and f among the most confident share c) dc
 *         = (1 - AUROC) acc (1 - acc) + (1 - acc)^2 / 2
 * </pre>
 *
 * <p>From 0 to 1/2; half the error rate at chance. Unlike {@link AreaUnderRiskCoverage} it does not
 * weigh the errors among the most confident rows far above the others. Does not depend on the order
 * of rows. With {@link #ofTrapezoid()} the curve is integrated from coverage 1/n to 1 and divided
 * by {@code 1 - 1/n}, as torch-uncertainty does; with a single row both are half its error.
 *
 * <p>Source: Traub et al., <i>Overcoming Common Flaws in the Evaluation of Selective Classification
 * Systems</i>, NeurIPS 2024, arXiv:2407.01032.
 */
public final class AreaUnderGeneralizedRiskCoverage implements Metric<Forecasts> {

    private final boolean trapezoid;

    private AreaUnderGeneralizedRiskCoverage(boolean trapezoid) {
        this.trapezoid = trapezoid;
    }

    /**
     * Returns the metric over all coverages.
     *
     * @return the metric
     */
    public static AreaUnderGeneralizedRiskCoverage of() {
        return new AreaUnderGeneralizedRiskCoverage(false);
    }

    /**
     * Returns the metric by trapezoids from coverage 1/n.
     *
     * @return the metric
     */
    public static AreaUnderGeneralizedRiskCoverage ofTrapezoid() {
        return new AreaUnderGeneralizedRiskCoverage(true);
    }

    @Override
    public double measure(Forecasts forecasts) {
        int n = forecasts.size();
        double[] errors = forecasts.ranking().errorsAmongMostConfident();
        int from = trapezoid && n > 1 ? 1 : 0;
        double sum = 0;
        for (int k = from; k < n; k++) {
            sum += (errors[k] + errors[k + 1]) / 2;
        }
        return sum / n / (n - from);
    }
}
