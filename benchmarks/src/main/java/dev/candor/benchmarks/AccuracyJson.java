package dev.candor.benchmarks;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.candor.benchmarks.AccuracyTable.Cell;
import dev.candor.benchmarks.AccuracyTable.DataSet;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Accuracy tables as JSON. */
final class AccuracyJson {

    private static final Gson GSON =
            new GsonBuilder().disableHtmlEscaping().serializeNulls().create();

    private AccuracyJson() {}

    static String of(AccuracyTable table, Map<String, String> versions) {
        JsonObject json = new JsonObject();
        json.add("versions", GSON.toJsonTree(versions));
        json.addProperty("resamples", table.resamples());
        json.add("methods", GSON.toJsonTree(table.methods()));
        JsonArray sets = new JsonArray();
        table.sets().forEach(set -> sets.add(set(table, set)));
        json.add("sets", sets);
        JsonObject ranks = new JsonObject();
        for (Measure measure : Measure.values()) {
            if (table.ranks(measure) != null) {
                ranks.add(measure.key, ranks(table.ranks(measure)));
            }
        }
        json.add("ranks", ranks);
        return GSON.toJson(json);
    }

    private static JsonObject set(AccuracyTable table, DataSet set) {
        JsonObject json = new JsonObject();
        json.addProperty("name", set.name());
        json.addProperty("fitted", set.fitted());
        json.addProperty("measured", set.measured());
        json.addProperty("classes", set.classes());
        JsonArray cells = new JsonArray();
        for (int m = 0; m < table.methods().size(); m++) {
            Cell cell = set.cells().get(m);
            JsonObject entry = new JsonObject();
            entry.addProperty("method", table.methods().get(m));
            if (cell.isRefused()) {
                entry.addProperty("refused", cell.refusal());
            } else {
                entry.add("seconds", Json.number(cell.seconds()));
                entry.add("accuracy", Json.number(cell.accuracy()));
                cell.values().forEach((measure, value) -> entry.add(measure.key, value.toJson()));
                entry.add("riskCoverage", cell.curve().toJson());
            }
            cells.add(entry);
        }
        json.add("cells", cells);
        return json;
    }

    private static JsonObject ranks(CriticalDifference ranks) {
        JsonObject json = new JsonObject();
        json.add("friedman", Json.number(ranks.chiSquare()));
        json.add("f", Json.number(ranks.f()));
        json.add("p", Json.number(ranks.p()));
        json.add("criticalDifference", Json.number(ranks.difference()));
        JsonObject means = new JsonObject();
        ranks.ranked().forEach(r -> means.add(r.method(), Json.number(r.rank())));
        json.add("meanRanks", means);
        return json;
    }

    /** Reads what {@link #of} wrote; what it lacks of a method counts as refused. */
    static AccuracyTable read(Fields json) {
        List<String> methods = json.texts("methods");
        List<DataSet> sets = new ArrayList<>();
        for (Fields set : json.objects("sets")) {
            List<Fields> entries = set.objects("cells");
            List<Cell> cells =
                    methods.stream()
                            .map(
                                    method ->
                                            entries.stream()
                                                    .filter(e -> e.text("method").equals(method))
                                                    .findFirst()
                                                    .map(AccuracyJson::cell)
                                                    .orElse(Cell.refused("not measured")))
                            .toList();
            sets.add(
                    new DataSet(
                            set.text("name"),
                            set.whole("fitted"),
                            set.whole("measured"),
                            set.whole("classes"),
                            cells));
        }
        return new AccuracyTable(json.whole("resamples"), methods, sets);
    }

    private static Cell cell(Fields entry) {
        if (entry.has("refused")) {
            return Cell.refused(entry.text("refused"));
        }
        Map<Measure, Interval> values = new EnumMap<>(Measure.class);
        for (Measure measure : Measure.values()) {
            values.put(measure, Interval.read(entry.object(measure.key)));
        }
        return new Cell(
                values,
                entry.number("accuracy"),
                entry.number("seconds"),
                RiskCoverage.read(entry.object("riskCoverage")),
                null);
    }
}
