package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.candor.calibrators.internal.Cholesky;
import java.util.function.UnaryOperator;

/**
 * Divides a direction by the curvature of each class, and what all classes have in common by that
 * of the penalty alone, for probabilities do not depend on it.
 */
final class AffinePreconditioner implements UnaryOperator<double[]>, AutoCloseable {

    /** Smallest pivot of a curvature, relative to its mean diagonal element. */
    private static final double LEAST_PIVOT = 1e-8;

    private final NDManager manager;
    private final int classes;
    private final int block;

    /** The first parameter of a block that classes have in common. */
    private final int firstCommon;

    private final double[] common;
    private final UnaryOperator<double[]> division;

    /**
     * Measures the curvature.
     *
     * @param objective the loss
     * @param at the parameters at which it is measured
     * @param ridge half the curvature of the penalty
     */
    AffinePreconditioner(AffineObjective objective, double[] at, double[] ridge) {
        this.manager = objective.newSubManager();
        this.classes = objective.classes();
        this.block = objective.block();
        this.firstCommon = objective.isDiagonal() ? 1 : 0;
        this.common = new double[block];
        for (int k = 0; k < classes; k++) {
            for (int i = 0; i < block; i++) {
                common[i] += 2 * ridge[k * block + i] / classes;
            }
        }
        double[][] curvatures = objective.curvatures(at);
        this.division =
                curvatures.length == classes
                        ? byOwn(curvatures, ridge)
                        : byShared(curvatures[0], ridge);
    }

    private UnaryOperator<double[]> byOwn(double[][] curvatures, double[] ridge) {
        Cholesky[] factors = new Cholesky[classes];
        for (int k = 0; k < classes; k++) {
            for (int i = 0; i < block; i++) {
                curvatures[k][i * block + i] += 2 * ridge[k * block + i];
            }
            factors[k] = factor(curvatures[k]);
        }
        return values -> {
            for (int k = 0; k < classes; k++) {
                factors[k].solve(values, k * block);
            }
            return values;
        };
    }

    /**
     * With the penalty of weights off the diagonal for all. That of the diagonal differs, and so
     * the curvature of each class in one element, which the formula of Sherman and Morrison
     * accounts for.
     */
    private UnaryOperator<double[]> byShared(double[] curvature, double[] ridge) {
        int last = block - 1;
        double offDiagonal = 2 * ridge[1];
        double excess = 2 * ridge[0] - offDiagonal;
        for (int i = 0; i < last; i++) {
            curvature[i * block + i] += offDiagonal;
        }
        curvature[last * block + last] += 2 * ridge[last];
        double[] inverse = factor(curvature).inverse();
        NDArray shared = manager.create(inverse, new Shape(block, block));
        return values -> {
            double[] divided = multiply(values, shared);
            for (int k = 0; k < classes; k++) {
                double own = divided[k * block + k];
                double share = excess * own / (1 + excess * inverse[k * block + k]);
                for (int i = 0; i < block; i++) {
                    divided[k * block + i] -= share * inverse[k * block + i];
                }
            }
            return divided;
        };
    }

    private Cholesky factor(double[] curvature) {
        double trace = 0;
        for (int i = 0; i < block; i++) {
            trace += curvature[i * block + i];
        }
        return Cholesky.of(curvature, block, LEAST_PIVOT * trace / block);
    }

    private double[] multiply(double[] rows, NDArray matrix) {
        try (NDManager scope = manager.newSubManager()) {
            scope.tempAttachAll(matrix);
            return scope.create(rows, new Shape(classes, block)).matMul(matrix).toDoubleArray();
        }
    }

    @Override
    public double[] apply(double[] direction) {
        double[] rest = direction.clone();
        double[] removed = removeCommon(rest);
        double[] scaled = division.apply(rest);
        removeCommon(scaled);
        for (int i = firstCommon; i < block; i++) {
            removed[i] = common[i] > 0 ? removed[i] / common[i] : 0;
        }
        for (int k = 0; k < classes; k++) {
            for (int i = firstCommon; i < block; i++) {
                scaled[k * block + i] += removed[i];
            }
        }
        return scaled;
    }

    /** Takes out the mean over classes. */
    private double[] removeCommon(double[] values) {
        double[] means = new double[block];
        for (int k = 0; k < classes; k++) {
            for (int i = firstCommon; i < block; i++) {
                means[i] += values[k * block + i] / classes;
            }
        }
        for (int k = 0; k < classes; k++) {
            for (int i = firstCommon; i < block; i++) {
                values[k * block + i] -= means[i];
            }
        }
        return means;
    }

    @Override
    public void close() {
        manager.close();
    }
}
