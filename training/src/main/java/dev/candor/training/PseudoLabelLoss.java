package dev.candor.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.loss.Loss;
import ai.djl.training.tracker.Tracker;
import dev.candor.internal.Checks;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Scalars;

/**
 * Learns from samples without a label: by what the network is sure of, and by low entropy.
 *
 * <pre>
 *   L = L_primary + w(t) (1/N_u) sum_{i unlabelled} ( 1[c_i &gt;= tau] (-log p_{i,k_i}) + beta H_i )
 * </pre>
 *
 * <p>{@code c_i} is the confidence in the predicted class {@code k_i}, both constants; {@code tau}
 * in {@code 0..1} is what it takes to be taken for a label (0.95); {@code beta >= 0} weighs the
 * entropy {@code H_i} in nats (0); {@code N_u} is the number of unlabelled rows, at least 1; {@code
 * w >= 0} is a number or a {@link Tracker} of t, the number of training batches so far.
 *
 * <p>Logits are {@code [N, C]}, labels class indices {@code [N]}, -100 where there is none. The
 * primary loss must leave those out: {@code CrossEntropyLoss.builder().optIgnoreIndex(-100)}.
 *
 * <p>Both terms raise confidence: pair them with a calibrator, or with a calibration loss.
 *
 * <p>Sources: Lee, <i>Pseudo-Label: The Simple and Efficient Semi-Supervised Learning Method for
 * Deep Neural Networks</i>, ICML workshop 2013; Grandvalet and Bengio, <i>Semi-Supervised Learning
 * by Entropy Minimization</i>, NeurIPS 2004.
 */
public final class PseudoLabelLoss extends AuxiliaryLoss {

    private final double threshold;
    private final double entropyWeight;

    private PseudoLabelLoss(Builder builder) {
        super("PseudoLabelLoss", builder.primary, builder.weight);
        this.threshold = builder.threshold;
        this.entropyWeight = builder.entropyWeight;
    }

    /**
     * Returns the loss with threshold 0.95, without the entropy term.
     *
     * @param primary the loss of labelled samples, which ignores label -100
     * @return the loss
     */
    public static PseudoLabelLoss of(Loss primary) {
        return builder(primary).build();
    }

    /**
     * Returns a builder.
     *
     * @param primary the loss of labelled samples, which ignores label -100
     * @return the builder
     */
    public static Builder builder(Loss primary) {
        return new Builder(primary);
    }

    @Override
    NDList primaryOf(NDList predictions) {
        return predictions;
    }

    @Override
    NDArray term(NDList labels, NDList predictions) {
        LogitBatch batch =
                LogitBatch.of(
                        labels.head(),
                        predictions.singletonOrThrow(),
                        LogitBatch.IGNORE_INDEX,
                        false);
        if (batch.mask() == null) {
            return null;
        }
        NDArray unlabelled = batch.mask().neg().add(1);
        NDArray sure =
                batch.confidence().stopGradient().gte(threshold).toType(batch.dataType(), false);
        NDArray surprise =
                LogitBatch.pick(batch.logProbabilities(), batch.predicted()).neg().mul(sure);
        NDArray rows =
                entropyWeight == 0
                        ? surprise
                        : surprise.add(Scalars.times(batch.entropy(), entropyWeight));
        NDArray count = Scalars.atLeast(unlabelled.sum(), 1);
        return rows.mul(unlabelled).sum().div(count);
    }

    /** Builds a {@link PseudoLabelLoss}. */
    public static final class Builder {

        private final Loss primary;
        private Tracker weight = constant(1);
        private double threshold = 0.95;
        private double entropyWeight;

        private Builder(Loss primary) {
            this.primary = primary;
        }

        /**
         * Sets a constant weight of what is learnt without labels.
         *
         * @param weight w, finite and {@code >= 0}, default 1
         * @return this builder
         */
        public Builder optWeight(double weight) {
            this.weight = constant(weight);
            return this;
        }

        /**
         * Sets a weight that follows a schedule.
         *
         * @param weight w as a function of the number of training batches so far
         * @return this builder
         */
        public Builder optWeight(Tracker weight) {
            this.weight = weight;
            return this;
        }

        /**
         * Sets the confidence from which on a prediction is taken for a label.
         *
         * @param threshold tau in {@code 0..1}, default 0.95
         * @return this builder
         */
        public Builder optThreshold(double threshold) {
            this.threshold = Checks.within("threshold", threshold, 0, 1);
            return this;
        }

        /**
         * Sets the weight of the entropy of unlabelled samples.
         *
         * @param entropyWeight beta, finite and {@code >= 0}, default 0
         * @return this builder
         */
        public Builder optEntropyWeight(double entropyWeight) {
            this.entropyWeight = Checks.nonNegative("entropyWeight", entropyWeight);
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         */
        public PseudoLabelLoss build() {
            return new PseudoLabelLoss(this);
        }
    }
}
