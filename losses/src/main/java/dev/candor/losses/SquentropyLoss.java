package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Scalars;
import dev.candor.internal.Stable;

/**
 * Squentropy: cross-entropy plus the mean square of the logits of the wrong classes.
 *
 * <pre>
 *   L = CE + (1/N) sum_i 1/(K - 1) sum_k (1 - y_ik) z_ik^2
 * </pre>
 *
 * <p>The squares are of raw logits, not of probabilities. Without parameters. Labels are class
 * indices or distributions. It ties the logits of wrong classes to zero, so it changes what a
 * pretrained head means and is not to be combined with losses on the length of logits.
 *
 * <p>Source: Hui, Belkin, Wright, <i>Cut your Losses with Squentropy</i>, ICML 2023,
 * arXiv:2302.03952.
 */
public final class SquentropyLoss extends SampleLoss {

    private SquentropyLoss(Builder builder) {
        super(builder);
    }

    /**
     * Returns the loss.
     *
     * @return the loss
     */
    public static SquentropyLoss of() {
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
    NDArray rows(LogitBatch batch) {
        NDArray logits = batch.logits();
        NDArray constant = logits.stopGradient();
        NDArray wrong;
        if (batch.hasDistributions()) {
            wrong = constant.sub(constant.mul(batch.targets()));
        } else {
            NDArray zeros = batch.manager().zeros(new Shape(batch.size(), 1), batch.dataType());
            wrong = constant.scatter(batch.labels().expandDims(1), zeros, 1);
        }
        // The gradient of a sum of squares is twice that of the same sum with one factor constant.
        NDArray squares = Scalars.over(Stable.rowDot(logits, wrong), batch.classes() - 1);
        return batch.crossEntropy().add(Scalars.times(squares, 2)).sub(squares.stopGradient());
    }

    /** Builds a {@link SquentropyLoss}. */
    public static final class Builder extends SampleLoss.Builder<Builder> {

        private Builder() {
            super("SquentropyLoss");
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
        public SquentropyLoss build() {
            return new SquentropyLoss(this);
        }
    }
}
