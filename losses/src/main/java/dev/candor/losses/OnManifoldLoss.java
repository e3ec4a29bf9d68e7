package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import dev.candor.internal.Checks;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Scalars;
import dev.candor.internal.Stable;

/**
 * On-manifold regulariser: cross-entropy of inputs moved towards a partner, with a label moved as
 * far.
 *
 * <pre>
 *   L = -(1/N) sum_i sum_k y'_ik log p_ik,   y'_i = (1 - delta) y_i + delta y_{N-1-i}
 * </pre>
 *
 * <p>The partner of a sample is the one at the same place in the reversed batch. {@code p} is the
 * softmax of the logits of embeddings that were moved, without a graph, within a small ball towards
 * their partners; {@code delta} in {@code 0..1} is the share of the partner's label (0.1). This is
 * the loss part alone; the step belongs to the training loop.
 *
 * <p>Labels are class indices or distributions, logits {@code [N, C]}. Every sample needs its
 * partner, so there is no ignore index, and token-level batches are refused.
 *
 * <p>Source: Kong et al., <i>Calibrated Language Model Fine-Tuning for In- and Out-of-Distribution
 * Data</i>, EMNLP 2020, arXiv:2010.11506.
 */
public final class OnManifoldLoss extends LogitLoss {

    private final double share;

    private OnManifoldLoss(Builder builder) {
        super(builder);
        this.share = builder.share;
    }

    /**
     * Returns the loss with share 0.1.
     *
     * @return the loss
     */
    public static OnManifoldLoss of() {
        return builder().build();
    }

    /**
     * Returns the loss with the given share.
     *
     * @param share delta in {@code 0..1}
     * @return the loss
     */
    public static OnManifoldLoss of(double share) {
        return builder().optShare(share).build();
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
    LogitBatch batch(NDArray labels, NDArray logits) {
        LogitBatch batch = super.batch(labels, logits);
        Checks.that(
                logits.getShape().dimension() == 2,
                "logits have shape %s, expected [N, C]: tokens have no partner",
                logits.getShape());
        return batch;
    }

    @Override
    NDArray evaluate(LogitBatch batch) {
        Checks.that(batch.mask() == null, "the ignore index leaves samples without a partner");
        NDArray logProbabilities = batch.logProbabilities();
        if (batch.hasDistributions()) {
            NDArray own = batch.targets();
            NDArray mixed = Scalars.times(own, 1 - share).add(Scalars.times(own.flip(0), share));
            return Stable.rowDot(logProbabilities, mixed).mean().neg();
        }
        NDArray both = batch.labels().stack(batch.labels().flip(0), 1);
        NDArray weights = batch.constants(share - 1, -share);
        return logProbabilities.gather(both, 1).mean(new int[] {0}).mul(weights).sum();
    }

    /** Builds an {@link OnManifoldLoss}. */
    public static final class Builder extends LogitLoss.Builder<Builder> {

        private double share = 0.1;

        private Builder() {
            super("OnManifoldLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the share of the partner's label.
         *
         * @param share delta in {@code 0..1}, default 0.1
         * @return this builder
         */
        public Builder optShare(double share) {
            this.share = Checks.within("share", share, 0, 1);
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         */
        public OnManifoldLoss build() {
            return new OnManifoldLoss(this);
        }
    }
}
