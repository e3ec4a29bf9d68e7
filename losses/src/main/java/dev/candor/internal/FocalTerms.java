package dev.candor.internal;

import ai.djl.ndarray.NDArray;
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
     * {@code 1 - p}, precise near p = 1 and never zero.
     *
     * @param logProbabilities {@code log p}, any shape
     * @return positive values
     */
    public static NDArray complement(NDArray logProbabilities) {
        return Stable.oneMinusExp(logProbabilities).maximum(SMALLEST_COMPLEMENT);
    }

    /**
     * {@code -(1 - p)^gamma log p}.
     *
     * @param logProbabilities {@code log p}, any shape
     * @param gamma the focusing strength, {@code >= 0}
     * @return nonnegative values
     */
    public static NDArray focal(NDArray logProbabilities, double gamma) {
        return complement(logProbabilities).pow(gamma).mul(logProbabilities).neg();
    }

    /**
     * {@code -(1 - p)^gamma log p} with a gamma for each element.
     *
     * @param logProbabilities {@code log p}, any shape
     * @param gamma the focusing strengths, {@code >= 0}, of the same shape
     * @return nonnegative values
     */
    public static NDArray focal(NDArray logProbabilities, NDArray gamma) {
        return complement(logProbabilities).pow(gamma).mul(logProbabilities).neg();
    }

    /**
     * {@code -(1 - q)^gamma log q} with {@code q = sigmoid(z)} where the target is one and {@code
     * sigmoid(-z)} where it is zero.
     *
     * @param logits z, any shape
     * @param targets zeros and ones of the same shape and type
     * @param gamma the focusing strength, {@code >= 0}
     * @return nonnegative values
     */
    public static NDArray binary(NDArray logits, NDArray targets, double gamma) {
        NDArray normaliser = Stable.softPlus(logits);
        NDArray positive = logits.mul(targets);
        NDArray crossEntropy = normaliser.sub(positive);
        if (gamma == 0) {
            return crossEntropy;
        }
        NDArray logComplement = logits.sub(normaliser).sub(positive);
        return logComplement.mul(gamma).exp().mul(crossEntropy);
    }
}
