package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import dev.candor.internal.LogitBatch;
import java.util.Arrays;

/**
 * Area under the curve of accuracy versus uncertainty: {@link AvucLoss} without a threshold to
 * choose. Made to be added to a primary loss, see {@link CompositeLoss}.
 *
 * <p>With the four sums of {@link AvucLoss} at 21 thresholds {@code u_min + t (u_max - u_min)},
 * {@code t = 0, 0.05, ..., 1}, over the uncertainties of the batch, and the area by the trapezoid
 * rule:
 *
 * <pre>
 *   AvU(t) = (n_AC + n_IU) / (n_AC + n_AU + n_IC + n_IU)
 *   L = -log integral_0^1 AvU(t) dt
 * </pre>
 *
 * <p>Thresholds carry no gradient. Labels are class indices or distributions, of which the most
 * probable class counts. A batch statistic: use 128 samples or more. Takes {@code [N, 21]} values,
 * {@link AvucLoss} only {@code [N]}.
 *
 * <p>Source: Krishnan and Tickoo, <i>Improving Model Calibration with Accuracy versus Uncertainty
 * Optimization</i>, NeurIPS 2020, arXiv:2012.07923. The authors' code takes the area outside the
 * graph, which leaves it without a gradient; here it is part of it.
 */
public final class AuAvucLoss extends AccuracyVersusUncertaintyLoss {

    /** Makes the agreement of no weight at all perfect. */
    private static final double GUARD = 1e-10;

    private static final double BEYOND_ANY_ENTROPY = 1e6;
    private static final int STEPS = 20;
    private static final double[] POSITIONS = new double[STEPS + 1];
    private static final double[] TRAPEZOIDS = new double[STEPS + 1];

    static {
        Arrays.setAll(POSITIONS, i -> (double) i / STEPS);
        Arrays.setAll(TRAPEZOIDS, i -> (i == 0 || i == STEPS ? 0.5 : 1) / STEPS);
    }

    private AuAvucLoss(Builder builder) {
        super(builder);
    }

    /**
     * Returns the loss with entropy as uncertainty.
     *
     * @return the loss
     */
    public static AuAvucLoss of() {
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
        Evidence evidence = evidence(batch);
        NDArray position = batch.constants(POSITIONS);
        Weights weights = weigh(evidence, thresholds(evidence, position));
        NDArray agreement = weights.agreeing().add(GUARD).div(weights.all().add(GUARD));
        return agreement.dot(batch.constants(TRAPEZOIDS)).log().neg();
    }

    /** Exact at both ends, so that the extreme samples fall on the right side. */
    private static NDArray thresholds(Evidence evidence, NDArray position) {
        NDArray least = evidence.uncertainty().stopGradient();
        NDArray greatest = least;
        if (evidence.mask() != null) {
            greatest = least.mul(evidence.mask());
            least = greatest.add(evidence.mask().neg().add(1).mul(BEYOND_ANY_ENTROPY));
        }
        return position.neg().add(1).mul(least.min()).add(position.mul(greatest.max()));
    }

    /** Builds an {@link AuAvucLoss}. */
    public static final class Builder extends AccuracyVersusUncertaintyLoss.Builder<Builder> {

        private Builder() {
            super("AuAvucLoss");
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
        public AuAvucLoss build() {
            return new AuAvucLoss(this);
        }
    }
}
