package dev.candor.calibrators.internal;

import java.util.Arrays;

/**
 * Logistic regression on few features, by Newton's method, on the host.
 *
 * <pre>
 *   minimise  sum_i s_i ( log(1 + e^{m_i}) - t_i m_i ),  m_i = x_i . w
 * </pre>
 */
public final class LogisticRegression {

    private static final double GRADIENT_TOLERANCE = 1e-11;

    /** A gradient that is as good as none, should rounding keep the search from going on. */
    private static final double ROUNDED_GRADIENT = 1e-8;

    private static final double SUFFICIENT_DECREASE = 1e-4;

    /** Relative error of a value, so that the last steps are taken although they drown in it. */
    private static final double ROUNDING = 1e-13;

    private static final int MAX_HALVINGS = 60;
    private static final double LEAST_PIVOT = 1e-14;

    private final double[][] features;
    private final double[] targets;
    private final double[] shares;
    private final int size;

    /** How a fit ended. */
    public enum Status {
        /** The gradient is as good as zero. */
        CONVERGED,
        /** The limit of iterations was reached. */
        MAX_ITERATIONS,
        /** No step lowers the value, although the gradient is not zero. */
        STALLED
    }

    /**
     * What was found.
     *
     * @param status how the fit ended
     * @param weights w
     * @param value the objective there
     * @param iterations steps taken
     */
    public record Result(Status status, double[] weights, double value, int iterations) {}

    /**
     * Takes the samples.
     *
     * @param features one array for each feature, of the order of one; a constant one for a bias
     * @param targets t, in {@code 0..1}
     * @param shares s, nonnegative, which sum to one
     */
    public LogisticRegression(double[][] features, double[] targets, double[] shares) {
        this.features = features;
        this.targets = targets;
        this.shares = shares;
        this.size = features.length;
    }

    /** The objective. */
    public double value(double[] weights) {
        double value = 0;
        for (int i = 0; i < targets.length; i++) {
            double m = margin(weights, i);
            value += shares[i] * (softPlus(m) - targets[i] * m);
        }
        return value;
    }

    private static double softPlus(double m) {
        return Math.max(m, 0) + Math.log1p(Math.exp(-Math.abs(m)));
    }

    private double margin(double[] weights, int row) {
        double margin = 0;
        for (int j = 0; j < size; j++) {
            margin += weights[j] * features[j][row];
        }
        return margin;
    }

    /** Whether every sample that counts lies strictly on the side of its target. */
    public boolean separates(double[] weights) {
        for (int i = 0; i < targets.length; i++) {
            double side = targets[i] > 0.5 ? 1 : -1;
            if (shares[i] > 0 && !(side * margin(weights, i) > 0)) {
                return false;
            }
        }
        return true;
    }

    /** Minimises from zero. */
    public Result fit(int maxIterations) {
        double[] weights = new double[size];
        double value = value(weights);
        double[] gradient = new double[size];
        double[] hessian = new double[size * size];
        for (int iteration = 0; ; iteration++) {
            derivatives(weights, gradient, hessian);
            double largest = 0;
            for (double g : gradient) {
                largest = Math.max(largest, Math.abs(g));
            }
            if (largest <= GRADIENT_TOLERANCE) {
                return new Result(Status.CONVERGED, weights, value, iteration);
            }
            if (iteration == maxIterations) {
                return new Result(Status.MAX_ITERATIONS, weights, value, iteration);
            }
            double[] next = step(weights, value, gradient, hessian);
            if (next == null) {
                Status status = largest <= ROUNDED_GRADIENT ? Status.CONVERGED : Status.STALLED;
                return new Result(status, weights, value, iteration);
            }
            weights = next;
            value = value(weights);
        }
    }

    private void derivatives(double[] weights, double[] gradient, double[] hessian) {
        Arrays.fill(gradient, 0);
        Arrays.fill(hessian, 0);
        for (int i = 0; i < targets.length; i++) {
            double m = margin(weights, i);
            double p = 1 / (1 + Math.exp(-m));
            double slope = shares[i] * (p - targets[i]);
            double curvature = shares[i] * p * (1 - p);
            for (int j = 0; j < size; j++) {
                gradient[j] += slope * features[j][i];
                for (int k = 0; k <= j; k++) {
                    hessian[j * size + k] += curvature * features[j][i] * features[k][i];
                }
            }
        }
    }

    /** A Newton step, halved until it lowers the value enough; null where none does. */
    private double[] step(double[] weights, double value, double[] gradient, double[] hessian) {
        double trace = Double.MIN_NORMAL;
        for (int j = 0; j < size; j++) {
            trace += hessian[j * size + j];
        }
        double[] direction = gradient.clone();
        Cholesky.of(hessian, size, LEAST_PIVOT * trace).solve(direction, 0);
        double slope = 0;
        for (int j = 0; j < size; j++) {
            slope -= direction[j] * gradient[j];
        }
        double step = 1;
        for (int halving = 0; halving < MAX_HALVINGS; halving++) {
            double[] next = new double[size];
            for (int j = 0; j < size; j++) {
                next[j] = weights[j] - step * direction[j];
            }
            double bound = value + SUFFICIENT_DECREASE * step * slope + ROUNDING * (1 + value);
            if (value(next) <= bound) {
                return next;
            }
            step /= 2;
        }
        return null;
    }
}
