package dev.candor.internal;

import java.util.Locale;

/** Checks of arguments, with messages that carry the value, the bound and the place. */
public final class Checks {

    private Checks() {}

    public static double positive(String name, double value) {
        if (!(value > 0) || Double.isInfinite(value)) {
            throw illegal("%s = %s, expected a finite value > 0", name, value);
        }
        return value;
    }

    public static double nonNegative(String name, double value) {
        if (!(value >= 0) || Double.isInfinite(value)) {
            throw illegal("%s = %s, expected a finite value >= 0", name, value);
        }
        return value;
    }

    /** Accepts {@code low <= value <= high}. */
    public static double within(String name, double value, double low, double high) {
        if (!(value >= low && value <= high)) {
            throw illegal("%s = %s, expected %s..%s", name, value, low, high);
        }
        return value;
    }

    /** Accepts {@code low < value < high}. */
    public static double strictlyWithin(String name, double value, double low, double high) {
        if (!(value > low && value < high)) {
            throw illegal(
                    "%s = %s, expected more than %s and less than %s", name, value, low, high);
        }
        return value;
    }

    public static int atLeast(String name, int value, int bound) {
        if (value < bound) {
            throw illegal("%s = %d, expected at least %d", name, value, bound);
        }
        return value;
    }

    public static void that(boolean condition, String message, Object... arguments) {
        if (!condition) {
            throw illegal(message, arguments);
        }
    }

    /** Accepts class indices {@code 0..classes-1}; names the first that is outside. */
    public static void labels(long[] labels, long classes) {
        for (int row = 0; row < labels.length; row++) {
            if (labels[row] < 0 || labels[row] >= classes) {
                throw illegal("labels[%d] = %d, expected 0..%d", row, labels[row], classes - 1);
            }
        }
    }

    /** Accepts two or more tokens, all different; returns a copy. */
    public static long[] distinctTokens(String name, long... tokens) {
        that(tokens.length > 1, "%d %s, expected at least 2", tokens.length, name);
        for (int j = 0; j < tokens.length; j++) {
            that(tokens[j] >= 0, "%s[%d] = %d, expected a token", name, j, tokens[j]);
            for (int i = 0; i < j; i++) {
                that(
                        tokens[i] != tokens[j],
                        "%s[%d] = %d, the same as %s[%d]",
                        name,
                        j,
                        tokens[j],
                        name,
                        i);
            }
        }
        return tokens.clone();
    }

    public static IllegalArgumentException illegal(String message, Object... arguments) {
        return new IllegalArgumentException(String.format(Locale.ROOT, message, arguments));
    }
}
