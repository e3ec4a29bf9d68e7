package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import dev.candor.internal.Checks;
import dev.candor.internal.DirichletKernel;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Scalars;

/**
 * Canonical calibration error by kernel density estimation: all probabilities of a sample against
 * the labels of the samples predicted alike. Made to be added to a primary loss, see {@link
 * CompositeLoss}.
 *
 * <p>Samples are compared by the Dirichlet kernel {@code k_ij = Dirichlet(p_i; p_j / h + 1)}:
 *
 * <pre>
 *   r_ik = sum_{j != i} k_ij y_jk / sum_{j != i} k_ij
 *   L = (1/N) sum_i sum_k |r_ik - p_ik|^q
 * </pre>
 *
 * <p>{@code h > 0} is the bandwidth (0.1), fixed or found by {@link DirichletBandwidth}; {@code q
 * >= 1} the norm (2). The gradient flows through all probabilities, also inside the kernel. The
 * ratio is a softmax over the logarithms of the kernel, which neither under- nor overflows; a
 * single sample gives zero. Labels are class indices or distributions. Logarithms of probabilities
 * are bounded by {@code log 1e-7}. Takes time and memory for {@code N^2} pairs. Estimates of this
 * error need many samples for each class; with bandwidths below 0.001 use float64.
 *
 * <p>Source: Popordanoska, Sayer and Blaschko, <i>A Consistent and Differentiable Lp Canonical
 * Calibration Error Estimator</i>, NeurIPS 2022, arXiv:2210.07810. The authors' code doubles the
 * value when two classes are given by a single probability; here K = 2 is a case like any other.
 */
public final class KdeCalibrationLoss extends LogitLoss {

    private final double bandwidth;
    private final double norm;

    private KdeCalibrationLoss(Builder builder) {
        super(builder);
        this.bandwidth = builder.bandwidth;
        this.norm = builder.norm;
    }

    /**
     * Returns the loss with bandwidth 0.1 and norm 2.
     *
     * @return the loss
     */
    public static KdeCalibrationLoss of() {
        return builder().build();
    }

    /**
     * Returns the loss with the given bandwidth and norm 2.
     *
     * @param bandwidth h, finite and above 0
     * @return the loss
     */
    public static KdeCalibrationLoss of(double bandwidth) {
        return builder().optBandwidth(bandwidth).build();
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
        NDArray neighbours = DirichletKernel.log(batch, bandwidth).softmax(1);
        NDArray gap = neighbours.matMul(batch.targets()).sub(batch.probabilities());
        NDArray rows = power(gap).sum(new int[] {1});
        NDArray hasNeighbours = batch.count().sub(1).minimum(1);
        return batch.mean(rows).mul(hasNeighbours);
    }

    private NDArray power(NDArray gap) {
        return norm == 2 ? gap.square() : norm == 1 ? gap.abs() : Scalars.power(gap.abs(), norm);
    }

    /** Builds a {@link KdeCalibrationLoss}. */
    public static final class Builder extends LogitLoss.Builder<Builder> {

        private double bandwidth = 0.1;
        private double norm = 2;

        private Builder() {
            super("KdeCalibrationLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the bandwidth of the kernel.
         *
         * @param bandwidth h, finite and above 0, default 0.1
         * @return this builder
         */
        public Builder optBandwidth(double bandwidth) {
            this.bandwidth = Checks.positive("bandwidth", bandwidth);
            return this;
        }

        /**
         * Sets the norm q.
         *
         * @param norm at least 1, default 2
         * @return this builder
         */
        public Builder optNorm(double norm) {
            this.norm = Checks.within("norm", norm, 1, Float.MAX_VALUE);
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         */
        public KdeCalibrationLoss build() {
            return new KdeCalibrationLoss(this);
        }
    }
}
