package dev.candor.internal;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;

/** Entropies in nats, with {@code 0 log 0 = 0}, finite in value and gradient. */
public final class Entropies {

    private Entropies() {}

    /**
     * Entropy along the last axis.
     *
     * @param probabilities any shape with at least two axes, the last of which sums to one
     * @return the shape without its last axis
     */
    public static NDArray entropy(NDArray probabilities) {
        int last = probabilities.getShape().dimension() - 1;
        // sum_k p_k dlog p_k = 0, so that log p need not carry the gradient too.
        NDArray logs = probabilities.stopGradient().maximum(Float.MIN_NORMAL).log();
        try (NDArray product = probabilities.mul(logs)) {
            return product.sum(new int[] {last}).neg();
        }
    }

    /**
     * Moves probabilities towards the uniform distribution, {@code (1 - s) p + s / K}.
     *
     * @param probabilities any shape, classes on the last axis
     * @param share s in {@code 0..1}
     * @return the shape of the probabilities
     */
    public static NDArray mixWithUniform(NDArray probabilities, double share) {
        if (share == 0) {
            return probabilities;
        }
        double classes = probabilities.getShape().get(probabilities.getShape().dimension() - 1);
        return Scalars.times(probabilities, 1 - share).add(share / classes);
    }

    /**
     * Mutual information between the prediction and the model: entropy of the mean minus mean of
     * the entropies of several predictions.
     *
     * @param probabilities {@code [S, N, C]}, S predictions for each sample
     * @param mean their mean, {@code [N, C]}
     * @return {@code [N]}, none negative
     */
    public static NDArray mutualInformation(NDArray probabilities, NDArray mean) {
        NDArray expected = entropy(probabilities).mean(new int[] {0});
        return Activation.relu(entropy(mean).sub(expected));
    }
}
