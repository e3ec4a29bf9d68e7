package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import dev.candor.internal.LogitBatch;

/**
 * Multi-class difference between confidence and accuracy: for each class, the mean probability
 * against the share of labels. Made to be added to a primary loss, see {@link CompositeLoss}.
 *
 * <pre>
 *   L = (1/K) sum_k | (1/N) sum_i p_ik - (1/N) sum_i y_ik |
 * </pre>
 *
 * <p>The gradient flows through all probabilities. Labels are class indices or distributions, whose
 * means are taken as they are. A batch statistic: with many classes and few samples most shares are
 * zero or one label, so use 128 samples or more.
 *
 * <p>Source: Hebbalaguppe et al., <i>A Stitch in Time Saves Nine: A Train-Time Regularizing Loss
 * for Improved Neural Network Calibration</i>, CVPR 2022, arXiv:2203.13834. The authors' scripts
 * weigh the loss by 1, beside cross-entropy, label smoothing or focal loss.
 */
public final class MdcaLoss extends LogitLoss {

    private MdcaLoss(Builder builder) {
        super(builder);
    }

    /**
     * Returns the loss.
     *
     * @return the loss
     */
    public static MdcaLoss of() {
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

    @Override
    NDArray evaluate(LogitBatch batch) {
        NDArray predicted = batch.masked(batch.probabilities()).sum(new int[] {0});
        NDArray actual = batch.masked(batch.targets()).sum(new int[] {0});
        return predicted.sub(actual).abs().mean().div(batch.count());
    }

    /** Builds a {@link MdcaLoss}. */
    public static final class Builder extends LogitLoss.Builder<Builder> {

        private Builder() {
            super("MdcaLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         */
        public MdcaLoss build() {
            return new MdcaLoss(this);
        }
    }
}
