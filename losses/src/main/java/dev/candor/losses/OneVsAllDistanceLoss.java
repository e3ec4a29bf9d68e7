package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Scalars;
import dev.candor.internal.Stable;

/**
 * One-vs-all cross-entropy on negative distances, as {@link DistanceLogits} yields them (OvA-DM): a
 * class is certain at its centre and unlikely far from it, and far from every centre all are.
 *
 * <pre>
 *   p_k = 2 sigmoid(z_k),   z_k = -d_k,   d_k >= 0
 *   L   = (1/N) sum_i sum_k -y_ik log p_ik - (1 - y_ik) log(1 - p_ik)
 * </pre>
 *
 * <p>Computed as {@code log p = ln 2 + log sigmoid(z)} and {@code log(1 - p) = log tanh(-z / 2)}.
 * Labels are class indices or distributions. Logits above 0, where the formula has no meaning, are
 * read as distance 0. Predictions are to be read as {@code 2 sigmoid(z)}.
 *
 * <p>Source: Padhy et al., <i>Revisiting One-vs-All Classifiers for Predictive Uncertainty and
 * Out-of-Distribution Detection in Neural Networks</i>, 2020, arXiv:2007.05134. The authors' code
 * predicts with the factor 2 but trains without it; here both have it.
 */
public final class OneVsAllDistanceLoss extends SampleLoss {

    private static final double LOG_2 = Math.log(2);

    /** Keeps the logarithm and its gradient finite at distance 0. */
    private static final double SMALLEST_HALF_DISTANCE = 1e-12;

    private OneVsAllDistanceLoss(Builder builder) {
        super(builder);
    }

    /**
     * Returns the loss.
     *
     * @return the loss
     */
    public static OneVsAllDistanceLoss of() {
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
        NDArray half =
                Activation.relu(Scalars.times(batch.logits(), -0.5)).add(SMALLEST_HALF_DISTANCE);
        NDArray logWrong = half.tanh().log();
        if (batch.hasDistributions()) {
            NDArray logRight = Stable.softPlus(Scalars.times(half, 2)).neg().add(LOG_2);
            NDArray gain = logRight.sub(logWrong).mul(batch.targets());
            return logWrong.add(gain).sum(new int[] {1}).neg();
        }
        NDArray labels = batch.labels();
        return Stable.softPlus(Scalars.times(LogitBatch.pick(half, labels), 2))
                .sub(LOG_2)
                .add(LogitBatch.pick(logWrong, labels))
                .sub(logWrong.sum(new int[] {1}));
    }

    /** Builds a {@link OneVsAllDistanceLoss}. */
    public static final class Builder extends SampleLoss.Builder<Builder> {

        private Builder() {
            super("OneVsAllDistanceLoss");
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
        public OneVsAllDistanceLoss build() {
            return new OneVsAllDistanceLoss(this);
        }
    }
}
