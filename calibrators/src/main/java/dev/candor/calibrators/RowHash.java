package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.candor.calibrators.internal.Ascending;
import dev.candor.calibrators.internal.LabelledLogits;
import java.util.Arrays;

/**
 * Random numbers that are drawn from the samples themselves and a seed, so that a sample meets the
 * same fate in whatever order or batch it comes.
 */
final class RowHash {

    private static final long GOLDEN_RATIO = 0x9E3779B97F4A7C15L;
    private static final int FRACTION_BITS = 53;

    private RowHash() {}

    /** A key for each sample of a fit, from its logits and its label. */
    static long[] of(LabelledLogits data, long seed) {
        long[] keys = new long[Math.toIntExact(data.size())];
        Float64Chunk.forEach(
                data,
                chunk -> {
                    long[] rows = of(chunk.logits(), seed);
                    long[] labels = chunk.labels().toLongArray();
                    for (int i = 0; i < rows.length; i++) {
                        keys[(int) chunk.first() + i] = mixed(rows[i] + labels[i]);
                    }
                });
        return keys;
    }

    /** The places of the samples of a fit in an order at random. */
    static int[] shuffled(LabelledLogits data, long seed) {
        return Ascending.order(of(data, seed));
    }

    /** A number of 0 to 1, exclusive, for each row of {@code [M, C]}. */
    static double[] uniform(NDArray logits, long seed) {
        return Arrays.stream(of(logits, seed))
                .mapToDouble(key -> ((key >>> Long.SIZE - FRACTION_BITS) + 0.5) * 0x1p-53)
                .toArray();
    }

    private static long[] of(NDArray logits, long seed) {
        double[] most = column(logits.max(new int[] {1}));
        double[] least = column(logits.min(new int[] {1}));
        long[] keys = new long[most.length];
        for (int i = 0; i < keys.length; i++) {
            long key = mixed(seed + Double.doubleToLongBits(most[i]));
            keys[i] = mixed(key + Double.doubleToLongBits(least[i]));
        }
        return keys;
    }

    private static double[] column(NDArray values) {
        return values.toType(DataType.FLOAT64, false).toDoubleArray();
    }

    /** The mixing step of SplitMix64. */
    private static long mixed(long key) {
        long z = key + GOLDEN_RATIO;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
