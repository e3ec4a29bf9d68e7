package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import dev.candor.internal.Descending;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Scalars;

/**
 * Expected squared difference between correctness and confidence below each confidence level: a
 * calibration error without bins, kernels or other hyperparameters. Made to be added to a primary
 * loss, see {@link CompositeLoss}.
 *
 * <p>With {@code x_ij = (a_j - c_j) 1[c_j <= c_i]}, {@code g_i} the mean and {@code v_i} the
 * unbiased variance of {@code x_ij} over {@code j != i}:
 *
 * <pre>
 *   L = (1/N) sum_i ( g_i^2 - v_i / (N - 1) )
 *     = sum_i [ (sum_j x_ij)^2 - sum_j x_ij^2 ] / ( N (N - 1) (N - 2) ),   j != i
 * </pre>
 *
 * <p>An unbiased estimate of a squared error, so it may be negative. Zero with fewer than three
 * samples. The gradient flows through {@code c_j} in the difference; the comparison and correctness
 * carry none. Samples are sorted by confidence, so that time and memory grow as {@code N log N} and
 * {@code N}, not as the {@code N^2} pairs. Labels are class indices or distributions, of which the
 * most probable class counts. A batch statistic: use 128 samples or more.
 *
 * <p>Source: Yoon et al., <i>ESD: Expected Squared Difference as a Tuning-Free Trainable
 * Calibration Measure</i>, ICLR 2023, arXiv:2303.02472. The authors evaluate it on a part of the
 * training data held out from the primary loss.
 */
public final class EsdLoss extends LogitLoss {

    private EsdLoss(Builder builder) {
        super(builder);
    }

    /**
     * Returns the loss.
     *
     * @return the loss
     */
    public static EsdLoss of() {
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
        Descending order = Descending.by(confidence);
        NDArray gap = order.sort(batch.masked(batch.correct().sub(confidence)));
        NDArray square = gap.square();
        NDArray sum = sumOfOthersUpTo(order, gap);
        NDArray sumOfSquares = sumOfOthersUpTo(order, square);
        NDArray terms = sum.square().sub(sumOfSquares);
        if (batch.mask() != null) {
            terms = terms.mul(order.sort(batch.mask()));
        }
        NDArray n = batch.count();
        NDArray triples = n.mul(n.sub(1)).mul(n.sub(2));
        return terms.sum().div(Scalars.atLeast(triples, 1)).mul(Scalars.atMost(triples, 1));
    }

    /** For each sample, the sum over all others of no greater confidence. */
    private static NDArray sumOfOthersUpTo(Descending order, NDArray sorted) {
        NDArray greater = order.ofGreater(Descending.sumBefore(sorted));
        return sorted.sum().sub(greater).sub(sorted);
    }

    /** Builds an {@link EsdLoss}. */
    public static final class Builder extends LogitLoss.Builder<Builder> {

        private Builder() {
            super("EsdLoss");
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
        public EsdLoss build() {
            return new EsdLoss(this);
        }
    }
}
