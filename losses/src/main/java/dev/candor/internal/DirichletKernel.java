package dev.candor.internal;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;

/** Density of probabilities under a Dirichlet kernel around each other sample. Differentiates. */
public final class DirichletKernel {

    /** Stands for the logarithm of zero; finite, so that its gradient is zero and not NaN. */
    private static final double LOG_ZERO = -1e30;

    private static final double SMALLEST_LOG_PROBABILITY = Math.log(1e-7);

    private DirichletKernel() {}

    /**
     * Logarithm of {@code Dirichlet(p_i; p_j / h + 1)}, up to a constant of the bandwidth and the
     * number of classes, see {@link #logConstant}. A sample is no neighbour of itself.
     *
     * @param batch N rows
     * @param bandwidth h
     * @return {@code [N, N]}, i along rows; very negative on the diagonal and in columns of rows
     *     that do not count
     */
    public static NDArray log(LogitBatch batch, double bandwidth) {
        NDManager manager = batch.manager();
        NDArray shape = Scalars.over(batch.probabilities(), bandwidth);
        NDArray logBeta = shape.add(1).gammaln().sum(new int[] {1}, true).neg();
        if (batch.mask() != null) {
            logBeta = logBeta.add(batch.mask().neg().add(1).mul(LOG_ZERO).expandDims(1));
        }
        NDArray logs = Scalars.atLeast(batch.logProbabilities(), SMALLEST_LOG_PROBABILITY);
        NDArray ones = logBeta.onesLike();
        NDArray kernel =
                NDArrays.concat(new NDList(logs, ones), 1)
                        .matMul(NDArrays.concat(new NDList(shape, logBeta), 1).transpose());
        int size = (int) batch.size();
        return kernel.add(manager.eye(size, size, 0, batch.dataType()).muli(LOG_ZERO));
    }

    /**
     * What {@link #log} leaves out: {@code log Gamma(1 / h + K)}.
     *
     * @param batch N rows
     * @param bandwidth h
     * @return a scalar
     */
    public static NDArray logConstant(LogitBatch batch, double bandwidth) {
        return batch.manager()
                .create(1 / bandwidth + batch.classes())
                .toType(batch.dataType(), false)
                .gammaln();
    }
}
