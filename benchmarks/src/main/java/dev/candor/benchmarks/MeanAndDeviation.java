package dev.candor.benchmarks;

import java.util.Arrays;
import java.util.Locale;

/**
 * What several runs gave.
 *
 * @param mean their mean
 * @param deviation their sample standard deviation; NaN of a single run
 */
record MeanAndDeviation(double mean, double deviation) {

    /** Sums up values, at least one. */
    static MeanAndDeviation of(double... values) {
        double mean = Arrays.stream(values).sum() / values.length;
        double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
        double deviation =
                values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : Double.NaN;
        return new MeanAndDeviation(mean, deviation);
    }

    /** Such as {@code 7.6 ± 0.3}, or the mean alone for a single run. */
    String toString(int digits) {
        String number = "%." + digits + "f";
        return Double.isNaN(deviation)
                ? String.format(Locale.ROOT, number, mean)
                : String.format(Locale.ROOT, number + " ± " + number, mean, deviation);
    }
}
