package dev.candor.metrics;

import ai.djl.ndarray.NDArray;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.RowStatistics;

/**
 * Negative log-likelihood (NLL), or cross-entropy: the mean surprise at the labels, in nats.
 *
 * <pre>
 *   NLL = -(1/n) sum_i log p_{i,y_i}
 * </pre>
 *
 * <p>A proper score: no forecast does better in the mean than the truth. It holds accuracy and
 * calibration in one number, and lets a single confident mistake weigh much; a label of probability
 * zero makes it infinite, which is not clipped. From logits it is finite.
 *
 * <p>Takes logits {@code [N, C]} or {@code [N, T, C]} with class indices, or distributions, as an
 * evaluator, which keeps two sums on the device during an epoch; {@link Predictions} as a metric.
 *
 * <p>Source: Good, <i>Rational Decisions</i>, Journal of the Royal Statistical Society B, 1952.
 */
public final class NegativeLogLikelihood extends MeanEvaluator {

    private NegativeLogLikelihood(Builder builder) {
        super(builder);
    }

    /**
     * Returns the metric.
     *
     * @return the metric
     */
    public static NegativeLogLikelihood of() {
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
        return batch.crossEntropy();
    }

    @Override
    double[] scores(RowStatistics rows) {
        return rows.nll();
    }

    /** Builds a {@link NegativeLogLikelihood}. */
    public static final class Builder extends LogitEvaluator.Builder<Builder> {

        private Builder() {
            super("NegativeLogLikelihood");
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
        public NegativeLogLikelihood build() {
            return new NegativeLogLikelihood(this);
        }
    }
}
