package dev.candor.benchmarks;

import java.util.Locale;
import java.util.function.DoubleFunction;

/** Numbers as pages show them. */
final class Figures {

    private static final String[] UNITS = {"ns", "µs", "ms", "s"};

    private Figures() {}

    /** Three digits, or all before the point; none after it of a whole number. */
    static String shown(double value) {
        double size = Math.abs(value);
        if (Double.isNaN(value)) {
            return "";
        }
        if (size >= 100 || size == Math.rint(size)) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
        int decimals = 2 - (int) Math.floor(Math.log10(size));
        return String.format(Locale.ROOT, "%." + Math.min(decimals, 8) + "f", value);
    }

    static String range(double low, double high, DoubleFunction<String> shown) {
        return shown.apply(low) + ".." + shown.apply(high);
    }

    /** A share of one in percent, with its sign. */
    static String percent(double share) {
        double percent = 100 * share;
        String form = Math.abs(percent) >= 10 ? "%+,.0f%%" : "%+.1f%%";
        return String.format(Locale.ROOT, form, percent);
    }

    /** A round share of one in percent, with its sign. */
    static String wholePercent(double share) {
        String percent = Axis.label(100 * share) + "%";
        return share > 0 ? "+" + percent : percent;
    }

    /** A power of ten of milliseconds. */
    static String time(double milliseconds) {
        double value = milliseconds * 1e6;
        int unit = 0;
        while (unit + 1 < UNITS.length && value >= 999.5) {
            value /= 1000;
            unit++;
        }
        return Axis.label(value) + " " + UNITS[unit];
    }

    /** A power of ten. */
    static String size(double size) {
        return size >= 999_999.5
                ? Axis.label(size / 1e6) + "M"
                : size >= 999.5 ? Axis.label(size / 1e3) + "k" : Axis.label(size);
    }

    /** A name of a JSON file in words. */
    static String words(String name) {
        return name.replaceAll("([a-z0-9])([A-Z])", "$1 $2").toLowerCase(Locale.ROOT);
    }
}
