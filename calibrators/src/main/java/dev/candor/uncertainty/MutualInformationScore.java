package dev.candor.uncertainty;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/**
 * Mutual information between the prediction and the model, with its sign turned: members that
 * disagree have not seen the like.
 *
 * <pre>
 *   s = (1/S) sum_s H(q_s) - H((1/S) sum_s q_s)
 * </pre>
 *
 * <p>Takes the logits of S members or samples, {@code [S, N, C]}. A single one gives 0 everywhere.
 *
 * <p>Source: Houlsby et al., <i>Bayesian Active Learning for Classification and Preference
 * Learning</i>, 2011, arXiv:1112.5745.
 *
 * @see PredictiveDistribution#mutualInformation()
 */
public final class MutualInformationScore implements OodScore {

    private MutualInformationScore() {}

    /**
     * Returns the score.
     *
     * @return the score
     */
    public static MutualInformationScore of() {
        return new MutualInformationScore();
    }

    @Override
    public double[] of(NDArray logits) {
        try (NDManager scope = logits.getManager().newSubManager(logits.getDevice())) {
            NDArray view = logits.stopGradient();
            view.attach(scope);
            return of(PredictiveDistribution.of(view));
        }
    }

    /**
     * Scores each input of a distribution at hand.
     *
     * @param distribution several predictions of each input
     * @return N scores, none positive
     */
    public double[] of(PredictiveDistribution distribution) {
        try (NDArray information = distribution.mutualInformation();
                NDArray score = information.neg()) {
            return score.toDoubleArray();
        }
    }
}
