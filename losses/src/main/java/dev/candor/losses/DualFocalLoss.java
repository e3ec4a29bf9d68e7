package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.candor.internal.Checks;
import dev.candor.internal.FocalTerms;
import dev.candor.internal.LogitBatch;

/**
 * Dual focal loss: focal loss that also looks at the class ranked next below the label, and so
 * neither lets the network grow overconfident nor, as focal loss does, underconfident.
 *
 * <pre>
 *   L = -(1/N) sum_i (1 - p_y + p_j)^gamma log p_y,   p_j = max { p_k : p_k &lt; p_y }
 * </pre>
 *
 * <p>{@code gamma >= 0} is the focusing strength, 0 is cross-entropy; the authors tune it for each
 * data set. {@code p_j} is 0 where no class is less probable than the label; the gradient flows
 * through it. Labels are class indices. The mean over samples is taken, where the authors' code
 * sums: learning rates do not carry over.
 *
 * <p>Source: Tao et al., <i>Dual Focal Loss for Calibration</i>, ICML 2023, arXiv:2305.13665.
 */
public final class DualFocalLoss extends LogitLoss {

    private final double gamma;

    private DualFocalLoss(Builder builder) {
        super(builder);
        this.gamma = builder.gamma;
    }

    /**
     * Returns the loss with gamma 5.
     *
     * @return the loss
     */
    public static DualFocalLoss of() {
        return builder().build();
    }

    /**
     * Returns the loss with the given gamma.
     *
     * @param gamma the focusing strength, {@code >= 0}
     * @return the loss
     */
    public static DualFocalLoss of(double gamma) {
        return builder().optGamma(gamma).build();
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
        Checks.that(!batch.hasDistributions(), "dual focal loss takes class indices as labels");
        NDArray logProbability = batch.labelLogProbabilities();
        NDArray base = FocalTerms.complement(logProbability, gamma).add(nextBelowLabel(batch));
        return batch.mean(FocalTerms.power(base, gamma).mul(logProbability).neg());
    }

    /**
     * {@code p_j}, {@code [M]}. Both sides of the comparison come from one tensor, or the label
     * would be below itself by a rounding error.
     */
    private static NDArray nextBelowLabel(LogitBatch batch) {
        NDArray probabilities = batch.probabilities();
        NDArray label = batch.labels().expandDims(1);
        NDArray classes = batch.manager().arange(0, (int) batch.classes(), 1, DataType.INT64);
        NDArray below =
                probabilities.lt(probabilities.gather(label, 1)).logicalAnd(classes.neq(label));
        return probabilities.mul(below).max(new int[] {1});
    }

    /** Builds a {@link DualFocalLoss}. */
    public static final class Builder extends LogitLoss.Builder<Builder> {

        private double gamma = 5;

        private Builder() {
            super("DualFocalLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the focusing strength.
         *
         * @param gamma {@code >= 0}, default 5
         * @return this builder
         */
        public Builder optGamma(double gamma) {
            this.gamma = Checks.nonNegative("gamma", gamma);
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         */
        public DualFocalLoss build() {
            return new DualFocalLoss(this);
        }
    }
}
