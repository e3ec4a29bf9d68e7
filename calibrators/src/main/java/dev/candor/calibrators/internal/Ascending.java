package dev.candor.calibrators.internal;

/** The ascending order of numbers, on the host, by counting digits: linear in their number. */
public final class Ascending {

    private static final int DIGIT_BITS = 11;
    private static final int DIGITS = 1 << DIGIT_BITS;
    private static final int PASSES = (Long.SIZE + DIGIT_BITS - 1) / DIGIT_BITS;

    private Ascending() {}

    /**
     * The places of the numbers from the least to the greatest. Equal numbers keep their order;
     * negative zero comes before zero.
     *
     * @param values numbers, none of them NaN
     */
    public static int[] order(double[] values) {
        long[] keys = new long[values.length];
        for (int i = 0; i < keys.length; i++) {
            long bits = Double.doubleToRawLongBits(values[i]);
            keys[i] = bits ^ (bits >> 63 | Long.MIN_VALUE);
        }
        return order(keys);
    }

    /**
     * The places of unsigned keys from the least to the greatest. Equal keys keep their order.
     *
     * @param keys are overwritten
     */
    public static int[] order(long[] keys) {
        int size = keys.length;
        int[][] starts = new int[PASSES][DIGITS];
        for (long key : keys) {
            for (int pass = 0; pass < PASSES; pass++) {
                starts[pass][digit(key, pass)]++;
            }
        }
        int[] order = new int[size];
        for (int i = 0; i < size; i++) {
            order[i] = i;
        }
        long[] from = keys;
        long[] to = new long[size];
        int[] next = new int[size];
        for (int pass = 0; pass < PASSES; pass++) {
            int[] places = starts[pass];
            if (size > 0 && places[digit(from[0], pass)] == size) {
                continue;
            }
            accumulate(places);
            for (int i = 0; i < size; i++) {
                int place = places[digit(from[i], pass)]++;
                to[place] = from[i];
                next[place] = order[i];
            }
            long[] sorted = to;
            to = from;
            from = sorted;
            int[] ordered = next;
            next = order;
            order = ordered;
        }
        return order;
    }

    private static int digit(long key, int pass) {
        return (int) (key >>> pass * DIGIT_BITS) & DIGITS - 1;
    }

    private static void accumulate(int[] counts) {
        int total = 0;
        for (int digit = 0; digit < counts.length; digit++) {
            int count = counts[digit];
            counts[digit] = total;
            total += count;
        }
    }
}
