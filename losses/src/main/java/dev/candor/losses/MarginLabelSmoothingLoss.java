package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import dev.candor.internal.Checks;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Scalars;

/**
 * Margin-based label smoothing (MbLS): cross-entropy that penalises a logit only when it lies
 * further below the largest one than a margin allows.
 *
 * <pre>
 *   L = CE + alpha (1/N) sum_i (1/K) sum_k max(0, max_j z_ij - z_ik - m)
 * </pre>
 *
 * <p>{@code m >= 0} is the margin in units of logits (10) and {@code alpha >= 0} the weight of the
 * penalty (0.1), both as in the authors' code; with m = 0 every distance is penalised, as label
 * smoothing does. The gradient flows through the largest logit too. The penalty is a mean over
 * classes, so that it does not grow with K. Labels are class indices or distributions.
 *
 * <p>Of no use where logits have no common scale, as after {@link LogitNormLoss}.
 *
 * <p>Source: Liu et al., <i>The Devil is in the Margin: Margin-based Label Smoothing for Network
 * Calibration</i>, CVPR 2022, arXiv:2111.15430.
 */
public final class MarginLabelSmoothingLoss extends SampleLoss {

    private final double margin;
    private final double weight;

    private MarginLabelSmoothingLoss(Builder builder) {
        super(builder);
        this.margin = builder.margin;
        this.weight = builder.weight;
    }

    /**
     * Returns the loss with margin 10 and weight 0.1.
     *
     * @return the loss
     */
    public static MarginLabelSmoothingLoss of() {
        return builder().build();
    }

    /**
     * Returns the loss with the given margin and weight 0.1.
     *
     * @param margin m, finite and {@code >= 0}
     * @return the loss
     */
    public static MarginLabelSmoothingLoss of(double margin) {
        return builder().optMargin(margin).build();
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
        NDArray rows = batch.crossEntropy();
        if (weight == 0) {
            return rows;
        }
        NDArray allowed = batch.logits().max(new int[] {1}, true).sub(margin);
        try (NDArray gaps = allowed.sub(batch.logits())) {
            NDArray excess = Activation.relu(gaps).sum(new int[] {1});
            return rows.add(Scalars.times(excess, weight / batch.classes()));
        }
    }

    /** Builds a {@link MarginLabelSmoothingLoss}. */
    public static final class Builder extends SampleLoss.Builder<Builder> {

        private double margin = 10;
        private double weight = 0.1;

        private Builder() {
            super("MarginLabelSmoothingLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the distance from the largest logit that costs nothing.
         *
         * @param margin m, finite and {@code >= 0}, default 10
         * @return this builder
         */
        public Builder optMargin(double margin) {
            this.margin = Checks.nonNegative("margin", margin);
            return this;
        }

        /**
         * Sets the weight of the penalty.
         *
         * @param weight alpha, finite and {@code >= 0}, default 0.1
         * @return this builder
         */
        public Builder optWeight(double weight) {
            this.weight = Checks.nonNegative("weight", weight);
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         */
        public MarginLabelSmoothingLoss build() {
            return new MarginLabelSmoothingLoss(this);
        }
    }
}
