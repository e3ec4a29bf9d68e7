package dev.candor.benchmarks;

import java.util.ArrayList;
import java.util.List;

/**
 * Maps values above zero to positions in a drawing, equal ratios to equal distances.
 *
 * @param low the value at the start
 * @param high the value at the end
 * @param start the position of the low value
 * @param end the position of the high value
 */
record LogAxis(double low, double high, double start, double end) {

    private static final double ROUNDING = 1e-9;

    /** Digits of ticks, the closest first. */
    private static final double[][] DIGITS = {{1, 2, 5}, {1, 3}, {1}};

    /** An axis that ends at round values, on or beyond those given. */
    static LogAxis around(double lowest, double highest, double start, double end) {
        double low = round(lowest, false);
        double high = round(highest, true);
        return new LogAxis(low, high > low ? high : 10 * low, start, end);
    }

    /** The nearest of 1, 2 and 5 times a power of ten, above or below. */
    private static double round(double value, boolean up) {
        double power = Math.pow(10, Math.floor(Math.log10(value) + ROUNDING));
        double found = power;
        for (double digit : new double[] {1, 2, 5, 10}) {
            double candidate = digit * power;
            if (up && candidate >= value * (1 - ROUNDING)) {
                return candidate;
            }
            if (!up && candidate <= value * (1 + ROUNDING)) {
                found = candidate;
            }
        }
        return found;
    }

    /** The position of a value; that of the nearest end, if the value lies beyond. */
    double at(double value) {
        return new Axis(Math.log(low), Math.log(high), start, end)
                .at(Math.log(Math.max(value, Double.MIN_NORMAL)));
    }

    /**
     * Round values along the axis.
     *
     * @param most how many at most, at least 2
     */
    List<Double> ticks(int most) {
        for (double[] digits : DIGITS) {
            List<Double> ticks = ticks(digits, 1);
            if (ticks.size() <= most) {
                return ticks;
            }
        }
        int decades = 2;
        while (ticks(DIGITS[2], decades).size() > most) {
            decades++;
        }
        return ticks(DIGITS[2], decades);
    }

    private List<Double> ticks(double[] digits, int decades) {
        List<Double> ticks = new ArrayList<>();
        int last = (int) Math.ceil(Math.log10(high));
        for (int power = (int) Math.floor(Math.log10(low)); power <= last; power++) {
            for (double digit : digits) {
                double tick = digit * Math.pow(10, power);
                boolean within = tick >= low * (1 - ROUNDING) && tick <= high * (1 + ROUNDING);
                if (within && Math.floorMod(power, decades) == 0) {
                    ticks.add(tick);
                }
            }
        }
        return ticks;
    }
}
