package dev.candor.metrics;

/**
 * Average precision: the area under the curve of precision over recall.
 *
 * <pre>
 *   AP = sum_t (R_t - R_{t-1}) P_t
 * </pre>
 *
 * <p>{@code P_t} and {@code R_t} are precision and recall at the t-th distinct threshold, ties
 * taken together. {@link #ofCorrect()} (PR-P) looks for rows that came true among the most
 * confident; {@link #ofErrors()} (PR-N) for those that did not among the least confident, which
 * tells more where errors are rare. The value of chance is the share of the rows looked for. NaN if
 * there are none.
 *
 * <p>Source: Hendrycks and Gimpel, <i>A Baseline for Detecting Misclassified and
 * Out-of-Distribution Examples in Neural Networks</i>, ICLR 2017, arXiv:1610.02136; the sum, not
 * the trapezoid, as in scikit-learn.
 */
public final class AveragePrecision implements Metric<Forecasts> {

    private final boolean errors;

    private AveragePrecision(boolean errors) {
        this.errors = errors;
    }

    /**
     * Returns the metric that looks for rows that came true.
     *
     * @return the metric
     */
    public static AveragePrecision ofCorrect() {
        return new AveragePrecision(false);
    }

    /**
     * Returns the metric that looks for rows that did not come true.
     *
     * @return the metric
     */
    public static AveragePrecision ofErrors() {
        return new AveragePrecision(true);
    }

    @Override
    public double measure(Forecasts forecasts) {
        Ranking ranking = forecasts.ranking();
        double sum = 0;
        double found = 0;
        double taken = 0;
        for (int i = 0; i < ranking.groups(); i++) {
            int g = errors ? i : ranking.groups() - 1 - i;
            int wanted = errors ? ranking.counts[g] - ranking.positives[g] : ranking.positives[g];
            found += wanted;
            taken += ranking.counts[g];
            sum += wanted * found / taken;
        }
        return sum / found;
    }
}
