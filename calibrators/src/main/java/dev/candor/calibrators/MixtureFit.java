package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.candor.calibrators.FitSummary.Status;
import dev.candor.calibrators.internal.LabelledLogits;
import dev.candor.calibrators.internal.SimplexQuadratic;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Softmax;
import java.util.Arrays;

/** Weights of a mixture of {@code softmax(z / T)}, {@code softmax(z)} and {@code 1 / C}. */
final class MixtureFit {

    private static final double DECREASE_TOLERANCE = 1e-15;
    private static final double SUFFICIENT_DECREASE = 1e-4;
    private static final double SHORTEST_STEP = 1e-10;

    private final double[] tempered;
    private final double[] plain;
    private final double[] shares;
    private final double uniform;

    private MixtureFit(int size, double uniform) {
        this.tempered = new double[size];
        this.plain = new double[size];
        this.shares = new double[size];
        this.uniform = uniform;
    }

    /**
     * What was found.
     *
     * @param status how the fit ended
     * @param weights three that sum to one
     * @param before the objective of the logits as they came
     * @param after the objective found, never above that
     * @param iterations steps taken
     */
    record Result(Status status, double[] weights, double before, double after, int iterations) {}

    /**
     * The least mean of squared errors, a quadratic in the weights.
     *
     * @param temperature T
     */
    static Result byBrier(LabelledLogits data, double temperature) {
        double[] means;
        try (NDManager manager = data.scope().newSubManager()) {
            NDArray sums = manager.zeros(new Shape(5, 1), DataType.FLOAT64);
            Float64Chunk.forEach(
                    data,
                    chunk -> {
                        NDArray q = Softmax.of(chunk.logits().div(temperature));
                        NDArray p = Softmax.of(chunk.logits());
                        NDList rows =
                                new NDList(
                                        q.square().sum(new int[] {1}),
                                        q.mul(p).sum(new int[] {1}),
                                        p.square().sum(new int[] {1}),
                                        LogitBatch.pick(q, chunk.labels()),
                                        LogitBatch.pick(p, chunk.labels()));
                        NDArray weights = chunk.weights().expandDims(1);
                        sums.addi(NDArrays.stack(rows).matMul(weights));
                    });
            means = sums.divi(data.totalWeight()).toDoubleArray();
        }
        double uniform = 1.0 / data.classes();
        double[][] hessian = {
            {2 * means[0], 2 * means[1], 2 * uniform},
            {2 * means[1], 2 * means[2], 2 * uniform},
            {2 * uniform, 2 * uniform, 2 * uniform}
        };
        double[] gradient = {-2 * means[3], -2 * means[4], -2 * uniform};
        double[] weights = SimplexQuadratic.minimize(hessian, gradient);
        double[] identity = {0, 1, 0};
        double before = 1 + SimplexQuadratic.value(hessian, gradient, identity);
        double after = 1 + SimplexQuadratic.value(hessian, gradient, weights);
        return new Result(Status.CONVERGED, weights, before, after, 1);
    }

    /**
     * The greatest mean likelihood, by Newton's method with an exact quadratic step on the simplex.
     *
     * @param temperature T
     */
    static Result byLikelihood(LabelledLogits data, double temperature, int maxIterations) {
        MixtureFit fit = new MixtureFit(Math.toIntExact(data.size()), 1.0 / data.classes());
        double before = fit.read(data, temperature);
        Result found = fit.climb(before, maxIterations);
        double[] identity = {0, 1, 0};
        return found.after <= before
                ? found
                : new Result(found.status, identity, before, before, found.iterations);
    }

    /** Takes the probabilities of the labels to the host; returns the mean loss of the logits. */
    private double read(LabelledLogits data, double temperature) {
        double[] total = new double[1];
        Float64Chunk.forEach(
                data,
                chunk -> {
                    NDArray q = Softmax.log(chunk.logits().div(temperature));
                    NDArray p = Softmax.log(chunk.logits());
                    int first = Math.toIntExact(chunk.first());
                    double[] likely = LogitBatch.pick(p, chunk.labels()).toDoubleArray();
                    double[] temperedLikely = LogitBatch.pick(q, chunk.labels()).toDoubleArray();
                    double[] weights = chunk.weights().toDoubleArray();
                    for (int i = 0; i < likely.length; i++) {
                        tempered[first + i] = Math.exp(temperedLikely[i]);
                        plain[first + i] = Math.exp(likely[i]);
                        shares[first + i] = weights[i] / data.totalWeight();
                        total[0] -= shares[first + i] * likely[i];
                    }
                });
        return total[0];
    }

    private Result climb(double before, int maxIterations) {
        double[] weights = {1.0 / 3, 1.0 / 3, 1.0 / 3};
        double[] gradient = new double[3];
        double[][] hessian = new double[3][3];
        for (int iteration = 1; iteration <= maxIterations; iteration++) {
            double value = derivatives(weights, gradient, hessian);
            double[] linear = gradient.clone();
            for (int i = 0; i < 3; i++) {
                for (int j = 0; j < 3; j++) {
                    linear[i] -= hessian[i][j] * weights[j];
                }
            }
            double[] target = SimplexQuadratic.minimize(hessian, linear);
            double slope = 0;
            for (int i = 0; i < 3; i++) {
                slope += gradient[i] * (target[i] - weights[i]);
            }
            if (slope >= -DECREASE_TOLERANCE * (1 + value)) {
                return new Result(Status.CONVERGED, target, before, value(target), iteration);
            }
            double step = 1;
            double[] next = target;
            while (!(value(next) <= value + SUFFICIENT_DECREASE * step * slope)) {
                step /= 2;
                if (step < SHORTEST_STEP) {
                    return new Result(Status.STALLED, weights, before, value, iteration);
                }
                next = between(weights, target, step);
            }
            weights = next;
        }
        return new Result(Status.MAX_ITERATIONS, weights, before, value(weights), maxIterations);
    }

    private static double[] between(double[] from, double[] to, double share) {
        double[] point = new double[3];
        double sum = 0;
        for (int i = 0; i < 3; i++) {
            point[i] = (1 - share) * from[i] + share * to[i];
            sum += point[i];
        }
        for (int i = 0; i < 3; i++) {
            point[i] /= sum;
        }
        return point;
    }

    private double value(double[] weights) {
        double value = 0;
        for (int i = 0; i < plain.length; i++) {
            value -= shares[i] == 0 ? 0 : shares[i] * Math.log(mixture(weights, i));
        }
        return value;
    }

    private double mixture(double[] weights, int row) {
        return weights[0] * tempered[row] + weights[1] * plain[row] + weights[2] * uniform;
    }

    private double derivatives(double[] weights, double[] gradient, double[][] hessian) {
        double[] part = new double[3];
        Arrays.fill(gradient, 0);
        for (double[] row : hessian) {
            Arrays.fill(row, 0);
        }
        for (int row = 0; row < plain.length; row++) {
            double mixture = mixture(weights, row);
            part[0] = tempered[row] / mixture;
            part[1] = plain[row] / mixture;
            part[2] = uniform / mixture;
            for (int i = 0; i < 3; i++) {
                gradient[i] -= shares[row] * part[i];
                for (int j = 0; j < 3; j++) {
                    hessian[i][j] += shares[row] * part[i] * part[j];
                }
            }
        }
        return value(weights);
    }
}
