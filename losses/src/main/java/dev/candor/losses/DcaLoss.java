package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import dev.candor.internal.LogitBatch;

/**
 * Difference between confidence and accuracy of the batch. Made to be added to a primary loss, see
 * {@link CompositeLoss}.
 *
 * <pre>
 *   L = | (1/N) sum_i c_i - (1/N) sum_i a_i |
 * </pre>
 *
 * <p>The gradient flows through confidence; correctness carries none. Labels are class indices or
 * distributions, of which the most probable class counts. One number for the whole batch: over- and
 * underconfident samples cancel, and on small batches little of it is signal. Use 128 samples or
 * more, or {@link MdcaLoss}, which looks at each class.
 *
 * <p>Source: Liang et al., <i>Improved Trainable Calibration Method for Neural Networks on Medical
 * Imaging Classification</i>, BMVC 2020, arXiv:2009.04057. The authors' code weighs the loss by 10
 * beside cross-entropy.
 */
public final class DcaLoss extends LogitLoss {

    private DcaLoss(Builder builder) {
        super(builder);
    }

    /**
     * Returns the loss.
     *
     * @return the loss
     */
    public static DcaLoss of() {
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
        return batch.mean(batch.confidence().sub(batch.correct())).abs();
    }

    /** Builds a {@link DcaLoss}. */
    public static final class Builder extends LogitLoss.Builder<Builder> {

        private Builder() {
            super("DcaLoss");
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
        public DcaLoss build() {
            return new DcaLoss(this);
        }
    }
}
