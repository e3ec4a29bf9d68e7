package dev.candor.internal;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import java.util.Arrays;
import java.util.function.UnaryOperator;

/** Cross-entropy under a modulating factor, as the losses of the focal family share it. */
public final class FocalTerms {

    /** Keeps the gradient of {@code (1 - p)^gamma} finite at p = 1 for gamma below 1. */
    public static final double SMALLEST_COMPLEMENT = 1e-12;

    private FocalTerms() {}

    /**
     * Mean over the samples that count of {@code sum_k y_k f(log p_k)}; of class indices, {@code
     * f(log p_y)}.
     *
     * @param batch logits and labels
     * @param term f, element by element
     * @return a scalar
     */
    public static NDArray mean(LogitBatch batch, UnaryOperator<NDArray> term) {
        if (batch.hasDistributions()) {
            NDArray terms = term.apply(batch.logProbabilities()).mul(batch.targets());
            return batch.mean(terms.sum(new int[] {1}));
        }
        return batch.mean(term.apply(batch.labelLogProbabilities()));
    }

    /**
     * {@code 1 - p}, precise near p = 1.
     *
     * @param logProbabilities {@code log p}, any shape
     * @param gammas the powers it will be raised to
     * @return nonnegative values
     */
    public static NDArray complement(NDArray logProbabilities, double... gammas) {
        return awayFromZero(Stable.oneMinusExp(logProbabilities), gammas);
    }

    /** {@code base^gamma} has an infinite slope at zero for gamma below one. */
    private static NDArray awayFromZero(NDArray base, double... gammas) {
        boolean steep = Arrays.stream(gammas).anyMatch(gamma -> gamma > 0 && gamma < 1);
        return steep ? Scalars.atLeast(base, SMALLEST_COMPLEMENT) : base;
    }

    /**
     * {@code base^gamma}, in the fewest operations.
     *
     * @param base nonnegative values, any shape
     * @param gamma the power, {@code >= 0}
     * @return values of the same shape
     */
    public static NDArray power(NDArray base, double gamma) {
        if (gamma == 1) {
            return base;
        }
        if (gamma == 2) {
            return base.square();
        }
        return gamma == 3 ? base.square().mul(base) : Scalars.power(base, gamma);
    }

    /**
     * {@code -(1 - p)^gamma log p}.
     *
     * @param logProbabilities {@code log p}, any shape
     * @param gamma the focusing strength, {@code >= 0}
     * @return nonnegative values
     */
    public static NDArray focal(NDArray logProbabilities, double gamma) {
        NDArray factor = power(complement(logProbabilities, gamma), gamma);
        return factor.mul(logProbabilities).neg();
    }

    /**
     * {@code -(1 - q)^gamma log q} with {@code q = sigmoid(-v)}.
     *
     * @param wrong v, the logit of being wrong, any shape: the logit of a negative, less the logit
     *     of a positive
     * @param gamma the focusing strength, {@code >= 0}
     * @return nonnegative values
     */
    public static NDArray binary(NDArray wrong, double gamma) {
        NDArray crossEntropy = Stable.softPlus(wrong);
        if (gamma == 0) {
            return crossEntropy;
        }
        NDArray complement = awayFromZero(Activation.sigmoid(wrong), gamma);
        return power(complement, gamma).mul(crossEntropy);
    }
}
