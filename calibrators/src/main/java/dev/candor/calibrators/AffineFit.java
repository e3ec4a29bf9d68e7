package dev.candor.calibrators;

import dev.candor.calibrators.FitSummary.Status;
import dev.candor.calibrators.internal.Lbfgs;

/**
 * Fits an affine map by L-BFGS, preconditioned by the curvature that each class has where the
 * search begins, and anew every so many steps.
 */
final class AffineFit {

    private static final double GRADIENT_TOLERANCE = 1e-10;

    /** A gradient that is as good as none, should rounding keep the search from going on. */
    private static final double ROUNDED_GRADIENT = 1e-7;

    private static final int STEPS_PER_CURVATURE = 50;

    private final AffineObjective objective;
    private final double[] centre;
    private final double[] ridge;

    /**
     * Weights of the squared distance of W and b from the identity.
     *
     * @param diagonal of the diagonal of W
     * @param offDiagonal of the rest of W
     * @param bias of b
     */
    record Ridge(double diagonal, double offDiagonal, double bias) {

        static final Ridge NONE = new Ridge(0, 0, 0);
    }

    /**
     * What was found.
     *
     * @param status how the fit ended
     * @param weights W by rows, or its diagonal
     * @param bias b, with mean zero
     * @param identity the objective of the features as they came
     * @param value the objective found, never above that of the identity
     * @param iterations steps taken
     */
    record Result(
            Status status,
            double[] weights,
            double[] bias,
            double identity,
            double value,
            int iterations) {

        Result withStatus(Status other) {
            return new Result(other, weights, bias, identity, value, iterations);
        }

        Result since(double other) {
            return new Result(status, weights, bias, other, value, iterations);
        }
    }

    private AffineFit(AffineObjective objective, Ridge penalty) {
        this.objective = objective;
        this.centre = objective.multiple(1);
        this.ridge = new double[centre.length];
        double unit = objective.scale() * objective.scale();
        for (int k = 0; k < objective.classes(); k++) {
            for (int i = k * objective.block(); i < objective.bias(k); i++) {
                ridge[i] = penalty.offDiagonal / unit;
            }
            ridge[objective.diagonal(k)] = penalty.diagonal / unit;
            ridge[objective.bias(k)] = penalty.bias;
        }
    }

    /**
     * Fits.
     *
     * @param objective the loss
     * @param penalty what is added to it
     * @param factor a multiple of the features from which to begin, if it is better than they are
     * @param maxIterations the largest number of steps
     */
    static Result of(AffineObjective objective, Ridge penalty, double factor, int maxIterations) {
        return new AffineFit(objective, penalty).fit(factor, maxIterations);
    }

    private Result fit(double factor, int maxIterations) {
        double identity = evaluate(centre, new double[centre.length]);
        double[] at = centre;
        if (factor != 1) {
            double[] multiple = objective.multiple(factor);
            boolean worse = evaluate(multiple, new double[centre.length]) > identity;
            at = worse ? centre : multiple;
        }
        Lbfgs.Result found;
        int iterations = 0;
        do {
            int steps = Math.min(STEPS_PER_CURVATURE, maxIterations - iterations);
            Lbfgs search = new Lbfgs(steps, GRADIENT_TOLERANCE);
            try (AffinePreconditioner curvature = new AffinePreconditioner(objective, at, ridge)) {
                found = search.minimize(this::evaluate, at, curvature);
            }
            iterations += found.iterations();
            at = found.x();
        } while (found.status() == Lbfgs.Status.MAX_ITERATIONS && iterations < maxIterations);
        return result(found, identity, iterations);
    }

    private double evaluate(double[] x, double[] gradient) {
        double value = objective.evaluate(x, gradient);
        for (int i = 0; i < x.length; i++) {
            double away = x[i] - centre[i];
            value += ridge[i] * away * away;
            gradient[i] += 2 * ridge[i] * away;
        }
        return value;
    }

    private Result result(Lbfgs.Result found, double identity, int iterations) {
        int classes = objective.classes();
        int block = objective.block();
        double[] weights = new double[classes * (block - 1)];
        double[] bias = new double[classes];
        double mean = 0;
        for (int k = 0; k < classes; k++) {
            for (int i = 0; i < block - 1; i++) {
                weights[k * (block - 1) + i] = found.x()[k * block + i] / objective.scale();
            }
            bias[k] = found.x()[objective.bias(k)];
            mean += bias[k] / classes;
        }
        for (int k = 0; k < classes; k++) {
            bias[k] -= mean;
        }
        return new Result(status(found), weights, bias, identity, found.value(), iterations);
    }

    /** There is no finite optimum where parameters without a penalty suffice to be always right. */
    private Status status(Lbfgs.Result found) {
        double[] free = found.x().clone();
        for (int i = 0; i < free.length; i++) {
            free[i] = ridge[i] > 0 ? 0 : free[i];
        }
        if (objective.missed(free) == 0) {
            return Status.SEPARABLE;
        }
        if (ridge[objective.bias(0)] == 0 && objective.missingClasses() > 0) {
            return Status.CLASS_WITHOUT_SAMPLES;
        }
        return switch (found.status()) {
            case CONVERGED -> Status.CONVERGED;
            case MAX_ITERATIONS -> Status.MAX_ITERATIONS;
            case LINE_SEARCH_FAILED -> isOptimum(found.x()) ? Status.CONVERGED : Status.STALLED;
        };
    }

    /** Whether the gradient is that of rounding, which a steep penalty magnifies. */
    private boolean isOptimum(double[] x) {
        double[] gradient = new double[x.length];
        evaluate(x, gradient);
        for (int i = 0; i < x.length; i++) {
            if (Math.abs(gradient[i]) > ROUNDED_GRADIENT * (1 + ridge[i])) {
                return false;
            }
        }
        return true;
    }
}
