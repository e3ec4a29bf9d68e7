package dev.candor.benchmarks;

import com.google.gson.JsonObject;
import dev.candor.metrics.BootstrapInterval;

/**
 * A measured value and where it may lie by chance.
 *
 * @param value as measured
 * @param low the lower end
 * @param high the upper end
 */
record Interval(double value, double low, double high) {

    static Interval of(BootstrapInterval interval) {
        return new Interval(interval.value(), interval.low(), interval.high());
    }

    JsonObject toJson() {
        JsonObject json = new JsonObject();
        json.add("value", Json.number(value));
        json.add("low", Json.number(low));
        json.add("high", Json.number(high));
        return json;
    }

    /** Reads what {@link #toJson} wrote. */
    static Interval read(Fields json) {
        return new Interval(json.number("value"), json.number("low"), json.number("high"));
    }
}
