package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Stable;

/**
 * One-vs-all cross-entropy: a binary problem for each class, whose probabilities {@code p_k =
 * sigmoid(z_k)} need not sum to one and may all be small.
 *
 * <pre>
 *   L = (1/N) sum_i sum_k -y_ik log sigmoid(z_ik) - (1 - y_ik) log(1 - sigmoid(z_ik))
 * </pre>
 *
 * <p>Summed over classes, not averaged. Labels are class indices or distributions. Predictions are
 * to be read with the sigmoid: softmax of these logits is not calibrated by this loss. For logits
 * that are negative distances use {@link OneVsAllDistanceLoss}.
 *
 * <p>Source: Padhy et al., <i>Revisiting One-vs-All Classifiers for Predictive Uncertainty and
 * Out-of-Distribution Detection in Neural Networks</i>, 2020, arXiv:2007.05134. The authors' code
 * adds 1e-6 inside its logarithms; here none is needed.
 */
public final class OneVsAllLoss extends SampleLoss {

    private OneVsAllLoss(Builder builder) {
        super(builder);
    }

    /**
     * Returns the loss.
     *
     * @return the loss
     */
    public static OneVsAllLoss of() {
        return builder().build();
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
        NDArray logits = batch.logits();
        NDArray right =
                batch.hasDistributions()
                        ? Stable.rowDot(logits, batch.targets())
                        : LogitBatch.pick(logits, batch.labels());
        try (NDArray wrong = Stable.softPlus(logits)) {
            return wrong.sum(new int[] {1}).sub(right);
        }
    }

    /** Builds a {@link OneVsAllLoss}. */
    public static final class Builder extends SampleLoss.Builder<Builder> {

        private Builder() {
            super("OneVsAllLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         */
        public OneVsAllLoss build() {
            return new OneVsAllLoss(this);
        }
    }
}
