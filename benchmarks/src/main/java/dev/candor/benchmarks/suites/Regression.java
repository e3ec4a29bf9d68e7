package dev.candor.benchmarks.suites;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What got slower between two reports, beyond noise: rows whose fastest time is now more than five
 * percent above their slowest of before.
 *
 * <p>Rows are matched by all that names them. Times from different machines, engines or numbers of
 * threads do not compare, and a difference there is told.
 */
public final class Regression {

    static final double MARGIN = 1.05;

    private static final String TIMES = "milliseconds";
    private static final List<String> NOT_NAMES = List.of("verdict", "remark");
    private static final List<String> CONDITIONS =
            List.of("machine", "device", "clock", "threads", "seed");

    /** A row that got slower. */
    record Slower(String row, double before, double now) {}

    private final List<Slower> slower = new ArrayList<>();
    private final List<String> differences = new ArrayList<>();
    private int compared;

    private Regression() {}

    /**
     * Compares two reports of the bench.
     *
     * @param before a report, as {@code --json} writes it
     * @param now a later one
     * @return the comparison
     */
    public static Regression of(JsonObject before, JsonObject now) {
        Regression regression = new Regression();
        Map<String, JsonObject> suites = suites(before);
        suites(now).forEach((name, suite) -> regression.compare(name, suites.get(name), suite));
        return regression;
    }

    private static Map<String, JsonObject> suites(JsonObject report) {
        Map<String, JsonObject> suites = new LinkedHashMap<>();
        if (report.has("suites")) {
            for (JsonElement suite : report.getAsJsonArray("suites")) {
                suites.put(
                        suite.getAsJsonObject().get("suite").getAsString(),
                        suite.getAsJsonObject());
            }
        }
        return suites;
    }

    private void compare(String name, JsonObject before, JsonObject now) {
        if (before == null) {
            return;
        }
        for (String condition : CONDITIONS) {
            JsonElement was = before.get(condition);
            JsonElement is = now.get(condition);
            if (was != null && !was.equals(is)) {
                differences.add(name + ": " + condition + " was " + was + ", is " + is);
            }
        }
        Map<String, Spread> old = rows(before);
        rows(now)
                .forEach(
                        (row, times) -> {
                            Spread were = old.get(row);
                            if (were != null) {
                                compared++;
                                if (times.min() > MARGIN * were.max()) {
                                    slower.add(
                                            new Slower(
                                                    name + ": " + row,
                                                    were.median(),
                                                    times.median()));
                                }
                            }
                        });
    }

    private static Map<String, Spread> rows(JsonObject suite) {
        Map<String, Spread> rows = new LinkedHashMap<>();
        suite.entrySet().stream()
                .filter(entry -> entry.getValue().isJsonArray())
                .forEach(
                        entry -> {
                            for (JsonElement element : entry.getValue().getAsJsonArray()) {
                                JsonObject row = element.getAsJsonObject();
                                if (row.has(TIMES)) {
                                    rows.put(
                                            entry.getKey() + " " + names(row),
                                            Spread.of(row.getAsJsonObject(TIMES)));
                                }
                            }
                        });
        return rows;
    }

    private static String names(JsonObject row) {
        return row.entrySet().stream()
                .filter(entry -> !NOT_NAMES.contains(entry.getKey()))
                .filter(entry -> entry.getValue().isJsonPrimitive())
                .filter(entry -> entry.getValue().getAsJsonPrimitive().isString())
                .map(entry -> entry.getValue().getAsString())
                .collect(Collectors.joining(" "));
    }

    List<Slower> slower() {
        return List.copyOf(slower);
    }

    /**
     * Prints what got slower, or that nothing did.
     *
     * @param out where to
     */
    public void print(PrintWriter out) {
        differences.forEach(difference -> out.println("not comparable: " + difference));
        for (Slower row : slower) {
            out.printf(
                    Locale.ROOT,
                    "slower: %s: %.4g ms, was %.4g (%.2f times)%n",
                    row.row,
                    row.now,
                    row.before,
                    row.now / row.before);
        }
        out.printf(Locale.ROOT, "%d of %d rows got slower beyond noise%n", slower.size(), compared);
    }
}
