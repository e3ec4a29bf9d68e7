package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import dev.candor.internal.Checks;
import dev.candor.internal.FocalTerms;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Scalars;
import dev.candor.internal.Validation;
import java.util.Arrays;

/**
 * Distribution-balanced loss for long-tailed data with several labels a sample: sigmoid focal loss
 * that undoes the over-sampling of frequent labels and bears with the mass of negatives.
 *
 * <pre>
 *   L = (1 / (N K)) sum_i sum_k  1/2 w_ik (1 - q_ik)^gamma (-log q_ik)
 *
 *   label y_ik = 1:  q_ik = sigmoid(z_ik + nu_k),             w_ik = r_ik
 *   label y_ik = 0:  q_ik = sigmoid(-lambda (z_ik + nu_k)),   w_ik = r_ik / lambda
 *
 *   nu_k = -kappa log(n / n_k - 1)
 *   r_ik = alpha + sigmoid(beta ((1 / n_k) / (sum_{l: y_il = 1} 1 / n_l) - mu))
 * </pre>
 *
 * <p>{@code n_k} is the number of training samples with label k, of {@code n} in all. {@code gamma
 * >= 0} is the focusing strength (2; 0 leaves the loss unfocused, the half stays). Rebalancing has
 * {@code alpha >= 0} (0.1), {@code beta > 0} (10) and {@code mu} (0.9 for text; the authors take
 * 0.3 and 0.2 for images); without it {@code w = 1}. Negative tolerance has {@code kappa >= 0}
 * (0.05) and {@code lambda > 0} (2; 5 on one of the authors' data sets); without it {@code nu = 0},
 * {@code lambda = 1}. Both make DB-FL, rebalancing alone R-FL, tolerance alone NTR-FL. A sample
 * without any label weighs as if its labels were infinitely frequent, {@code r = alpha + 1}.
 *
 * <p>Labels are zeros and ones of the shape of the logits, {@code [N, K]} or {@code [N, T, K]}, of
 * any type; there is no ignored label. The network learns biased and scaled sigmoids, so its
 * outputs are to be calibrated afterwards.
 *
 * <p>Source: Wu et al., <i>Distribution-Balanced Loss for Multi-Label Classification in Long-Tailed
 * Datasets</i>, ECCV 2020, arXiv:2007.09654; variants: Huang et al., <i>Balancing Methods for
 * Multi-label Text Classification with Long-Tailed Class Distribution</i>, EMNLP 2021,
 * arXiv:2109.04712. The code of the former divides nu by lambda, a bug that its author confirmed
 * and the latter repairs; the half is the latter's.
 */
public final class DistributionBalancedLoss extends LogitLoss {

    /** A float, for a double would make float64 of a float32 scalar. */
    private static final float BALANCE = 0.5f;

    /** Below the inverse of any count, and so only met by samples without a label. */
    private static final double SMALLEST_FREQUENCY = 1e-12;

    private final double[] inverseCounts;
    private final double[] biases;
    private final boolean rebalanced;
    private final boolean tolerant;
    private final double gamma;
    private final double alpha;
    private final double beta;
    private final double mu;
    private final double lambda;

    private DistributionBalancedLoss(Builder builder) {
        super(builder);
        this.inverseCounts = Arrays.stream(builder.counts).mapToDouble(n -> 1.0 / n).toArray();
        this.biases =
                Arrays.stream(builder.counts)
                        .mapToDouble(
                                n -> -builder.kappa * Math.log((double) builder.samples / n - 1))
                        .toArray();
        this.rebalanced = builder.rebalanced;
        this.tolerant = builder.tolerant;
        this.gamma = builder.gamma;
        this.alpha = builder.alpha;
        this.beta = builder.beta;
        this.mu = builder.mu;
        this.lambda = builder.lambda;
    }

    /**
     * Returns DB-FL: rebalanced and negative-tolerant.
     *
     * @param samples n, the number of training samples
     * @param counts the number of training samples with each label, in {@code 1..samples - 1}
     * @return the loss
     */
    public static DistributionBalancedLoss of(long samples, long... counts) {
        return builder().setSamples(samples).setCounts(counts).build();
    }

    /**
     * Returns R-FL: rebalanced, not negative-tolerant.
     *
     * @param counts the number of training samples with each label, at least 1 each
     * @return the loss
     */
    public static DistributionBalancedLoss rebalancedFocal(long... counts) {
        return builder().setCounts(counts).optTolerant(false).build();
    }

    /**
     * Returns NTR-FL: negative-tolerant, not rebalanced.
     *
     * @param samples n, the number of training samples
     * @param counts the number of training samples with each label, in {@code 1..samples - 1}
     * @return the loss
     */
    public static DistributionBalancedLoss negativeTolerantFocal(long samples, long... counts) {
        return builder().setSamples(samples).setCounts(counts).optRebalanced(false).build();
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
    LogitBatch batch(NDArray labels, NDArray logits) {
        LogitBatch batch = LogitBatch.of(labels, logits, null, false);
        if (validate && batch.hasDistributions()) {
            Validation.finite(batch.logits());
            Validation.binary(batch.targets());
        }
        return batch;
    }

    @Override
    NDArray evaluate(LogitBatch batch) {
        Checks.that(
                batch.hasDistributions(),
                "labels hold class indices, expected zeros and ones of the shape of the logits");
        Checks.that(
                inverseCounts.length == batch.classes(),
                "logits have %d classes, expected %d, one for each count",
                batch.classes(),
                inverseCounts.length);
        NDArray logits = batch.logits();
        NDArray targets = batch.targets();
        double negative = tolerant ? lambda : 1;
        NDArray scale = targets.mul(-1 - negative).add(negative);
        NDArray wrong = (tolerant ? logits.add(batch.constants(biases)) : logits).mul(scale);
        NDArray terms = FocalTerms.binary(wrong, gamma);
        if (rebalanced) {
            terms = terms.mul(weights(batch));
        }
        return Scalars.times(terms.mean(), BALANCE);
    }

    private NDArray weights(LogitBatch batch) {
        NDArray targets = batch.targets();
        NDArray inverse = batch.constants(inverseCounts);
        NDArray frequency =
                targets.mul(inverse).sum(new int[] {1}, true).maximum(SMALLEST_FREQUENCY);
        NDArray share = inverse.mul(beta).div(frequency);
        NDArray weights = Activation.sigmoid(share.sub(beta * mu)).add(alpha);
        return tolerant ? weights.mul(targets.mul(1 - 1 / lambda).add(1 / lambda)) : weights;
    }

    /** Builds a {@link DistributionBalancedLoss}. */
    public static final class Builder extends LogitLoss.Builder<Builder> {

        private long samples;
        private long[] counts = {};
        private boolean rebalanced = true;
        private boolean tolerant = true;
        private double gamma = 2;
        private double alpha = 0.1;
        private double beta = 10;
        private double mu = 0.9;
        private double kappa = 0.05;
        private double lambda = 2;

        private Builder() {
            super("DistributionBalancedLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the number of training samples. Required for negative tolerance.
         *
         * @param samples n, more than the samples of any label
         * @return this builder
         */
        public Builder setSamples(long samples) {
            this.samples = samples;
            return this;
        }

        /**
         * Sets the number of training samples with each label. Required.
         *
         * @param counts {@code n_k}, at least 1 each
         * @return this builder
         */
        public Builder setCounts(long... counts) {
            this.counts = counts.clone();
            return this;
        }

        /**
         * Sets whether labels are rebalanced.
         *
         * @param rebalanced default true
         * @return this builder
         */
        public Builder optRebalanced(boolean rebalanced) {
            this.rebalanced = rebalanced;
            return this;
        }

        /**
         * Sets how rebalancing weights are smoothed.
         *
         * @param alpha the least weight, {@code >= 0}, default 0.1
         * @param beta the slope, finite and above 0, default 10
         * @param mu the share at which the weight is half way, finite, default 0.9
         * @return this builder
         */
        public Builder optSmoothing(double alpha, double beta, double mu) {
            this.alpha = Checks.nonNegative("alpha", alpha);
            this.beta = Checks.positive("beta", beta);
            Checks.that(Double.isFinite(mu), "mu = %s, expected a finite value", mu);
            this.mu = mu;
            return this;
        }

        /**
         * Sets whether negatives are borne with.
         *
         * @param tolerant default true
         * @return this builder
         */
        public Builder optTolerant(boolean tolerant) {
            this.tolerant = tolerant;
            return this;
        }

        /**
         * Sets how negatives are borne with.
         *
         * @param kappa how far logits are shifted by class frequency, {@code >= 0}, default 0.05
         * @param lambda the factor on the logits of negatives, finite and above 0, default 2
         * @return this builder
         */
        public Builder optTolerance(double kappa, double lambda) {
            this.kappa = Checks.nonNegative("kappa", kappa);
            this.lambda = Checks.positive("lambda", lambda);
            return this;
        }

        /**
         * Sets the focusing strength.
         *
         * @param gamma {@code >= 0}, default 2; 0 leaves the loss unfocused
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
         * @throws IllegalArgumentException if a count is out of range or was not set
         */
        public DistributionBalancedLoss build() {
            Checks.atLeast("counts", counts.length, 1);
            long largest = tolerant ? samples - 1 : Long.MAX_VALUE;
            for (int k = 0; k < counts.length; k++) {
                Checks.that(
                        counts[k] >= 1 && counts[k] <= largest,
                        "counts[%d] = %d, expected 1..%d",
                        k,
                        counts[k],
                        largest);
            }
            return new DistributionBalancedLoss(this);
        }
    }
}
