package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import dev.candor.internal.Checks;
import dev.candor.internal.FocalTerms;
import dev.candor.internal.LogitBatch;

/**
 * Inverse focal loss: cross-entropy that presses harder on samples already predicted with
 * confidence. It makes the network overconfident on purpose, so that post-hoc calibration has more
 * to work with.
 *
 * <pre>
 *   L = -(1/N) sum_i (1 + p_y)^gamma log p_y
 * </pre>
 *
 * <p>{@code gamma >= 0} is the strength, 0 is cross-entropy; the default 2 is ours. With
 * distributions as labels, the term is summed over classes with weights {@code y_k}. Not to be used
 * without temperature scaling or another calibrator after training.
 *
 * <p>Source: Wang et al., <i>Rethinking Calibration of Deep Neural Networks: Do Not Be Afraid of
 * Overconfidence</i>, NeurIPS 2021.
 */
public final class InverseFocalLoss extends LogitLoss {

    private final double gamma;

    private InverseFocalLoss(Builder builder) {
        super(builder);
        this.gamma = builder.gamma;
    }

    /**
     * Returns the loss with gamma 2.
     *
     * @return the loss
     */
    public static InverseFocalLoss of() {
        return builder().build();
    }

    /**
     * Returns the loss with the given gamma.
     *
     * @param gamma the strength, {@code >= 0}
     * @return the loss
     */
    public static InverseFocalLoss of(double gamma) {
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
        return FocalTerms.mean(batch, this::inverseFocal);
    }

    private NDArray inverseFocal(NDArray logProbability) {
        NDArray factor = FocalTerms.power(logProbability.exp().add(1), gamma);
        return factor.mul(logProbability).neg();
    }

    /** Builds an {@link InverseFocalLoss}. */
    public static final class Builder extends LogitLoss.Builder<Builder> {

        private double gamma = 2;

        private Builder() {
            super("InverseFocalLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the strength.
         *
         * @param gamma {@code >= 0}, default 2
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
        public InverseFocalLoss build() {
            return new InverseFocalLoss(this);
        }
    }
}
