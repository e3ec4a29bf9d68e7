package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Scalars;
import java.util.Arrays;

/**
 * The calibration term of RCFT, by which a language model is fine-tuned to answer multiple-choice
 * questions with honest confidence: the M-step of an EM algorithm whose E-step is {@link
 * BinAccuracy}.
 *
 * <p>With the probabilities of the J options in descending order, {@code p_(1) >= ... >= p_(J)},
 * and {@code acc_k}, {@code n_k} of the bin k that holds {@code p_(1)}:
 *
 * <pre>
 *   L = sum_i (1 / max(n_k, 1)) [ (p_(1) - acc_k)^2 + sum_{j &gt;= 2} (p_(j) - tau_j)^2 ]
 *   tau_j = (1 - acc_k) (1 + tanh(g p_(j))) / sum_{l &gt;= 2} (1 + tanh(g p_(l)))
 *   g = log(J - 1) / (p_(2) (1 - acc_k))
 * </pre>
 *
 * <p>The targets {@code acc_k, tau_2, ..., tau_J} sum to one and keep the order of the options but
 * the first, which a low accuracy may place below the second. They carry no gradient, as EM has it;
 * the authors' code leaves {@code tau} attached, which is {@code optAttachedTargets(true)}. It also
 * leaves out the last bin, where overconfident samples are, and holds for four options only; both
 * are mended here.
 *
 * <p>Predictions are the logits of the options at the position of the answer, {@code [N, J]}. The
 * labels are not used beyond an ignore index, for accuracy comes from the E-step; class indices
 * {@code [N]} and distributions will do. A sum over the batch over counts of the calibration set:
 * over an epoch of that set it adds up to the regulariser. To be added to joint token
 * cross-entropy, see {@link TokenCrossEntropyLoss#joint}; alone it is minimised by a network that
 * answers at random. {@link #update} takes the next E-step, once an epoch. Safe for use by several
 * threads.
 *
 * <p>Source: Xiao et al., <i>Restoring Calibration for Aligned Large Language Models: A
 * Calibration-Aware Fine-Tuning Approach</i>, ICML 2025, arXiv:2505.01997.
 */
public final class RcftLoss extends LogitLoss {

    /** Takes a log-probability out of a maximum, in any type. */
    private static final double OUT_OF_REACH = 1e30;

    /** Keeps g finite where accuracy is one and tau therefore zero. */
    private static final double SMALLEST_REST = 1e-12;

    private final boolean attachedTargets;
    private volatile BinAccuracy accuracy;

    private RcftLoss(Builder builder) {
        super(builder);
        this.attachedTargets = builder.attachedTargets;
        this.accuracy = builder.accuracy;
    }

    /**
     * Returns the loss towards the accuracies of an E-step.
     *
     * @param accuracy the E-step
     * @return the loss
     */
    public static RcftLoss of(BinAccuracy accuracy) {
        return builder(accuracy).build();
    }

    /**
     * Returns a builder.
     *
     * @param accuracy the E-step to start from
     * @return the builder
     */
    public static Builder builder(BinAccuracy accuracy) {
        return new Builder(accuracy);
    }

    /**
     * Sets the E-step of the batches to come.
     *
     * @param accuracy the E-step
     */
    public void update(BinAccuracy accuracy) {
        this.accuracy = accuracy;
    }

    /**
     * Returns the E-step in force.
     *
     * @return the E-step
     */
    public BinAccuracy accuracy() {
        return accuracy;
    }

    @Override
    NDArray evaluate(LogitBatch batch) {
        BinAccuracy current = accuracy;
        NDArray bin = BinAccuracy.bin(batch.confidence(), current.bins());
        double[] weights =
                Arrays.stream(current.counts()).mapToDouble(n -> 1.0 / Math.max(n, 1)).toArray();
        NDArray first = batch.oneHot(batch.predicted());
        NDArray logProbabilities =
                attachedTargets
                        ? batch.logProbabilities()
                        : batch.logProbabilities().stopGradient();
        NDArray targets =
                targets(logProbabilities, first, lookUp(current.accuracies(), bin, batch));
        NDArray distance = batch.probabilities().sub(targets).square().sum(new int[] {1});
        return batch.sum(distance.mul(lookUp(weights, bin, batch)));
    }

    /**
     * Targets of the options {@code [M, J]}, in the order of the options.
     *
     * @param logProbabilities {@code log p}, {@code [M, J]}
     * @param first one-hot rows {@code [M, J]} of the most probable option
     * @param accuracy its target, {@code [M]}
     */
    static NDArray targets(NDArray logProbabilities, NDArray first, NDArray accuracy) {
        double options = logProbabilities.getShape().get(1);
        NDArray target = accuracy.expandDims(1);
        NDArray rest = target.neg().add(1);
        NDArray others = logProbabilities.sub(first.mul(OUT_OF_REACH));
        // p_(j) / p_(2) from logarithms, for p_(2) itself may vanish.
        NDArray ratio = others.sub(others.max(new int[] {1}, true)).exp();
        NDArray slope =
                Scalars.times(ratio, Math.log(options - 1)).div(rest.maximum(SMALLEST_REST));
        NDArray share = slope.tanh().add(1).mul(first.neg().add(1));
        NDArray tau = share.div(share.sum(new int[] {1}, true)).mul(rest);
        return tau.add(first.mul(target));
    }

    private static NDArray lookUp(double[] table, NDArray bin, LogitBatch batch) {
        return batch.constants(table).gather(bin, 0);
    }

    /** Builds an {@link RcftLoss}. */
    public static final class Builder extends LogitLoss.Builder<Builder> {

        private final BinAccuracy accuracy;
        private boolean attachedTargets;

        private Builder(BinAccuracy accuracy) {
            super("RcftLoss");
            this.accuracy = accuracy;
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets whether the gradient flows through {@code tau}, as in the authors' code.
         *
         * @param attachedTargets default false
         * @return this builder
         */
        public Builder optAttachedTargets(boolean attachedTargets) {
            this.attachedTargets = attachedTargets;
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         */
        public RcftLoss build() {
            return new RcftLoss(this);
        }
    }
}
