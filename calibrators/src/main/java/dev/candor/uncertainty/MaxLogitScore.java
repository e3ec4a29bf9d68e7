package dev.candor.uncertainty;

import ai.djl.ndarray.NDArray;

/**
 * The greatest logit.
 *
 * <pre>
 *   s = max_k z_k
 * </pre>
 *
 * <p>Takes logits {@code z}, {@code [N, C]}. Not for networks trained with a loss that ignores the
 * size of the logits, such as {@link dev.candor.losses.LogitNormLoss}, nor for log-probabilities.
 *
 * <p>Source: Hendrycks et al., <i>Scaling Out-of-Distribution Detection for Real-World
 * Settings</i>, ICML 2022, arXiv:1911.11132.
 */
public final class MaxLogitScore implements OodScore {

    private MaxLogitScore() {}

    /**
     * Returns the score.
     *
     * @return the score
     */
    public static MaxLogitScore of() {
        return new MaxLogitScore();
    }

    @Override
    public double[] of(NDArray logits) {
        return ScoredRows.of("logits", logits, 1, z -> z.max(new int[] {1}));
    }
}
