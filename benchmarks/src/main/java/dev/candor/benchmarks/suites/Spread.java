package dev.candor.benchmarks.suites;

import com.google.gson.JsonObject;
import java.util.Arrays;
import java.util.Locale;

/**
 * How a measured figure varies over repetitions.
 *
 * @param median the median
 * @param min the smallest
 * @param max the largest
 */
public record Spread(double median, double min, double max) {

    /**
     * Sums up repetitions.
     *
     * @param values the repetitions, at least one
     * @return how they vary
     */
    public static Spread of(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return new Spread(median(values), sorted[0], sorted[sorted.length - 1]);
    }

    static double median(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    static Spread of(JsonObject json) {
        return new Spread(
                json.get("median").getAsDouble(),
                json.get("min").getAsDouble(),
                json.get("max").getAsDouble());
    }

    /**
     * Returns the figures as JSON.
     *
     * @return an object of three numbers
     */
    public JsonObject toJson() {
        JsonObject json = new JsonObject();
        json.addProperty("median", median);
        json.addProperty("min", min);
        json.addProperty("max", max);
        return json;
    }

    /** As text with so many decimals. */
    String rounded(int decimals) {
        String number = "%." + decimals + "f";
        String form = number + " (" + number + ".." + number + ")";
        return String.format(Locale.ROOT, form, median, min, max);
    }

    @Override
    public String toString() {
        return rounded(3);
    }
}
