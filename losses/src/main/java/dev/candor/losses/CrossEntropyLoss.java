package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import dev.candor.internal.Checks;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Stable;

/**
 * Softmax cross-entropy, the primary objective to which calibration terms are added.
 *
 * <pre>
 *   L = -(1/N) sum_i sum_k y_ik log p_ik
 * </pre>
 *
 * <p>With class weights {@code w} every term of the double sum is weighted, {@code L = -sum_i sum_k
 * w_k y_ik log p_ik / sum_i sum_k w_k y_ik}; for class indices that is {@code sum_i w_{y_i} ce_i /
 * sum_i w_{y_i}}. With an extra logit {@code z_0} the softmax gains a class that no label names,
 * {@code p_k = e^{z_k} / (sum_j e^{z_j} + e^{z_0})}, which leaves room for "none of these".
 *
 * <p>Labels are class indices or distributions, with class weights too: mixup with the targets
 * {@code lambda y_i + (1 - lambda) y_j} is the mixture of the two cross-entropies. Differs from
 * DJL's {@code SoftmaxCrossEntropyLoss} in that a {@link CompositeLoss} shares its log-softmax with
 * the calibration term, and in the ignore index.
 *
 * <p>Source of mixup as a means of calibration: Thulasidasan et al., <i>On Mixup Training: Improved
 * Calibration and Predictive Uncertainty for Deep Neural Networks</i>, NeurIPS 2019,
 * arXiv:1905.11001.
 */
public final class CrossEntropyLoss extends SampleLoss {

    private final Double extraLogit;

    private CrossEntropyLoss(Builder builder) {
        super(builder);
        this.extraLogit = builder.extraLogit;
    }

    /**
     * Returns plain cross-entropy.
     *
     * @return the loss
     */
    public static CrossEntropyLoss of() {
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
        NDArray classWeights = classWeights(batch);
        if (classWeights == null || !batch.hasDistributions()) {
            return super.evaluate(batch);
        }
        NDArray weights = batch.targets().mul(classWeights);
        NDArray rows = Stable.rowDot(batch.logProbabilities(), weights).neg();
        NDArray mass = weights.sum(new int[] {1});
        if (extraLogit != null) {
            rows = rows.add(shareOfExtraLogit(batch).mul(mass));
        }
        return weightedMean(rows.sum(), mass.sum());
    }

    @Override
    NDArray rows(LogitBatch batch) {
        NDArray rows = batch.crossEntropy();
        return extraLogit == null ? rows : rows.add(shareOfExtraLogit(batch));
    }

    /** What each {@code -log p_k} of a row gains by the extra logit, {@code [M]}. */
    private NDArray shareOfExtraLogit(LogitBatch batch) {
        NDArray logNormaliser =
                LogitBatch.pick(batch.logits(), batch.labels()).sub(batch.labelLogProbabilities());
        return Stable.softPlus(logNormaliser.neg().add(extraLogit));
    }

    /** Builds a {@link CrossEntropyLoss}. */
    public static final class Builder extends SampleLoss.Builder<Builder> {

        private Double extraLogit;

        private Builder() {
            super("CrossEntropyLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Adds a class with this constant logit to the denominator of the softmax.
         *
         * @param extraLogit the logit {@code z_0}, finite
         * @return this builder
         */
        public Builder optExtraLogit(double extraLogit) {
            Checks.that(Double.isFinite(extraLogit), "extraLogit = %s, not finite", extraLogit);
            this.extraLogit = extraLogit;
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         */
        public CrossEntropyLoss build() {
            return new CrossEntropyLoss(this);
        }
    }
}
