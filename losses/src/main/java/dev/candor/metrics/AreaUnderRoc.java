package dev.candor.metrics;

/**
 * Area under the receiver operating characteristic (AUROC): the chance that a row that came true is
 * more confident than one that did not.
 *
 * <pre>
 *   AUROC = P(f_i > f_j) + P(f_i = f_j) / 2   over pairs with o_i = 1 and o_j = 0
 * </pre>
 *
 * <p>Of the confidences of a classifier, {@link Predictions#topLabel()}, it tells how well they
 * part right answers from wrong ones; of a binary classifier, how well it parts the classes. 0.5 is
 * chance. Depends on ranks alone, so no monotone calibration changes it. NaN when all outcomes are
 * the same. Comparing classifiers of different accuracy by it misleads: see {@link
 * AreaUnderGeneralizedRiskCoverage}.
 *
 * <p>Source: Hanley and McNeil, <i>The Meaning and Use of the Area under a Receiver Operating
 * Characteristic (ROC) Curve</i>, Radiology 1982; for misclassification: Hendrycks and Gimpel, <i>A
 * Baseline for Detecting Misclassified and Out-of-Distribution Examples in Neural Networks</i>,
 * ICLR 2017, arXiv:1610.02136.
 */
public final class AreaUnderRoc implements Metric<Forecasts> {

    private AreaUnderRoc() {}

    /**
     * Returns the metric.
     *
     * @return the metric
     */
    public static AreaUnderRoc of() {
        return new AreaUnderRoc();
    }

    @Override
    public double measure(Forecasts forecasts) {
        return of(forecasts.ranking());
    }

    static double of(Ranking ranking) {
        double pairs = 0;
        double negatives = 0;
        double positives = 0;
        for (int g = 0; g < ranking.groups(); g++) {
            double negative = ranking.counts[g] - ranking.positives[g];
            pairs += ranking.positives[g] * (negatives + negative / 2);
            negatives += negative;
            positives += ranking.positives[g];
        }
        return pairs / (positives * negatives);
    }
}
