package dev.candor.benchmarks;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonPrimitive;

/** JSON as readers other than Java's take it. */
final class Json {

    private Json() {}

    /** The number, or null where JSON has none: NaN and infinity. */
    static JsonElement number(double value) {
        return Double.isFinite(value) ? new JsonPrimitive(value) : JsonNull.INSTANCE;
    }
}
