package dev.candor.uncertainty;

import ai.djl.ndarray.NDArray;

/**
 * Entropy of the prediction, with its sign turned.
 *
 * <pre>
 *   s = sum_k p_k log p_k,   p = softmax(z)
 * </pre>
 *
 * <p>Takes logits {@code z}, {@code [N, C]}; of several predictions, {@link
 * PredictiveDistribution#logMean()}, which makes it the predictive entropy.
 *
 * <p>Source of the task: Hendrycks and Gimpel, <i>A Baseline for Detecting Misclassified and
 * Out-of-Distribution Examples in Neural Networks</i>, ICLR 2017, arXiv:1610.02136.
 */
public final class EntropyScore implements OodScore {

    private EntropyScore() {}

    /**
     * Returns the score.
     *
     * @return the score
     */
    public static EntropyScore of() {
        return new EntropyScore();
    }

    @Override
    public double[] of(NDArray logits) {
        return ScoredRows.of(
                "logits",
                logits,
                1,
                z -> {
                    NDArray log = z.logSoftmax(1);
                    return log.exp().mul(log).sum(new int[] {1});
                });
    }
}
