package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import dev.candor.internal.Checks;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Scalars;

/**
 * Cross-entropy against labels mixed with the uniform distribution.
 *
 * <pre>
 *   L = (1 - alpha) CE + alpha (1/N) sum_i (1/K) sum_k -log p_ik
 * </pre>
 *
 * <p>{@code alpha} is the smoothing, 0.05 to 0.1 as a rule; 0 is cross-entropy. Two conventions are
 * in use, and figures differ between them: {@link Convention#ALL_CLASSES} spreads alpha over all K
 * classes, {@link Convention#WRONG_CLASSES} over the K - 1 wrong ones, which equals the first with
 * {@code alpha K / (K - 1)}. Labels are class indices or distributions. Not to be combined with
 * mixup, which smooths already.
 *
 * <p>Source: Szegedy et al., <i>Rethinking the Inception Architecture</i>, CVPR 2016,
 * arXiv:1512.00567; for calibration: Müller et al., <i>When Does Label Smoothing Help?</i>, NeurIPS
 * 2019, arXiv:1906.02629.
 */
public final class LabelSmoothingLoss extends SampleLoss {

    /** How the smoothing mass is spread. */
    public enum Convention {
        /** {@code alpha / K} to every class, the right one included. */
        ALL_CLASSES,
        /** {@code alpha / (K - 1)} to every wrong class. */
        WRONG_CLASSES
    }

    private final double smoothing;
    private final Convention convention;

    private LabelSmoothingLoss(Builder builder) {
        super(builder);
        this.smoothing = builder.smoothing;
        this.convention = builder.convention;
    }

    /**
     * Returns the loss with smoothing 0.1 over all classes.
     *
     * @return the loss
     */
    public static LabelSmoothingLoss of() {
        return builder().build();
    }

    /**
     * Returns the loss with the given smoothing over all classes.
     *
     * @param smoothing alpha in {@code 0..1}
     * @return the loss
     */
    public static LabelSmoothingLoss of(double smoothing) {
        return builder().optSmoothing(smoothing).build();
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
        double classes = batch.classes();
        double alpha =
                convention == Convention.ALL_CLASSES
                        ? smoothing
                        : smoothing * classes / (classes - 1);
        if (alpha == 0) {
            return batch.crossEntropy();
        }
        // A sum over classes: the gradient of the engine's mean costs as much as the log-softmax.
        NDArray uniform = Scalars.times(batch.logProbabilities().sum(new int[] {1}), alpha / classes);
        return Scalars.times(batch.crossEntropy(), 1 - alpha).sub(uniform);
    }

    /** Builds a {@link LabelSmoothingLoss}. */
    public static final class Builder extends SampleLoss.Builder<Builder> {

        private double smoothing = 0.1;
        private Convention convention = Convention.ALL_CLASSES;

        private Builder() {
            super("LabelSmoothingLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the smoothing.
         *
         * @param smoothing alpha in {@code 0..1}, default 0.1
         * @return this builder
         */
        public Builder optSmoothing(double smoothing) {
            this.smoothing = Checks.within("smoothing", smoothing, 0, 1);
            return this;
        }

        /**
         * Sets how the smoothing mass is spread.
         *
         * @param convention default {@link Convention#ALL_CLASSES}
         * @return this builder
         */
        public Builder optConvention(Convention convention) {
            this.convention = convention;
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         */
        public LabelSmoothingLoss build() {
            return new LabelSmoothingLoss(this);
        }
    }
}
