package dev.candor.metrics;

import ai.djl.ndarray.NDArray;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.RowStatistics;

/**
 * Brier score: the mean squared distance between probabilities and labels, summed over classes.
 *
 * <pre>
 *   Brier = (1/n) sum_i sum_k (p_ik - 1[k = y_i])^2
 * </pre>
 *
 * <p>From 0 to 2. Some libraries divide by the number of classes, and for two classes scikit-learn
 * squares one column only, which halves it. A proper score, bounded where the negative
 * log-likelihood is not.
 *
 * <p>Takes logits {@code [N, C]} or {@code [N, T, C]} with class indices, or distributions, as an
 * evaluator, which keeps two sums on the device during an epoch; {@link Predictions} as a metric.
 *
 * <p>Source: Brier, <i>Verification of Forecasts Expressed in Terms of Probability</i>, Monthly
 * Weather Review 1950.
 */
public final class BrierScore extends MeanEvaluator {

    private BrierScore(Builder builder) {
        super(builder);
    }

    /**
     * Returns the metric.
     *
     * @return the metric
     */
    public static BrierScore of() {
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
    NDArray scores(LogitBatch batch) {
        if (batch.hasDistributions()) {
            NDArray gaps = batch.probabilities().sub(batch.targets());
            return gaps.square().sum(new int[] {1});
        }
        NDArray squares = batch.probabilities().square().sum(new int[] {1});
        return squares.sub(batch.labelLogProbabilities().exp().mul(2)).add(1);
    }

    @Override
    double[] scores(RowStatistics rows) {
        return rows.brier();
    }

    /** Builds a {@link BrierScore}. */
    public static final class Builder extends LogitEvaluator.Builder<Builder> {

        private Builder() {
            super("BrierScore");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Builds the metric.
         *
         * @return the metric
         */
        public BrierScore build() {
            return new BrierScore(this);
        }
    }
}
