package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import dev.candor.internal.Checks;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Scalars;
import dev.candor.internal.SoftBinning;

/**
 * Differentiable expected calibration error with soft bins and a soft accuracy: the only one whose
 * gradient flows through accuracy too. Made as an objective of hyperparameters, evaluated on
 * validation data; as a plain regulariser see {@link SoftBinnedEceLoss}.
 *
 * <pre>
 *   rank_i = 1/2 + sum_k sigmoid( t_a (p_ik - p_iy) )      acc_i = max(0, 2 - rank_i)
 *   v_im = softmax_m( (m c_i - m (m - 1) / (2M)) / t_b )
 *   L = (1/N) sum_m | sum_i v_im (acc_i - c_i) |
 * </pre>
 *
 * <p>The rank counts the class of the label itself by one half, so that the best is 1. {@code M} is
 * the number of bins (15), {@code t_a > 0} the sharpness of the rank (100), {@code t_b > 0} the
 * temperature of the bins (0.01). Memberships are raised by 1e-6 and divided by {@code 1 + (M + 1)
 * 1e-6}. Labels are class indices or distributions, of which the most probable class counts. A
 * batch statistic: use 128 samples or more.
 *
 * <p>Source: Bohdal, Yang and Hospedales, <i>Meta-Calibration: Learning of Model Calibration Using
 * Differentiable Expected Calibration Error</i>, TMLR 2023, arXiv:2106.09613.
 */
public final class DeceLoss extends LogitLoss {

    private static final double MEMBERSHIP_GUARD = 1e-6;

    private final int bins;
    private final double rankSharpness;
    private final double binTemperature;

    private DeceLoss(Builder builder) {
        super(builder);
        this.bins = builder.bins;
        this.rankSharpness = builder.rankSharpness;
        this.binTemperature = builder.binTemperature;
    }

    /**
     * Returns the loss with 15 bins, sharpness 100 and temperature 0.01.
     *
     * @return the loss
     */
    public static DeceLoss of() {
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
        NDArray accuracy = softAccuracy(batch);
        NDArray confidence = batch.confidence();
        NDArray gap = batch.masked(accuracy.sub(confidence));
        // Completing the square turns v into the membership by squared distance to the centres.
        NDArray member = SoftBinning.membership(confidence, bins, 0, 2 * binTemperature / bins);
        member = Scalars.over(member.add(MEMBERSHIP_GUARD), 1 + (bins + 1) * MEMBERSHIP_GUARD);
        return gap.expandDims(0).matMul(member).abs().sum().div(batch.count());
    }

    private NDArray softAccuracy(LogitBatch batch) {
        NDArray ofLabel = batch.probabilities().gather(batch.labels().expandDims(1), 1);
        NDArray ahead = Scalars.times(batch.probabilities().sub(ofLabel), rankSharpness);
        NDArray rank = Activation.sigmoid(ahead).sum(new int[] {1});
        return Activation.relu(rank.neg().add(1.5));
    }

    /** Builds a {@link DeceLoss}. */
    public static final class Builder extends LogitLoss.Builder<Builder> {

        private int bins = 15;
        private double rankSharpness = 100;
        private double binTemperature = 0.01;

        private Builder() {
            super("DeceLoss");
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
         * Sets how sharply probabilities are ranked.
         *
         * @param sharpness t_a, finite and above 0, default 100
         * @return this builder
         */
        public Builder optRankSharpness(double sharpness) {
            this.rankSharpness = Checks.positive("sharpness", sharpness);
            return this;
        }

        /**
         * Sets the temperature of the membership in bins.
         *
         * @param temperature t_b, finite and above 0, default 0.01
         * @return this builder
         */
        public Builder optBinTemperature(double temperature) {
            this.binTemperature = Checks.positive("temperature", temperature);
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         */
        public DeceLoss build() {
            return new DeceLoss(this);
        }
    }
}
