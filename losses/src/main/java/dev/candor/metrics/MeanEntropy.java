package dev.candor.metrics;

import ai.djl.ndarray.NDArray;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.RowStatistics;

/**
 * Mean entropy of the predictions, in nats: how uncertain the classifier says it is, whatever the
 * labels.
 *
 * <pre>
 *   H = -(1/n) sum_i sum_k p_ik log p_ik
 * </pre>
 *
 * <p>From 0 to {@code ln C}. A calibrated classifier has it equal to its {@link
 * NegativeLogLikelihood}: see {@link EntropyGap}. Takes logits as an evaluator, which keeps two
 * sums on the device during an epoch; {@link Predictions} as a metric.
 */
public final class MeanEntropy extends MeanEvaluator {

    private MeanEntropy(Builder builder) {
        super(builder);
    }

    /**
     * Returns the metric.
     *
     * @return the metric
     */
    public static MeanEntropy of() {
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
        return batch.entropy();
    }

    @Override
    double[] scores(RowStatistics rows) {
        return rows.entropy();
    }

    /** Builds a {@link MeanEntropy}. */
    public static final class Builder extends LogitEvaluator.Builder<Builder> {

        private Builder() {
            super("MeanEntropy");
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
        public MeanEntropy build() {
            return new MeanEntropy(this);
        }
    }
}
