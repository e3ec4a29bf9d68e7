package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import dev.candor.internal.Checks;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Scalars;
import dev.candor.internal.SoftBinning;

/**
 * Gap between the variance of confidence and the variance of correctness in soft bins. Made to be
 * added to a primary loss, see {@link CompositeLoss}.
 *
 * <p>With the memberships {@code u_ij} of {@link SoftBinnedEceLoss}, and in each bin the mass
 * {@code S_j}, mean confidence {@code C_j} and accuracy {@code A_j}:
 *
 * <pre>
 *   v_j = sum_i u_ij (c_i - C_j)^2 / S_j      w_j = sum_i u_ij (a_i - A_j)^2 / S_j
 *   L = sum_j (S_j / N) |v_j - w_j|
 * </pre>
 *
 * <p>The number of bins is 15, the temperature {@code T > 0} of the membership 0.01. The gradient
 * flows through confidence; correctness carries none. Labels are class indices or distributions, of
 * which the most probable class counts.
 *
 * <p>Has no published source: summaries of the field describe it under the name of soft AvUC, which
 * it is not, see {@link SoftAvucLoss}. Confidence in a narrow bin hardly varies, correctness does
 * unless all are right or all wrong, so the loss does not vanish for a calibrated network. Offered
 * for comparison, not as advice.
 */
public final class BinnedVarianceGapLoss extends LogitLoss {

    /** Below it a bin is empty; its squared inverse is still finite in float32. */
    private static final double SMALLEST_MASS = 1e-18;

    private final int bins;
    private final double temperature;

    private BinnedVarianceGapLoss(Builder builder) {
        super(builder);
        this.bins = builder.bins;
        this.temperature = builder.temperature;
    }

    /**
     * Returns the loss with 15 bins and temperature 0.01.
     *
     * @return the loss
     */
    public static BinnedVarianceGapLoss of() {
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
        NDArray confidence = batch.confidence();
        NDArray correct = batch.correct();
        NDArray member = batch.masked(SoftBinning.membership(confidence, bins, 0, temperature));
        NDArray mass = member.sum(new int[] {0});
        NDArray rows = NDArrays.stack(new NDList(confidence.square(), confidence, correct));
        NDArray moments = rows.matMul(member).div(Scalars.atLeast(mass, SMALLEST_MASS));
        NDArray meanConfidence = moments.get(1);
        NDArray accuracy = moments.get(2);
        NDArray ofConfidence = moments.get(0).sub(meanConfidence.square());
        NDArray ofCorrectness = accuracy.sub(accuracy.square());
        return ofConfidence.sub(ofCorrectness).abs().dot(mass).div(batch.count());
    }

    /** Builds a {@link BinnedVarianceGapLoss}. */
    public static final class Builder extends LogitLoss.Builder<Builder> {

        private int bins = 15;
        private double temperature = 0.01;

        private Builder() {
            super("BinnedVarianceGapLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the number of bins.
         *
         * @param bins at least 1, default 15
         * @return this builder
         */
        public Builder optBins(int bins) {
            this.bins = Checks.atLeast("bins", bins, 1);
            return this;
        }

        /**
         * Sets the temperature of the membership.
         *
         * @param temperature T, finite and above 0, default 0.01
         * @return this builder
         */
        public Builder optTemperature(double temperature) {
            this.temperature = Checks.positive("temperature", temperature);
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         */
        public BinnedVarianceGapLoss build() {
            return new BinnedVarianceGapLoss(this);
        }
    }
}
