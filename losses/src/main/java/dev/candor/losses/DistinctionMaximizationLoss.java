package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import dev.candor.internal.Checks;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Scalars;

/**
 * Distinction maximisation (DM): cross-entropy of negative distances, as {@link DistanceLogits}
 * yields them, scaled up while training.
 *
 * <pre>
 *   L = CE(alpha z),   z_k = -d_k
 * </pre>
 *
 * <p>{@code alpha > 0} is the scale, 1 unless set. It belongs to training alone: predict from the
 * softmax of {@code z}, without alpha. Labels are class indices or distributions. With alpha other
 * than 1 the loss has a log-softmax of its own, which a {@link CompositeLoss} cannot share.
 *
 * <p>Source: Macêdo et al., <i>Distinction Maximization Loss: Fast, Scalable, Turnkey, and Native
 * Neural Networks Out-of-Distribution Detection simply by Replacing the SoftMax Loss</i>, 2019,
 * arXiv:1908.05569; with one-vs-all losses: Padhy et al., 2020, arXiv:2007.05134.
 */
public final class DistinctionMaximizationLoss extends SampleLoss {

    private final double alpha;

    private DistinctionMaximizationLoss(Builder builder) {
        super(builder);
        this.alpha = builder.alpha;
    }

    /**
     * Returns the loss with scale 1.
     *
     * @return the loss
     */
    public static DistinctionMaximizationLoss of() {
        return builder().build();
    }

    /**
     * Returns the loss with the given scale.
     *
     * @param alpha the scale, finite and above 0
     * @return the loss
     */
    public static DistinctionMaximizationLoss of(double alpha) {
        return builder().optAlpha(alpha).build();
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
    NDArray rows(LogitBatch batch) {
        if (alpha == 1) {
            return batch.crossEntropy();
        }
        try (NDArray scaled = Scalars.times(batch.logits(), alpha)) {
            return batch.withLogits(scaled).crossEntropy();
        }
    }

    /** Builds a {@link DistinctionMaximizationLoss}. */
    public static final class Builder extends SampleLoss.Builder<Builder> {

        private double alpha = 1;

        private Builder() {
            super("DistinctionMaximizationLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the scale.
         *
         * @param alpha finite and above 0, default 1
         * @return this builder
         */
        public Builder optAlpha(double alpha) {
            this.alpha = Checks.positive("alpha", alpha);
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         */
        public DistinctionMaximizationLoss build() {
            return new DistinctionMaximizationLoss(this);
        }
    }
}
