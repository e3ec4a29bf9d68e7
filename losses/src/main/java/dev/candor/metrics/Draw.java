package dev.candor.metrics;

import java.util.random.RandomGenerator;

/** Draws of rows. */
final class Draw {

    private Draw() {}

    /** As many rows as there are, drawn with replacement. */
    static int[] rows(int size, RandomGenerator random) {
        int[] rows = new int[size];
        for (int i = 0; i < size; i++) {
            rows[i] = random.nextInt(size);
        }
        return rows;
    }

    /** As many values as there are, drawn with replacement. */
    static double[] values(double[] values, RandomGenerator random) {
        double[] drawn = new double[values.length];
        for (int i = 0; i < drawn.length; i++) {
            drawn[i] = values[random.nextInt(values.length)];
        }
        return drawn;
    }
}
