package dev.candor.benchmarks.suites;

import java.util.function.LongUnaryOperator;

/**
 * Numbers by position: the finaliser of splitmix64 applied to the index, so that a program in
 * another language makes the same inputs without exchanging files.
 */
final class SeededNumbers {

    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;
    private static final double UNIT = 0x1.0p-53;

    private final long seed;

    SeededNumbers(long seed) {
        this.seed = seed;
    }

    long[] integers(long stream, int count, long bound) {
        LongUnaryOperator hash = hash(stream);
        long[] values = new long[count];
        for (int i = 0; i < count; i++) {
            values[i] = (hash.applyAsLong(i) >>> 1) % bound;
        }
        return values;
    }

    double[] uniform(long stream, int count) {
        return uniform(stream, 0, count);
    }

    /** Those from position {@code start}. */
    double[] uniform(long stream, long start, int count) {
        LongUnaryOperator hash = hash(stream);
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = ((hash.applyAsLong(start + i) >>> 11) + 0.5) * UNIT;
        }
        return values;
    }

    /** Uses the streams {@code stream} and {@code stream + 1}. */
    double[] normal(long stream, int count) {
        return normal(stream, 0, count);
    }

    /** Those from position {@code start}. */
    double[] normal(long stream, long start, int count) {
        double[] radii = uniform(stream, start, count);
        double[] angles = uniform(stream + 1, start, count);
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = Math.sqrt(-2 * Math.log(radii[i])) * Math.cos(2 * Math.PI * angles[i]);
        }
        return values;
    }

    private LongUnaryOperator hash(long stream) {
        long offset = (seed * 1_000_003 + stream) * GOLDEN_GAMMA;
        return index -> {
            long x = (index + 1) * GOLDEN_GAMMA + offset;
            x = (x ^ (x >>> 30)) * 0xBF58476D1CE4E5B9L;
            x = (x ^ (x >>> 27)) * 0x94D049BB133111EBL;
            return x ^ (x >>> 31);
        };
    }
}
