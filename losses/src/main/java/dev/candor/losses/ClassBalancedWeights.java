package dev.candor.losses;

import dev.candor.internal.Checks;

/**
 * Weights of classes by their effective number of samples, for long-tailed data.
 *
 * <pre>
 *   w_k = (1 - beta) / (1 - beta^n_k), scaled so that sum_k w_k = K
 * </pre>
 *
 * <p>{@code beta} in {@code [0, 1)}: 0 weighs all classes alike, towards 1 they weigh {@code 1 /
 * n_k}; usual are 0.9, 0.99, 0.999 and 0.9999. {@code n_k} is the number of training samples of
 * class k. For softmax cross-entropy:
 *
 * <pre>{@code
 * CrossEntropyLoss.builder().optClassWeights(ClassBalancedWeights.of(0.999, counts)).build()
 * }</pre>
 *
 * <p>which divides by the sum of the weights in the batch, where the authors divide by the number
 * of samples.
 *
 * <p>Source: Cui et al., <i>Class-Balanced Loss Based on Effective Number of Samples</i>, CVPR
 * 2019, arXiv:1901.05555.
 */
public final class ClassBalancedWeights {

    private ClassBalancedWeights() {}

    /**
     * Returns the weights.
     *
     * @param beta in {@code [0, 1)}
     * @param counts the number of samples of each class, at least 1 each
     * @return a weight for each class; they sum to the number of classes
     * @throws IllegalArgumentException if beta or a count is out of range, or there is no class
     */
    public static double[] of(double beta, long... counts) {
        Checks.that(beta >= 0 && beta < 1, "beta = %s, expected at least 0 and below 1", beta);
        Checks.atLeast("counts", counts.length, 1);
        double[] weights = new double[counts.length];
        double sum = 0;
        for (int k = 0; k < counts.length; k++) {
            Checks.that(counts[k] >= 1, "counts[%d] = %d, expected at least 1", k, counts[k]);
            // The factor 1 - beta cancels; expm1 keeps 1 - beta^n as beta goes to 1.
            weights[k] = -1 / Math.expm1(counts[k] * Math.log(beta));
            sum += weights[k];
        }
        for (int k = 0; k < counts.length; k++) {
            weights[k] *= counts.length / sum;
        }
        return weights;
    }
}
