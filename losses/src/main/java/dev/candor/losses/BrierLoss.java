package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Scalars;
import dev.candor.internal.Stable;

/**
 * The Brier score as a loss: squared distance between predicted probabilities and the label.
 *
 * <pre>
 *   L = (1/N) sum_i sum_k (p_ik - y_ik)^2
 * </pre>
 *
 * <p>A proper scoring rule, in {@code 0..2}: the sum over classes is taken, not their mean. Labels
 * are class indices or distributions. Its gradient vanishes where the network is certain and wrong,
 * so training from scratch with many classes may stall; cross-entropy does not.
 *
 * <p>Source: Brier, <i>Verification of Forecasts Expressed in Terms of Probability</i>, Monthly
 * Weather Review 78, 1950.
 */
public final class BrierLoss extends SampleLoss {

    private BrierLoss(Builder builder) {
        super(builder);
    }

    /**
     * Returns the loss.
     *
     * @return the loss
     */
    public static BrierLoss of() {
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
        NDArray p = batch.probabilities();
        NDArray constant = p.stopGradient();
        NDArray gap;
        NDArray gapAtLabel;
        if (batch.hasDistributions()) {
            gap = constant.sub(batch.targets());
            gapAtLabel = Stable.rowDot(gap, batch.targets());
        } else {
            NDArray column = batch.labels().expandDims(1);
            NDArray value = constant.gather(column, 1).sub(1);
            gap = constant.scatter(column, value, 1);
            gapAtLabel = value.squeeze(1);
        }
        // The sum of p (p - y) misses (p - y)^2 by y (p - y), and has half its gradient.
        NDArray product = Stable.rowDot(p, gap);
        return Scalars.times(product, 2).sub(product.stopGradient()).sub(gapAtLabel);
    }

    /** Builds a {@link BrierLoss}. */
    public static final class Builder extends SampleLoss.Builder<Builder> {

        private Builder() {
            super("BrierLoss");
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
        public BrierLoss build() {
            return new BrierLoss(this);
        }
    }
}
