package dev.candor.calibrators.internal;

import java.util.function.DoubleFunction;

/**
 * Minimises a quasi-convex function of one variable by Newton's method, kept within a bracket that
 * the sign of the slope narrows.
 */
public final class SafeguardedNewton {

    private static final double LONGEST_STEP = 1;
    private static final double NARROWEST_BRACKET = 1e-12;

    private SafeguardedNewton() {}

    /**
     * A function and its derivatives at a point.
     *
     * @param value f
     * @param slope f'
     * @param curvature f''
     */
    public record Local(double value, double slope, double curvature) {}

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
     * @param tolerance the search ends with a Newton step no longer than this, which is taken
     *     without another evaluation: what is left is of the order of its square
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
            if (local.slope() > 0) {
                high = at;
            } else {
                low = at;
            }
            double step =
                    local.curvature() > 0
                            ? -local.slope() / local.curvature()
                            : -Math.signum(local.slope());
            if (Math.abs(step) <= tolerance) {
                return new Minimum(
                        at + step, local.value() + local.slope() * step / 2, iteration, true);
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
