package dev.candor.metrics;

import java.util.Random;

/** Forecasts made for tests. */
final class RandomForecasts {

    private RandomForecasts() {}

    /** Uniform forecasts that come true as often as they say. */
    static Forecasts calibrated(int size, long seed) {
        Random random = new Random(seed);
        double[] forecasts = random.doubles(size).toArray();
        boolean[] outcomes = new boolean[size];
        for (int row = 0; row < size; row++) {
            outcomes[row] = random.nextDouble() < forecasts[row];
        }
        return Forecasts.of(forecasts, outcomes);
    }

    /** The same forecasts with ties broken by row, the earlier one the higher, by a hair. */
    static Forecasts untied(Forecasts forecasts) {
        double[] broken = forecasts.probabilities();
        for (int row = 0; row < broken.length; row++) {
            broken[row] -= row * 1e-14;
        }
        return Forecasts.of(broken, forecasts.outcomes());
    }
}
