package dev.candor.calibrators.internal;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.function.UnaryOperator;

/**
 * Limited-memory BFGS for smooth functions of a vector, on the host.
 *
 * <p>Ten pairs of history, a strong Wolfe line search with cubic interpolation, and near the
 * optimum, where differences of values drown in rounding, the approximate Wolfe condition. Values
 * that are not finite are stepped back from. The result is never worse than the start.
 *
 * <p>Source: Nocedal and Wright, <i>Numerical Optimization</i>, 2nd edition, 2006, algorithms 7.4,
 * 3.5 and 3.6; Hager and Zhang, <i>A New Conjugate Gradient Method with Guaranteed Descent and an
 * Efficient Line Search</i>, SIAM Journal on Optimization 16(1), 2005, for the approximate Wolfe
 * condition.
 *
 * @param maxIterations the largest number of steps
 * @param gradientTolerance the largest component of the gradient at which the search ends
 */
public record Lbfgs(int maxIterations, double gradientTolerance) {

    /** How the search ended. */
    public enum Status {
        /** The gradient is within the tolerance. */
        CONVERGED,
        /** The limit of steps was reached. */
        MAX_ITERATIONS,
        /** No step lowers the value any more, although the gradient is not within the tolerance. */
        LINE_SEARCH_FAILED
    }

    /** A function and its gradient. */
    @FunctionalInterface
    public interface Objective {

        /**
         * Evaluates the function.
         *
         * @param x where; not to be changed or kept
         * @param gradient receives the gradient
         * @return the value
         */
        double evaluate(double[] x, double[] gradient);
    }

    /**
     * The best point that was seen.
     *
     * @param x where
     * @param value the value there
     * @param gradientNorm the largest component of the gradient there
     * @param iterations the number of steps taken
     * @param evaluations how often the function was evaluated
     * @param status how the search ended
     */
    public record Result(
            double[] x,
            double value,
            double gradientNorm,
            int iterations,
            int evaluations,
            Status status) {}

    private static final int MEMORY = 10;
    private static final int MAX_TRIALS = 40;

    /** Steps in a row that may lower the gradient alone, as the values differ by rounding. */
    private static final int MAX_IDLE = 15;

    private static final double SUFFICIENT_DECREASE = 1e-4;
    private static final double CURVATURE = 0.9;
    private static final double GROWTH = 4;

    /** Share of an interval that an interpolated step keeps from both ends. */
    private static final double MARGIN = 0.1;

    /** Relative error of a value that sums many terms. */
    private static final double ROUNDING = 1e-14;

    /**
     * Minimises a function.
     *
     * @param objective the function, finite at the start
     * @param start where to begin; left as it is
     * @return the best point that was seen
     */
    public Result minimize(Objective objective, double[] start) {
        return new Search(objective, null).run(start);
    }

    /**
     * Minimises a function of which the curvature is roughly known.
     *
     * @param objective the function, finite at the start
     * @param start where to begin; left as it is
     * @param preconditioner multiplies by the inverse of a positive definite matrix that resembles
     *     the Hessian; leaves its argument as it is
     * @return the best point that was seen
     */
    public Result minimize(
            Objective objective, double[] start, UnaryOperator<double[]> preconditioner) {
        return new Search(objective, preconditioner).run(start);
    }

    /** A point on the line of one search. */
    private static final class Point {

        private final double step;
        private final double[] x;
        private final double value;
        private final double[] gradient;
        private final double slope;

        private Point(double step, double[] x, double value, double[] gradient, double slope) {
            this.step = step;
            this.x = x;
            this.value = value;
            this.gradient = gradient;
            this.slope = slope;
        }

        private boolean isFinite() {
            return Double.isFinite(value) && Double.isFinite(slope);
        }
    }

    /** A step and the change of gradient that it brought. */
    private static final class Pair {

        private final double[] step;
        private final double[] change;
        private final double product;

        private Pair(Point from, Point to) {
            step = difference(to.x, from.x);
            change = difference(to.gradient, from.gradient);
            product = dot(step, change);
        }
    }

    private final class Search {

        private final Objective objective;
        private final UnaryOperator<double[]> preconditioner;
        private final Deque<Pair> history = new ArrayDeque<>();
        private Point best;
        private int evaluations;

        private Search(Objective objective, UnaryOperator<double[]> preconditioner) {
            this.objective = objective;
            this.preconditioner = preconditioner;
        }

        private Result run(double[] start) {
            Point at = evaluate(0, start.clone(), null);
            int idle = 0;
            for (int iteration = 0; ; iteration++) {
                if (largest(at.gradient) <= gradientTolerance) {
                    return result(at, iteration, Status.CONVERGED);
                }
                if (iteration == maxIterations) {
                    return result(at, iteration, Status.MAX_ITERATIONS);
                }
                Point next = step(at);
                if (next == null && !history.isEmpty()) {
                    history.clear();
                    next = step(at);
                }
                if (next == null || idle == MAX_IDLE) {
                    return result(best, iteration, Status.LINE_SEARCH_FAILED);
                }
                idle = next.value < at.value - noise(at) ? 0 : idle + 1;
                Pair pair = new Pair(at, next);
                if (pair.product > ROUNDING * dot(pair.change, pair.change)) {
                    if (history.size() == MEMORY) {
                        history.removeFirst();
                    }
                    history.addLast(pair);
                }
                at = next;
            }
        }

        /** The last point is preferred to one that is better by rounding alone. */
        private Result result(Point last, int iterations, Status status) {
            Point found = last.value <= best.value + noise(best) ? last : best;
            return new Result(
                    found.x, found.value, largest(found.gradient), iterations, evaluations, status);
        }

        private Point step(Point at) {
            double[] direction = direction(at.gradient);
            double slope = dot(direction, at.gradient);
            if (!(slope < 0) || Double.isInfinite(slope)) {
                return null;
            }
            boolean unscaled = history.isEmpty() && preconditioner == null;
            double first = unscaled ? 1 / Math.max(1, norm(at.gradient)) : 1;
            Point from = new Point(0, at.x, at.value, at.gradient, slope);
            return search(from, direction, first);
        }

        /** The two-loop recursion. */
        private double[] direction(double[] gradient) {
            double[] direction = Arrays.stream(gradient).map(g -> -g).toArray();
            double[] shares = new double[history.size()];
            int index = history.size();
            for (Iterator<Pair> pairs = history.descendingIterator(); pairs.hasNext(); ) {
                Pair pair = pairs.next();
                index--;
                shares[index] = dot(pair.step, direction) / pair.product;
                add(direction, -shares[index], pair.change);
            }
            direction = precondition(direction);
            for (Pair pair : history) {
                double share = dot(pair.change, direction) / pair.product;
                add(direction, shares[index] - share, pair.step);
                index++;
            }
            return direction;
        }

        /** The first guess of the inverse Hessian, scaled to fit the latest pair. */
        private double[] precondition(double[] direction) {
            double[] guess = preconditioner == null ? direction : preconditioner.apply(direction);
            if (history.isEmpty()) {
                return guess;
            }
            Pair latest = history.getLast();
            double[] change =
                    preconditioner == null ? latest.change : preconditioner.apply(latest.change);
            double scale = latest.product / dot(latest.change, change);
            Arrays.setAll(guess, i -> guess[i] * scale);
            return guess;
        }

        /** A point that meets the Wolfe conditions, or null. */
        private Point search(Point from, double[] direction, double first) {
            Point low = from;
            Point high = null;
            double step = first;
            for (int trial = 0; trial < MAX_TRIALS; trial++) {
                Point point = along(from, direction, step);
                if (!decreases(from, point) || point.value > low.value) {
                    if (isApproximate(from, point)) {
                        return point;
                    }
                    high = point;
                } else if (Math.abs(point.slope) <= -CURVATURE * from.slope) {
                    return point;
                } else {
                    boolean beyond = point.slope >= 0;
                    if (high == null ? beyond : point.slope * (high.step - low.step) >= 0) {
                        high = low;
                    }
                    low = point;
                }
                step = high == null ? step * GROWTH : between(low, high);
                if (high != null && isBelowRounding(from, high.step - low.step)) {
                    break;
                }
            }
            return low == from ? null : low;
        }

        /** Whether the values of an interval differ by less than their last digit. */
        private boolean isBelowRounding(Point from, double width) {
            return Math.abs(width * from.slope) <= Math.ulp(from.value);
        }

        private boolean decreases(Point from, Point point) {
            return point.isFinite()
                    && point.value <= from.value + SUFFICIENT_DECREASE * point.step * from.slope;
        }

        /** Tells a decrease by the slopes, where the values are equal but for rounding. */
        private boolean isApproximate(Point from, Point point) {
            return point.isFinite()
                    && point.value <= from.value + noise(from)
                    && point.slope <= (2 * SUFFICIENT_DECREASE - 1) * from.slope
                    && point.slope >= CURVATURE * from.slope;
        }

        private Point along(Point from, double[] direction, double step) {
            double[] x = from.x.clone();
            add(x, step, direction);
            return evaluate(step, x, direction);
        }

        private Point evaluate(double step, double[] x, double[] direction) {
            double[] gradient = new double[x.length];
            double value = objective.evaluate(x, gradient);
            evaluations++;
            double slope = direction == null ? 0 : dot(direction, gradient);
            Point point = new Point(step, x, value, gradient, slope);
            if (best == null || point.isFinite() && value < best.value) {
                best = point;
            }
            return point;
        }
    }

    /** The minimum of the cubic through both ends, kept inside; the middle where there is none. */
    private static double between(Point low, Point high) {
        double width = high.step - low.step;
        double middle = low.step + width / 2;
        if (!high.isFinite()) {
            return low.step + width * MARGIN;
        }
        double d1 = low.slope + high.slope - 3 * (high.value - low.value) / width;
        double d2 = Math.signum(width) * Math.sqrt(d1 * d1 - low.slope * high.slope);
        double step =
                high.step - width * (high.slope + d2 - d1) / (high.slope - low.slope + 2 * d2);
        double share = (step - low.step) / width;
        return share >= MARGIN && share <= 1 - MARGIN ? step : middle;
    }

    private static double noise(Point point) {
        return ROUNDING * Math.abs(point.value);
    }

    private static double largest(double[] values) {
        double largest = 0;
        for (double value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }

    private static double norm(double[] values) {
        return Math.sqrt(dot(values, values));
    }

    private static double dot(double[] left, double[] right) {
        double sum = 0;
        for (int i = 0; i < left.length; i++) {
            sum += left[i] * right[i];
        }
        return sum;
    }

    private static void add(double[] target, double factor, double[] values) {
        for (int i = 0; i < target.length; i++) {
            target[i] += factor * values[i];
        }
    }

    private static double[] difference(double[] left, double[] right) {
        double[] difference = new double[left.length];
        Arrays.setAll(difference, i -> left[i] - right[i]);
        return difference;
    }
}
