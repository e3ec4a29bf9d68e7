package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import dev.candor.internal.Checks;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Scalars;

/**
 * Cross-entropy that pays for certainty: the entropy of the predictions is rewarded, or, with a
 * threshold, only the lack of it is penalised.
 *
 * <pre>
 *   plain   L = CE - beta (1/N) sum_i H_i
 *   hinge   L = CE + beta (1/N) sum_i max(0, Gamma - H_i)
 * </pre>
 *
 * <p>{@code H_i = -sum_k p_ik log p_ik} in nats, {@code beta >= 0} the strength (0.1 in use),
 * {@code Gamma > 0} the entropy above which nothing is paid, at most {@code ln K}. The plain form
 * can be negative. Labels are class indices or distributions.
 *
 * <p>Not to be added to label smoothing, which pulls the same way. Other libraries differ: some
 * average the entropy over classes too, which weakens beta K times, some add {@code ln K}, and one
 * has the sign reversed, which raises confidence.
 *
 * <p>Source: Pereyra et al., <i>Regularizing Neural Networks by Penalizing Confident Output
 * Distributions</i>, ICLR 2017 workshop, arXiv:1701.06548.
 */
public final class ConfidencePenalty extends SampleLoss {

    private final double strength;
    private final Double threshold;

    private ConfidencePenalty(Builder builder) {
        super(builder);
        this.strength = builder.strength;
        this.threshold = builder.threshold;
    }

    /**
     * Returns the plain form with beta 0.1.
     *
     * @return the loss
     */
    public static ConfidencePenalty of() {
        return builder().build();
    }

    /**
     * Returns the plain form with the given strength.
     *
     * @param strength beta, finite and {@code >= 0}
     * @return the loss
     */
    public static ConfidencePenalty of(double strength) {
        return builder().optStrength(strength).build();
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
        NDArray rows = batch.crossEntropy();
        if (strength == 0) {
            return rows;
        }
        if (threshold == null) {
            return rows.sub(Scalars.times(batch.entropy(), strength));
        }
        NDArray lack = Activation.relu(batch.entropy().neg().add(threshold));
        return rows.add(Scalars.times(lack, strength));
    }

    /** Builds a {@link ConfidencePenalty}. */
    public static final class Builder extends SampleLoss.Builder<Builder> {

        private double strength = 0.1;
        private Double threshold;

        private Builder() {
            super("ConfidencePenalty");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the strength of the penalty.
         *
         * @param strength beta, finite and {@code >= 0}, default 0.1
         * @return this builder
         */
        public Builder optStrength(double strength) {
            this.strength = Checks.nonNegative("strength", strength);
            return this;
        }

        /**
         * Penalises only entropies below a threshold: the hinge form.
         *
         * @param threshold Gamma in nats, finite and above 0
         * @return this builder
         */
        public Builder optThreshold(double threshold) {
            this.threshold = Checks.positive("threshold", threshold);
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         */
        public ConfidencePenalty build() {
            return new ConfidencePenalty(this);
        }
    }
}
