package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import dev.candor.internal.Checks;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Scalars;

/**
 * Adaptive and conditional label smoothing (ACLS): cross-entropy that draws the largest logit down
 * to a margin and the other logits up to within that margin of it, the harder the further they are.
 *
 * <pre>
 *   L = CE + alpha (1/N) sum_i [   lambda_1 max(0, z_i* - m)^2
 *                                + lambda_2 / (K - 1) sum_{k != *} max(0, sg(z_i*) - z_ik - m)^2 ]
 * </pre>
 *
 * <p>{@code z_i* = max_k z_ik}; {@code m >= 0} is the margin in units of logits (10), {@code alpha
 * >= 0} the weight of both penalties (0.1), {@code lambda_1 = 1} and {@code lambda_2 = 0.1} their
 * shares, all as in the authors' code. The second term moves the smaller logits alone: the gradient
 * stops at the largest. Labels are class indices or distributions.
 *
 * <p>Of no use where logits have no common scale, as after {@link LogitNormLoss}. Among logits that
 * tie for the largest, one takes the first term; the authors' code counts it for each of them.
 *
 * <p>Source: Park et al., <i>ACLS: Adaptive and Conditional Label Smoothing for Network
 * Calibration</i>, ICCV 2023, arXiv:2308.11911.
 */
public final class AclsLoss extends SampleLoss {

    private final double margin;
    private final double weight;
    private final double largestWeight;
    private final double othersWeight;

    private AclsLoss(Builder builder) {
        super(builder);
        this.margin = builder.margin;
        this.weight = builder.weight;
        this.largestWeight = builder.largestWeight;
        this.othersWeight = builder.othersWeight;
    }

    /**
     * Returns the loss with margin 10, weight 0.1 and shares 1 and 0.1.
     *
     * @return the loss
     */
    public static AclsLoss of() {
        return builder().build();
    }

    /**
     * Returns the loss with the given margin.
     *
     * @param margin m, finite and {@code >= 0}
     * @return the loss
     */
    public static AclsLoss of(double margin) {
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
        NDArray logits = batch.logits();
        NDArray allowed = logits.max(new int[] {1}, true).sub(margin);
        if (weight * largestWeight > 0) {
            NDArray excess = Activation.relu(allowed.squeeze(1)).square();
            rows = rows.add(Scalars.times(excess, weight * largestWeight));
        }
        if (weight * othersWeight > 0) {
            // The largest logit itself, at distance 0, is within any margin.
            double share = weight * othersWeight / (batch.classes() - 1);
            try (NDArray gaps = allowed.stopGradient().sub(logits);
                    NDArray squares = Activation.relu(gaps).square()) {
                rows = rows.add(Scalars.times(squares.sum(new int[] {1}), share));
            }
        }
        return rows;
    }

    /** Builds an {@link AclsLoss}. */
    public static final class Builder extends SampleLoss.Builder<Builder> {

        private double margin = 10;
        private double weight = 0.1;
        private double largestWeight = 1;
        private double othersWeight = 0.1;

        private Builder() {
            super("AclsLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the margin of both penalties.
         *
         * @param margin m, finite and {@code >= 0}, default 10
         * @return this builder
         */
        public Builder optMargin(double margin) {
            this.margin = Checks.nonNegative("margin", margin);
            return this;
        }

        /**
         * Sets the weight of both penalties together.
         *
         * @param weight alpha, finite and {@code >= 0}, default 0.1
         * @return this builder
         */
        public Builder optWeight(double weight) {
            this.weight = Checks.nonNegative("weight", weight);
            return this;
        }

        /**
         * Sets the share of the penalty on the largest logit.
         *
         * @param largestWeight lambda_1, finite and {@code >= 0}, default 1
         * @return this builder
         */
        public Builder optLargestWeight(double largestWeight) {
            this.largestWeight = Checks.nonNegative("largestWeight", largestWeight);
            return this;
        }

        /**
         * Sets the share of the penalty on the other logits.
         *
         * @param othersWeight lambda_2, finite and {@code >= 0}, default 0.1
         * @return this builder
         */
        public Builder optOthersWeight(double othersWeight) {
            this.othersWeight = Checks.nonNegative("othersWeight", othersWeight);
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         */
        public AclsLoss build() {
            return new AclsLoss(this);
        }
    }
}
