package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import ai.djl.training.tracker.Tracker;
import dev.candor.internal.Checks;
import dev.candor.internal.FocalTerms;
import dev.candor.internal.LogitBatch;

/**
 * Focal loss whose focusing strength changes as training goes on, by default FLSc-531.
 *
 * <pre>
 *   L = -(1/N) sum_i (1 - p_y)^gamma(t) log p_y,   gamma = 5 before epoch 100, 3 before 250, then 1
 * </pre>
 *
 * <p>{@code gamma >= 0} is a function of t, the number of training batches so far, and carries no
 * gradient. Each call of {@link #evaluate} counts, which is what a trainer makes for a training
 * batch and not for its reports, so nothing else needs to be registered; with several devices each
 * share of a batch counts. Reports take the gamma of the last training batch. With distributions as
 * labels, the term is summed over classes with weights {@code y_k}. The mean over samples is taken,
 * where the authors' code sums.
 *
 * <p>Source: Mukhoti et al., <i>Calibrating Deep Neural Networks using Focal Loss</i>, NeurIPS
 * 2020, arXiv:2002.09437.
 */
public final class ScheduledFocalLoss extends LogitLoss {

    private final Tracker gamma;

    private ScheduledFocalLoss(Builder builder) {
        super(builder);
        this.gamma = builder.gamma;
    }

    /**
     * Returns FLSc-531: gamma 5 for 100 epochs, 3 for another 150, then 1.
     *
     * @param batchesPerEpoch number of training batches in an epoch, at least 1
     * @return the loss
     */
    public static ScheduledFocalLoss of(int batchesPerEpoch) {
        Checks.atLeast("batchesPerEpoch", batchesPerEpoch, 1);
        return of(
                step -> {
                    int epoch = step / batchesPerEpoch;
                    return epoch < 100 ? 5 : epoch < 250 ? 3 : 1;
                });
    }

    /**
     * Returns the loss with a gamma that follows a schedule.
     *
     * @param gamma gamma as a function of the number of training batches so far, {@code >= 0}
     * @return the loss
     */
    public static ScheduledFocalLoss of(Tracker gamma) {
        return builder().setGamma(gamma).build();
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
        double strength = Checks.nonNegative("gamma", gamma.getNewValue(batchesBefore()));
        return FocalTerms.mean(batch, logProbability -> FocalTerms.focal(logProbability, strength));
    }

    /** Builds a {@link ScheduledFocalLoss}. */
    public static final class Builder extends LogitLoss.Builder<Builder> {

        private Tracker gamma;

        private Builder() {
            super("ScheduledFocalLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the focusing strength. Required.
         *
         * @param gamma gamma as a function of the number of training batches so far, {@code >= 0}
         * @return this builder
         */
        public Builder setGamma(Tracker gamma) {
            this.gamma = gamma;
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         * @throws IllegalArgumentException if no gamma was set
         */
        public ScheduledFocalLoss build() {
            Checks.that(gamma != null, "no gamma set");
            return new ScheduledFocalLoss(this);
        }
    }
}
