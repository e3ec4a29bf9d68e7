package dev.candor.benchmarks;

import dev.candor.internal.Checks;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Maps values to positions in a drawing.
 *
 * @param low the value at the start
 * @param high the value at the end
 * @param start the position of the low value
 * @param end the position of the high value
 */
record Axis(double low, double high, double start, double end) {

    /** What rounding may add to a ratio. */
    private static final double ROUNDING = 1e-9;

    private static final double[] ROUND = {1, 2, 2.5, 5};

    /** The position of a value; that of the nearest end, if the value lies beyond. */
    double at(double value) {
        double share = (value - low) / (high - low);
        return start + Math.min(1, Math.max(0, share)) * (end - start);
    }

    /**
     * Round values along the axis, both ends included if they are round.
     *
     * @param most how many at most, at least 2
     */
    List<Double> ticks(int most) {
        double step = step(high - low, most - 1);
        List<Double> ticks = new ArrayList<>();
        for (long i = (long) Math.ceil(low / step - ROUNDING);
                i * step <= high + ROUNDING * step;
                i++) {
            ticks.add(i * step);
        }
        return ticks;
    }

    /** The smallest round number of which this many reach the extent. */
    static double step(double extent, int most) {
        Checks.positive("extent", extent);
        double magnitude = Math.pow(10, Math.floor(Math.log10(extent / most)));
        for (double factor : ROUND) {
            if (factor * magnitude * most >= extent * (1 - ROUNDING)) {
                return factor * magnitude;
            }
        }
        return 10 * magnitude;
    }

    /** An axis from zero to a round value not below the highest. */
    static Axis fromZero(double highest, int mostTicks, double start, double end) {
        double reach = highest > 0 ? highest : 1;
        double step = step(reach, mostTicks - 1);
        return new Axis(0, step * Math.ceil(reach / step - ROUNDING), start, end);
    }

    /** A tick as it is written, without zeros at the end. */
    static String label(double tick) {
        String decimals = String.format(Locale.ROOT, "%.6f", tick);
        return decimals.replaceFirst("\\.?0+$", "");
    }
}
