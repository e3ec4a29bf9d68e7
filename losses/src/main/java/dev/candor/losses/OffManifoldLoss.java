package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import dev.candor.internal.LogitBatch;

/**
 * Off-manifold regulariser: asks for uncertainty about inputs pushed away from the data.
 *
 * <pre>
 *   L = -(1/N) sum_i H(f(e''_i)),   H = -sum_k p_k log p_k in nats
 * </pre>
 *
 * <p>{@code f(e'')} are the logits of embeddings that were moved, without a graph, by a step along
 * the sign of the gradient of cross-entropy. This is the loss part alone; the step belongs to the
 * training loop. In {@code -ln K..0}. Labels are not read, beyond the ignore index, and may be
 * class indices or distributions.
 *
 * <p>On logits of the data itself it is a confidence penalty, for which {@link ConfidencePenalty}
 * is meant.
 *
 * <p>Source: Kong et al., <i>Calibrated Language Model Fine-Tuning for In- and Out-of-Distribution
 * Data</i>, EMNLP 2020, arXiv:2010.11506. The authors' code is NaN where a probability is 0.
 */
public final class OffManifoldLoss extends LogitLoss {

    private OffManifoldLoss(Builder builder) {
        super(builder);
    }

    /**
     * Returns the loss.
     *
     * @return the loss
     */
    public static OffManifoldLoss of() {
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
    NDArray evaluate(LogitBatch batch) {
        return batch.mean(batch.entropy().neg());
    }

    /** Builds an {@link OffManifoldLoss}. */
    public static final class Builder extends LogitLoss.Builder<Builder> {

        private Builder() {
            super("OffManifoldLoss");
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
        public OffManifoldLoss build() {
            return new OffManifoldLoss(this);
        }
    }
}
