package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import dev.candor.internal.Checks;
import dev.candor.internal.FocalTerms;
import dev.candor.internal.LogitBatch;

/**
 * Focal loss whose focusing strength depends on how probable the label is, by default FLSD-53.
 *
 * <pre>
 *   L = -(1/N) sum_i (1 - p_y)^gamma_i log p_y,   gamma_i = 5 if p_y &lt; 0.2, else 3
 * </pre>
 *
 * <p>{@code gamma_i >= 0} follows from {@code p_y} and carries no gradient. With distributions as
 * labels, the term is summed over classes with weights {@code y_k}, each class with the gamma of
 * its own {@code p_k}. The mean over samples is taken, where the authors' code sums: learning rates
 * do not carry over. Other steps go through {@link Builder#optGammas}; {@link #gammaFor} tells the
 * gamma that suits a probability, 4.85 for 0.2 and 3.07 for 0.25, from which the authors round 5
 * and 3. See {@link ScheduledFocalLoss} for a gamma that changes over time instead.
 *
 * <p>Source: Mukhoti et al., <i>Calibrating Deep Neural Networks using Focal Loss</i>, NeurIPS
 * 2020, arXiv:2002.09437.
 */
public final class SampleDependentFocalLoss extends LogitLoss {

    private static final int BISECTIONS = 200;

    private final double[] thresholds;
    private final double[] gammas;

    private SampleDependentFocalLoss(Builder builder) {
        super(builder);
        this.thresholds = builder.thresholds;
        this.gammas = builder.gammas;
    }

    /**
     * Returns FLSD-53: gamma 5 below probability 0.2, 3 from there on.
     *
     * @return the loss
     */
    public static SampleDependentFocalLoss of() {
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

    /**
     * Returns the gamma at which focal loss pulls as hard as cross-entropy on a label of the given
     * probability, harder on less probable ones and less hard on more probable ones: the largest
     * root of
     *
     * <pre>
     *   g(gamma) = (1 - p)^gamma - gamma p (1 - p)^(gamma - 1) log p = 1
     * </pre>
     *
     * @param probability p in {@code 0..1}, 0 excluded
     * @return gamma; 0 from p = 0.5 on, where gamma 0 is the only root
     * @throws IllegalArgumentException if the probability is out of range
     */
    public static double gammaFor(double probability) {
        Checks.that(
                probability > 0 && probability <= 1,
                "probability = %s, expected more than 0 and at most 1",
                probability);
        if (probability >= 0.5) {
            return 0;
        }
        double slope = probability * Math.log(probability);
        double low = (1 - probability) / slope - 1 / Math.log1p(-probability);
        double high = 2 * low + 1;
        while (logGradientRatio(high, probability) > 0) {
            high *= 2;
        }
        for (int i = 0; i < BISECTIONS; i++) {
            double middle = (low + high) / 2;
            if (logGradientRatio(middle, probability) > 0) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return high;
    }

    /**
     * {@code log g(gamma)}: zero at gamma 0, then a hump, then falling without end. The search
     * starts at the top of the hump, where {@code low} is, to find the root behind it.
     */
    private static double logGradientRatio(double gamma, double p) {
        return gamma * Math.log1p(-p) + Math.log1p(-gamma * p * Math.log(p) / (1 - p));
    }

    @Override
    NDArray evaluate(LogitBatch batch) {
        return FocalTerms.mean(batch, this::focal);
    }

    private NDArray focal(NDArray logProbability) {
        NDArray complement = FocalTerms.complement(logProbability, gammas);
        return complement.pow(gammaOf(logProbability)).mul(logProbability).neg();
    }

    private NDArray gammaOf(NDArray logProbability) {
        NDArray gamma = null;
        for (int i = 0; i < thresholds.length; i++) {
            NDArray below =
                    logProbability
                            .lt(Math.log(thresholds[i]))
                            .toType(logProbability.getDataType(), false)
                            .mul(gammas[i] - gammas[i + 1]);
            gamma = gamma == null ? below : gamma.add(below);
        }
        return gamma.add(gammas[thresholds.length]);
    }

    /** Builds a {@link SampleDependentFocalLoss}. */
    public static final class Builder extends LogitLoss.Builder<Builder> {

        private double[] thresholds = {0.2};
        private double[] gammas = {5, 3};

        private Builder() {
            super("SampleDependentFocalLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets gamma as a step function of the probability of the label.
         *
         * @param thresholds probabilities at which gamma steps, ascending between 0 and 1, default
         *     {@code 0.2}
         * @param gammas the gamma below each threshold, then the one from the last on, each {@code
         *     >= 0}, default {@code 5, 3}
         * @return this builder
         * @throws IllegalArgumentException if the thresholds do not ascend, or there is not one
         *     gamma more than thresholds
         */
        public Builder optGammas(double[] thresholds, double... gammas) {
            Checks.atLeast("thresholds", thresholds.length, 1);
            Checks.that(
                    gammas.length == thresholds.length + 1,
                    "%d gammas for %d thresholds, expected one more than thresholds",
                    gammas.length,
                    thresholds.length);
            double last = 0;
            for (int i = 0; i < thresholds.length; i++) {
                last = Checks.strictlyWithin("thresholds[" + i + "]", thresholds[i], last, 1);
            }
            for (int i = 0; i < gammas.length; i++) {
                Checks.nonNegative("gammas[" + i + "]", gammas[i]);
            }
            this.thresholds = thresholds.clone();
            this.gammas = gammas.clone();
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         */
        public SampleDependentFocalLoss build() {
            return new SampleDependentFocalLoss(this);
        }
    }
}
