package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.candor.internal.Checks;
import dev.candor.internal.DirichletKernel;
import dev.candor.internal.LogitBatch;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Bandwidth of the Dirichlet kernel of {@link KdeCalibrationLoss} with the greatest leave-one-out
 * likelihood.
 *
 * <pre>
 *   h* = argmax_h sum_i log( (1/(N - 1)) sum_{j != i} Dirichlet(p_i; p_j / h + 1) )
 * </pre>
 *
 * <p>Candidates are 15 values from 1e-5 to 0.1, evenly spaced in the logarithm, and 0.2, 0.4, 0.6,
 * 0.8, 1. Computed in float64, with {@code N^2} values at a time, and read to the host: meant for a
 * validation set of a few thousand rows before training, not for the training step.
 *
 * <p>Source: Popordanoska, Sayer and Blaschko, <i>A Consistent and Differentiable Lp Canonical
 * Calibration Error Estimator</i>, NeurIPS 2022, arXiv:2210.07810. The authors' code divides the
 * density by {@code h} once more, which favours small bandwidths, and finds none where every
 * likelihood is below one; neither is followed here.
 */
public final class DirichletBandwidth {

    private DirichletBandwidth() {}

    /**
     * Searches the candidates.
     *
     * @param logits {@code [N, C]} with at least two rows
     * @return the bandwidth h
     * @throws IllegalArgumentException if the logits are not finite or have another shape
     */
    public static double search(NDArray logits) {
        return search(
                logits,
                DoubleStream.concat(
                                IntStream.range(0, 15).mapToDouble(i -> Math.pow(10, -5 + i / 3.5)),
                                IntStream.rangeClosed(1, 5).mapToDouble(i -> i / 5.0))
                        .toArray());
    }

    /**
     * Searches among given candidates.
     *
     * @param logits {@code [N, C]} with at least two rows
     * @param candidates finite bandwidths above 0, at least one
     * @return the bandwidth h; the first of equal ones
     * @throws IllegalArgumentException if the logits are not finite or have another shape
     */
    public static double search(NDArray logits, double... candidates) {
        Shape shape = logits.getShape();
        Checks.that(
                shape.dimension() == 2 && shape.get(0) > 1,
                "logits have shape %s, expected [N, C] with at least two rows",
                shape);
        Checks.atLeast("candidates.length", candidates.length, 1);
        double best = Double.NaN;
        double greatest = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < candidates.length; i++) {
            double bandwidth = Checks.positive("candidates[" + i + "]", candidates[i]);
            double likelihood = logLikelihood(logits, bandwidth);
            if (likelihood > greatest) {
                greatest = likelihood;
                best = bandwidth;
            }
        }
        return best;
    }

    /** Mean over samples of the logarithm of their leave-one-out density. */
    static double logLikelihood(NDArray logits, double bandwidth) {
        try (NDManager scope = logits.getManager().newSubManager()) {
            NDArray values = logits.stopGradient().toType(DataType.FLOAT64, false);
            values.attach(scope);
            NDArray labels = scope.zeros(new Shape(logits.getShape().get(0)), DataType.INT64);
            LogitBatch batch = LogitBatch.of(labels, values, null, true);
            NDArray kernel = DirichletKernel.log(batch, bandwidth);
            NDArray greatest = kernel.max(new int[] {1}, true);
            NDArray sums = kernel.sub(greatest).exp().sum(new int[] {1}).log();
            return sums.add(greatest.squeeze(1))
                    .mean()
                    .add(DirichletKernel.logConstant(batch, bandwidth))
                    .sub(Math.log(batch.size() - 1))
                    .getDouble();
        }
    }
}
