package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import dev.candor.internal.Checks;
import dev.candor.internal.FocalTerms;
import dev.candor.internal.LogitBatch;

/**
 * Focal loss: cross-entropy that fades out samples already predicted with confidence, which keeps
 * the network from growing ever more certain.
 *
 * <pre>
 *   L = -(1/N) sum_i (1 - p_y)^gamma log p_y
 * </pre>
 *
 * <p>{@code gamma >= 0} is the focusing strength: 0 is cross-entropy, 3 is usual for calibration, 2
 * for detection. With distributions as labels, the term is summed over classes with weights {@code
 * y_k}. The mean over samples is taken, where the authors' code sums: learning rates do not carry
 * over. Larger gammas make the network underconfident, which temperature scaling then repairs.
 *
 * <p>Source: Lin et al., <i>Focal Loss for Dense Object Detection</i>, ICCV 2017, arXiv:1708.02002;
 * for calibration: Mukhoti et al., <i>Calibrating Deep Neural Networks using Focal Loss</i>,
 * NeurIPS 2020, arXiv:2002.09437.
 */
public final class FocalLoss extends LogitLoss {

    private final double gamma;

    private FocalLoss(Builder builder) {
        super(builder);
        this.gamma = builder.gamma;
    }

    /**
     * Returns the loss with gamma 3.
     *
     * @return the loss
     */
    public static FocalLoss of() {
        return builder().build();
    }

    /**
     * Returns the loss with the given gamma.
     *
     * @param gamma the focusing strength, {@code >= 0}
     * @return the loss
     */
    public static FocalLoss of(double gamma) {
        return builder().optGamma(gamma).build();
    }

    /**
     * Returns a builder.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    NDArray evaluate(LogitBatch batch) {
        if (gamma == 0) {
            return batch.mean(batch.crossEntropy());
        }
        return FocalTerms.mean(batch, logProbability -> FocalTerms.focal(logProbability, gamma));
    }

    /** Builds a {@link FocalLoss}. */
    public static final class Builder extends LogitLoss.Builder<Builder> {

        private double gamma = 3;

        private Builder() {
            super("FocalLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the focusing strength.
         *
         * @param gamma {@code >= 0}, default 3
         * @return this builder
         */
        public Builder optGamma(double gamma) {
            this.gamma = Checks.nonNegative("gamma", gamma);
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         */
        public FocalLoss build() {
            return new FocalLoss(this);
        }
    }
}
