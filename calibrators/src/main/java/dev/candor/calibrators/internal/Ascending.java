package dev.candor.calibrators.internal;

import java.util.Arrays;

/**
 * The ascending order of numbers, on the host, by counting digits: linear in their number. An
 * instance lends its memory to one sort after the other.
 */
public final class Ascending {

    private static final int DIGIT_BITS = 11;
    private static final int DIGITS = 1 << DIGIT_BITS;
    private static final int PASSES = (Long.SIZE + DIGIT_BITS - 1) / DIGIT_BITS;

    private final int[][] starts = new int[PASSES][DIGITS];
    private long[] keys;
    private long[] otherKeys;
    private int[] order;
    private int[] otherOrder;

    private Ascending(long[] keys) {
        this.keys = keys;
        this.otherKeys = new long[keys.length];
        this.order = new int[keys.length];
        this.otherOrder = new int[keys.length];
    }

    /** Sorts up to so many numbers at a time. */
    public Ascending(int most) {
        this(new long[most]);
    }

    /**
     * The places of the numbers from the least to the greatest. Equal numbers keep their order;
     * negative zero comes before zero.
     *
     * @param values numbers, none of them NaN
     */
    public static int[] order(double[] values) {
        return new Ascending(values.length).places(values, values.length);
    }

    /**
     * The places of unsigned keys from the least to the greatest. Equal keys keep their order.
     *
     * @param keys are overwritten
     */
    public static int[] order(long[] keys) {
        return new Ascending(keys).sort(keys.length);
    }

    /**
     * The places of the first numbers, as {@link #order(double[])}, at the beginning of an array
     * that the next call overwrites.
     *
     * @param values numbers, none of them NaN
     * @param size how many of them
     */
    public int[] places(double[] values, int size) {
        for (int i = 0; i < size; i++) {
            long bits = Double.doubleToRawLongBits(values[i]);
            keys[i] = bits ^ (bits >> 63 | Long.MIN_VALUE);
        }
        return sort(size);
    }

    /** The number at a place of the order that {@link #places} gave last. */
    double sorted(int place) {
        long key = keys[place];
        return Double.longBitsToDouble(key < 0 ? key ^ Long.MIN_VALUE : ~key);
    }

    /**
     * Numbers in ascending order, each once.
     *
     * @param sorted in ascending order, none of them NaN; left as they are
     */
    public static double[] distinct(double[] sorted) {
        double[] once = sorted.clone();
        int count = 0;
        for (double value : sorted) {
            if (count == 0 || once[count - 1] != value) {
                once[count++] = value;
            }
        }
        return Arrays.copyOf(once, count);
    }

    private int[] sort(int size) {
        for (int[] counts : starts) {
            Arrays.fill(counts, 0);
        }
        for (int i = 0; i < size; i++) {
            for (int pass = 0; pass < PASSES; pass++) {
                starts[pass][digit(keys[i], pass)]++;
            }
        }
        for (int i = 0; i < size; i++) {
            order[i] = i;
        }
        for (int pass = 0; pass < PASSES; pass++) {
            int[] places = starts[pass];
            if (size > 0 && places[digit(keys[0], pass)] == size) {
                continue;
            }
            accumulate(places);
            for (int i = 0; i < size; i++) {
                int place = places[digit(keys[i], pass)]++;
                otherKeys[place] = keys[i];
                otherOrder[place] = order[i];
            }
            long[] sorted = otherKeys;
            otherKeys = keys;
            keys = sorted;
            int[] ordered = otherOrder;
            otherOrder = order;
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
