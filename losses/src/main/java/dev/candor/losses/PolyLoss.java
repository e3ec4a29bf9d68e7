package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import dev.candor.internal.Checks;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Scalars;

/**
 * Poly-1: cross-entropy with another coefficient on the first term of its expansion in powers of
 * {@code 1 - p_y}.
 *
 * <pre>
 *   L = CE + epsilon (1/N) sum_i (1 - p_y)
 * </pre>
 *
 * <p>{@code epsilon} is finite; above 0 it presses on uncertain labels, below 0 it spares them, 0
 * is cross-entropy. With distributions as labels {@code p_y = sum_k y_k p_k}. Not a calibration
 * method of its own: an epsilon above 0 raises confidence, one below 0 lowers it.
 *
 * <p>Source: Leng et al., <i>PolyLoss: A Polynomial Expansion Perspective of Classification Loss
 * Functions</i>, ICLR 2022, arXiv:2204.12511.
 */
public final class PolyLoss extends LogitLoss {

    private final double epsilon;

    private PolyLoss(Builder builder) {
        super(builder);
        this.epsilon = builder.epsilon;
    }

    /**
     * Returns the loss with epsilon 1.
     *
     * @return the loss
     */
    public static PolyLoss of() {
        return builder().build();
    }

    /**
     * Returns the loss with the given epsilon.
     *
     * @param epsilon the coefficient, finite
     * @return the loss
     */
    public static PolyLoss of(double epsilon) {
        return builder().optEpsilon(epsilon).build();
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
        NDArray probability =
                batch.hasDistributions()
                        ? batch.probabilities().mul(batch.targets()).sum(new int[] {1})
                        : batch.labelLogProbabilities().exp();
        NDArray rows = batch.crossEntropy().add(Scalars.times(probability, -epsilon).add(epsilon));
        return batch.mean(rows);
    }

    /** Builds a {@link PolyLoss}. */
    public static final class Builder extends LogitLoss.Builder<Builder> {

        private double epsilon = 1;

        private Builder() {
            super("PolyLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the coefficient of {@code 1 - p_y}.
         *
         * @param epsilon finite, default 1
         * @return this builder
         */
        public Builder optEpsilon(double epsilon) {
            Checks.that(Double.isFinite(epsilon), "epsilon = %s, expected a finite value", epsilon);
            this.epsilon = epsilon;
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         */
        public PolyLoss build() {
            return new PolyLoss(this);
        }
    }
}
