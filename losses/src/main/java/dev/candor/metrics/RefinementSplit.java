package dev.candor.metrics;

import dev.candor.internal.Checks;
import java.util.Locale;

/**
 * A proper score in two parts: what recalibration would take away, and what would stay.
 *
 * <pre>
 *   refinement  = NLL(fit(p))            what no recalibration removes
 *   calibration = NLL(p) - NLL(fit(p))   what recalibration removes
 * </pre>
 *
 * <p>{@code fit} is a recalibration fitted to the same rows, such as temperature scaling; the
 * measure depends on how flexible it is. An epoch chosen by refinement and calibrated afterwards
 * does better than one chosen by NLL. The score may also be the Brier score.
 *
 * <p>Source: Berta, Holzm&uuml;ller, Jordan and Bach, <i>Rethinking Early Stopping: Refine, Then
 * Calibrate</i>, 2025, arXiv:2501.19195.
 */
public final class RefinementSplit {

    private final double total;
    private final double refinement;

    private RefinementSplit(double total, double refinement) {
        this.total = total;
        this.refinement = refinement;
    }

    /**
     * Splits a score.
     *
     * @param score the mean score of the predictions, {@code >= 0}
     * @param recalibratedScore the mean score after recalibration, {@code >= 0}
     * @return the parts
     * @throws IllegalArgumentException if either is negative, NaN or infinite
     */
    public static RefinementSplit of(double score, double recalibratedScore) {
        return new RefinementSplit(
                Checks.nonNegative("score", score),
                Checks.nonNegative("recalibratedScore", recalibratedScore));
    }

    /**
     * Splits the negative log-likelihood of predictions.
     *
     * @param predictions the predictions
     * @param recalibrated the same rows, recalibrated
     * @return the parts
     * @throws IllegalArgumentException if the numbers of rows differ, or either score is infinite
     */
    public static RefinementSplit of(Predictions predictions, Predictions recalibrated) {
        Checks.that(
                predictions.size() == recalibrated.size(),
                "%d rows recalibrated from %d, expected as many",
                recalibrated.size(),
                predictions.size());
        NegativeLogLikelihood score = NegativeLogLikelihood.of();
        return of(score.measure(predictions), score.measure(recalibrated));
    }

    /**
     * Returns the score of the predictions.
     *
     * @return refinement and calibration together
     */
    public double total() {
        return total;
    }

    /**
     * Returns what no recalibration removes.
     *
     * @return the score after recalibration
     */
    public double refinement() {
        return refinement;
    }

    /**
     * Returns what recalibration removes.
     *
     * @return the difference, below zero if recalibration made the score worse
     */
    public double calibration() {
        return total - refinement;
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
                "total %.4f = refinement %.4f + calibration %.4f",
                total,
                refinement,
                calibration());
    }
}
