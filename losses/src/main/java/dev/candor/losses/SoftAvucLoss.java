package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import dev.candor.internal.Checks;
import dev.candor.internal.Entropies;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Scalars;

/**
 * Soft accuracy versus uncertainty calibration: {@link AvucLoss} with certainty by degrees, so that
 * the threshold has a gradient too. Made to be added to a primary loss, see {@link CompositeLoss}.
 *
 * <p>With entropy {@code H_i} in nats and normalised entropy {@code h_i = H_i / log K}, a sample is
 * uncertain by the degree {@code t_i = sigmoid( (1/T) log[ h_i (1 - kappa) / ((1 - h_i) kappa) ]
 * )}, one half at {@code h_i = kappa}. The samples are summed in four groups:
 *
 * <pre>
 *   n_AC = sum_accurate (1 - t_i)(1 - tanh H_i)     n_AU = sum_accurate t_i tanh H_i
 *   n_IC = sum_inaccurate (1 - t_i)(1 - tanh H_i)   n_IU = sum_inaccurate t_i tanh H_i
 *   L = log( 1 + (n_AU + n_IC) / (n_AC + n_IU) )
 * </pre>
 *
 * <p>{@code kappa} in {@code (0, 1)} is the threshold (0.5) and {@code T > 0} the temperature of
 * the degree (1); both are to be tuned. The degree uses the normalised entropy and the hyperbolic
 * tangent the raw one, as in the paper. The gradient flows through the entropy alone and vanishes
 * on saturated logits; correctness carries none. Labels are class indices or distributions, of
 * which the most probable class counts. A batch statistic: use 128 samples or more.
 *
 * <p>Source: Karandikar et al., <i>Soft Calibration Objectives for Neural Networks</i>, NeurIPS
 * 2021, arXiv:2108.00106, equation 15. The authors' code mixes a uniform share of 1e-5 into
 * probabilities: {@code optSmoothing(1e-5)}. A port in circulation divides the entropy by K in
 * place of {@code log K}.
 */
public final class SoftAvucLoss extends LogitLoss {

    /** Keeps the logit of the normalised entropy finite. */
    private static final double ENTROPY_MARGIN = 1e-6;

    private final double threshold;
    private final double temperature;
    private final double smoothing;

    private SoftAvucLoss(Builder builder) {
        super(builder);
        this.threshold = builder.threshold;
        this.temperature = builder.temperature;
        this.smoothing = builder.smoothing;
    }

    /**
     * Returns the loss with kappa 0.5 and temperature 1.
     *
     * @return the loss
     */
    public static SoftAvucLoss of() {
        return builder().build();
    }

    /**
     * Returns the loss with the given threshold and temperature.
     *
     * @param threshold kappa in {@code (0, 1)}
     * @param temperature T, finite and above 0
     * @return the loss
     */
    public static SoftAvucLoss of(double threshold, double temperature) {
        return builder().optThreshold(threshold).optTemperature(temperature).build();
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
        NDArray entropy =
                smoothing == 0
                        ? batch.entropy()
                        : Entropies.entropy(
                                Entropies.mixWithUniform(batch.probabilities(), smoothing));
        NDArray degree = degreeOfUncertainty(entropy, Math.log(batch.classes()));
        NDArray tanh = entropy.tanh();
        NDArray uncertain = degree.mul(tanh);
        NDArray certain = uncertain.sub(degree).sub(tanh).add(1);
        NDArray all = batch.sum(uncertain.add(certain));
        NDArray correct = batch.correct();
        NDArray agreeing = batch.sum(uncertain.add(correct.mul(certain.sub(uncertain))));
        return all.sub(agreeing)
                .div(Scalars.atLeast(agreeing, AvucLoss.SMALLEST_WEIGHT))
                .add(1)
                .log();
    }

    private NDArray degreeOfUncertainty(NDArray entropy, double greatest) {
        NDArray share = Scalars.atLeast(Scalars.over(entropy, greatest), ENTROPY_MARGIN);
        share = Scalars.atMost(share, 1 - ENTROPY_MARGIN);
        NDArray odds = share.div(share.neg().add(1)).log();
        double oddsOfThreshold = Math.log(threshold / (1 - threshold));
        return Activation.sigmoid(Scalars.over(odds.sub(oddsOfThreshold), temperature));
    }

    /** Builds a {@link SoftAvucLoss}. */
    public static final class Builder extends LogitLoss.Builder<Builder> {

        private double threshold = 0.5;
        private double temperature = 1;
        private double smoothing;

        private Builder() {
            super("SoftAvucLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the normalised entropy at which a sample is as certain as uncertain.
         *
         * @param threshold kappa in {@code (0, 1)}, default 0.5
         * @return this builder
         */
        public Builder optThreshold(double threshold) {
            this.threshold = Checks.strictlyWithin("threshold", threshold, 0, 1);
            return this;
        }

        /**
         * Sets the temperature of the degree of uncertainty.
         *
         * @param temperature T, finite and above 0, default 1
         * @return this builder
         */
        public Builder optTemperature(double temperature) {
            this.temperature = Checks.positive("temperature", temperature);
            return this;
        }

        /**
         * Sets the share of the uniform distribution that is mixed into probabilities before their
         * entropy is taken.
         *
         * @param smoothing in {@code 0..1}, default 0
         * @return this builder
         */
        public Builder optSmoothing(double smoothing) {
            this.smoothing = Checks.within("smoothing", smoothing, 0, 1);
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         */
        public SoftAvucLoss build() {
            return new SoftAvucLoss(this);
        }
    }
}
