package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import dev.candor.internal.Checks;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Scalars;

/**
 * Cross-entropy of logits brought to one length, so that the network cannot grow certain by growing
 * its logits.
 *
 * <pre>
 *   L = CE(u),   u_ik = z_ik / (tau (||z_i|| + 1e-7)),   ||z_i|| = sqrt(sum_k z_ik^2 + 1e-12)
 * </pre>
 *
 * <p>{@code tau > 0} is the temperature, 0.04 in the paper. It has to shrink as the number of
 * classes grows, because the loss cannot fall below {@code log(1 + (K - 1) e^{-2 / tau})}: the
 * authors' README trains with 0.01, and they advise 0.0085 for 100 classes. At tau near 1 that
 * bound is most of the loss. Labels are class indices or distributions.
 *
 * <p>For training only: predict from the raw logits. Their confidence is low, so follow with
 * temperature scaling, fitted on other data than the test set. The guard inside the root keeps the
 * gradient finite at z = 0, but it stays large nearby, {@code 1 / (tau ||z||)}: clip gradients. The
 * loss has a log-softmax of its own, which a {@link CompositeLoss} cannot share.
 *
 * <p>Source: Wei et al., <i>Mitigating Neural Network Overconfidence with Logit Normalization</i>,
 * ICML 2022, arXiv:2205.09310.
 */
public final class LogitNormLoss extends SampleLoss {

    private static final double ROOT_GUARD = 1e-12;
    private static final double LENGTH_GUARD = 1e-7;

    private final double temperature;

    private LogitNormLoss(Builder builder) {
        super(builder);
        this.temperature = builder.temperature;
    }

    /**
     * Returns the loss with temperature 0.04.
     *
     * @return the loss
     */
    public static LogitNormLoss of() {
        return builder().build();
    }

    /**
     * Returns the loss with the given temperature.
     *
     * @param temperature tau, finite and above 0
     * @return the loss
     */
    public static LogitNormLoss of(double temperature) {
        return builder().optTemperature(temperature).build();
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
        NDArray logits = batch.logits();
        NDArray length =
                logits.norm(2, new int[] {1}, true)
                        .square()
                        .add(ROOT_GUARD)
                        .sqrt()
                        .add(LENGTH_GUARD);
        try (NDArray scaled = logits.mul(Scalars.power(Scalars.times(length, temperature), -1))) {
            return batch.withLogits(scaled).crossEntropy();
        }
    }

    /** Builds a {@link LogitNormLoss}. */
    public static final class Builder extends SampleLoss.Builder<Builder> {

        private double temperature = 0.04;

        private Builder() {
            super("LogitNormLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the temperature.
         *
         * @param temperature tau, finite and above 0, default 0.04
         * @return this builder
         */
        public Builder optTemperature(double temperature) {
            this.temperature = Checks.positive("temperature", temperature);
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         */
        public LogitNormLoss build() {
            return new LogitNormLoss(this);
        }
    }
}
