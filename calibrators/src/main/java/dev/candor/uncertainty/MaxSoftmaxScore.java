package dev.candor.uncertainty;

import ai.djl.ndarray.NDArray;

/**
 * Maximum softmax probability, the confidence of the prediction.
 *
 * <pre>
 *   s = max_k softmax(z)_k
 * </pre>
 *
 * <p>Takes logits {@code z}, {@code [N, C]}. The baseline. Saturates at 1 for sure predictions,
 * which then cannot be told apart; {@link MaxLogitScore} and {@link EnergyScore} do not.
 *
 * <p>Source: Hendrycks and Gimpel, <i>A Baseline for Detecting Misclassified and
 * Out-of-Distribution Examples in Neural Networks</i>, ICLR 2017, arXiv:1610.02136.
 */
public final class MaxSoftmaxScore implements OodScore {

    private MaxSoftmaxScore() {}

    /**
     * Returns the score.
     *
     * @return the score
     */
    public static MaxSoftmaxScore of() {
        return new MaxSoftmaxScore();
    }

    @Override
    public double[] of(NDArray logits) {
        return ScoredRows.of("logits", logits, 1, z -> z.softmax(1).max(new int[] {1}));
    }
}
