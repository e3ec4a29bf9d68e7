package dev.candor.calibrators.internal;

import java.util.function.DoubleFunction;

/**
 * Minimises a quasi-convex function of one variable by Newton's method with Halley's correction,
 * kept within a bracket that the sign of the slope narrows.
 */
public final class SafeguardedHalley {

    private static final double LONGEST_STEP = 1;
    private static final double NARROWEST_BRACKET = 1e-12;

    private SafeguardedHalley() {}

    /**
     * A function and its derivatives at a point.
     *
     * @param value f
     * @param first f'
     * @param second f''
     * @param third f'''
     */
    public record Local(double value, double first, double second, double third) {

        /** The step to the minimum that these derivatives foretell. */
        double step() {
            if (!(second > 0)) {
                return -Math.signum(first);
            }
            double denominator = 2 * second * second - first * third;
            return denominator > second * second
                    ? -2 * first * second / denominator
                    : -first / second;
        }

        /** The value after a short step. */
        double after(double step) {
            return value + step * (first + step * (second / 2 + step * third / 6));
        }
    }

    /**
     * Where the search ended.
     *
     * @param at the point
     * @param value f there
     * @param iterations evaluations of f
     * @param converged whether the step fell below the tolerance
     */
    public record Minimum(double at, double value, int iterations, boolean converged) {}

    /**
     * Searches from a point.
     *
     * @param start a point in {@code low..high}
     * @param tolerance the search ends with a step no longer than this, which is taken without
     *     another evaluation: what is left is of the order of its cube
     */
    public static Minimum minimise(
            DoubleFunction<Local> function,
            double start,
            double low,
            double high,
            double tolerance,
            int maxIterations) {
        double at = start;
        double best = start;
        double bestValue = Double.POSITIVE_INFINITY;
        for (int iteration = 1; iteration <= maxIterations; iteration++) {
            Local local = function.apply(at);
            if (local.value() < bestValue) {
                best = at;
                bestValue = local.value();
            }
            if (local.first() > 0) {
                high = at;
            } else {
                low = at;
            }
            double step = local.step();
            if (Math.abs(step) <= tolerance) {
                return new Minimum(at + step, local.after(step), iteration, true);
            }
            if (high - low <= NARROWEST_BRACKET) {
                return new Minimum(best, bestValue, iteration, true);
            }
            at += Math.max(-LONGEST_STEP, Math.min(LONGEST_STEP, step));
            if (!(at > low && at < high)) {
                at = (low + high) / 2;
            }
        }
        return new Minimum(best, bestValue, maxIterations, false);
    }
}
