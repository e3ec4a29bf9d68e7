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
 * <p>With class weights {@code w} the mean is weighted, {@code L = sum_i w_{y_i} ce_i / sum_i
 * w_{y_i}}. With an extra logit {@code z_0} the softmax gains a class that no label names, {@code
 * p_k = e^{z_k} / (sum_j e^{z_j} + e^{z_0})}, which leaves room for "none of these".
 *
 * <p>Labels are class indices or distributions (soft labels, mixup). Class weights take indices
 * only. Differs from DJL's {@code SoftmaxCrossEntropyLoss} in that a {@link CompositeLoss} shares
 * its log-softmax with the calibration term, and in the ignore index.
 */
public final class CrossEntropyLoss extends LogitLoss {

    private final double[] classWeights;
    private final Double extraLogit;

    private CrossEntropyLoss(Builder builder) {
        super(builder);
        this.classWeights = builder.classWeights;
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
        NDArray rows = batch.crossEntropy();
        if (extraLogit != null) {
            NDArray logNormaliser =
                    LogitBatch.pick(batch.logits(), batch.labels())
                            .sub(LogitBatch.pick(batch.logProbabilities(), batch.labels()));
            rows = rows.add(Stable.softPlus(logNormaliser.neg().add(extraLogit)));
        }
        if (classWeights == null) {
            return batch.mean(rows);
        }
        NDArray weights = batch.masked(weightsOfLabels(batch));
        return rows.mul(weights).sum().div(weights.sum().maximum(Float.MIN_NORMAL));
    }

    private NDArray weightsOfLabels(LogitBatch batch) {
        Checks.that(!batch.hasDistributions(), "class weights take class indices as labels");
        Checks.that(
                classWeights.length == batch.classes(),
                "logits have %d classes, expected %d, one for each class weight",
                batch.classes(),
                classWeights.length);
        return batch.manager()
                .create(classWeights)
                .toType(batch.dataType(), false)
                .gather(batch.labels(), 0);
    }

    /** Builds a {@link CrossEntropyLoss}. */
    public static final class Builder extends LogitLoss.Builder<Builder> {

        private double[] classWeights;
        private Double extraLogit;

        private Builder() {
            super("CrossEntropyLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the weight of each class.
         *
         * @param classWeights finite weights, none negative, one for each class
         * @return this builder
         */
        public Builder optClassWeights(double... classWeights) {
            for (int k = 0; k < classWeights.length; k++) {
                Checks.nonNegative("classWeights[" + k + "]", classWeights[k]);
            }
            this.classWeights = classWeights.clone();
            return this;
        }

        /**
         * Adds a class with this constant logit to the denominator of the softmax.
         *
         * @param extraLogit the logit {@code z_0}
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
