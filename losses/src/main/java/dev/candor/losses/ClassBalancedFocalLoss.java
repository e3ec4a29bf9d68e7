package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import dev.candor.internal.Checks;
import dev.candor.internal.FocalTerms;
import dev.candor.internal.LogitBatch;

/**
 * Class-balanced focal loss: sigmoid focal loss, one class against all others, with samples of rare
 * classes weighing more.
 *
 * <pre>
 *   L = (1/N) sum_i w_{y_i} sum_k -(1 - q_ik)^gamma log q_ik,
 *   q_ik = sigmoid(z_ik) if k = y_i, else sigmoid(-z_ik)
 * </pre>
 *
 * <p>{@code w} are the {@link ClassBalancedWeights} of beta in {@code [0, 1)} and the number of
 * training samples of each class; {@code gamma >= 0} is the focusing strength, 0 is class-balanced
 * sigmoid cross-entropy. Labels are class indices. The network learns sigmoids: a softmax over its
 * logits is not what was trained. For softmax cross-entropy with these weights see {@link
 * ClassBalancedWeights}.
 *
 * <p>Source: Cui et al., <i>Class-Balanced Loss Based on Effective Number of Samples</i>, CVPR
 * 2019, arXiv:1901.05555.
 */
public final class ClassBalancedFocalLoss extends LogitLoss {

    private final double[] weights;
    private final double gamma;

    private ClassBalancedFocalLoss(Builder builder) {
        super(builder);
        this.weights = ClassBalancedWeights.of(builder.beta, builder.counts);
        this.gamma = builder.gamma;
    }

    /**
     * Returns the loss with gamma 1.
     *
     * @param beta in {@code [0, 1)}, usual are 0.9, 0.99, 0.999 and 0.9999
     * @param counts the number of training samples of each class, at least 1 each
     * @return the loss
     */
    public static ClassBalancedFocalLoss of(double beta, long... counts) {
        return builder().setBeta(beta).setCounts(counts).build();
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
        Checks.that(!batch.hasDistributions(), "class balancing takes class indices as labels");
        Checks.that(
                weights.length == batch.classes(),
                "logits have %d classes, expected %d, one for each count",
                batch.classes(),
                weights.length);
        NDArray weight = batch.constants(weights).gather(batch.labels(), 0);
        NDArray wrong = batch.logits().mul(batch.targets().mul(-2).add(1));
        NDArray terms = FocalTerms.binary(wrong, gamma);
        return batch.mean(terms.sum(new int[] {1}).mul(weight));
    }

    /** Builds a {@link ClassBalancedFocalLoss}. */
    public static final class Builder extends LogitLoss.Builder<Builder> {

        private double beta = Double.NaN;
        private long[] counts = {};
        private double gamma = 1;

        private Builder() {
            super("ClassBalancedFocalLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets how far classes are balanced. Required.
         *
         * @param beta in {@code [0, 1)}: 0 not at all, towards 1 by {@code 1 / n_k}
         * @return this builder
         */
        public Builder setBeta(double beta) {
            this.beta = beta;
            return this;
        }

        /**
         * Sets the number of training samples of each class. Required.
         *
         * @param counts at least 1 each
         * @return this builder
         */
        public Builder setCounts(long... counts) {
            this.counts = counts.clone();
            return this;
        }

        /**
         * Sets the focusing strength.
         *
         * @param gamma {@code >= 0}, default 1
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
         * @throws IllegalArgumentException if beta or a count is out of range or was not set
         */
        public ClassBalancedFocalLoss build() {
            return new ClassBalancedFocalLoss(this);
        }
    }
}
