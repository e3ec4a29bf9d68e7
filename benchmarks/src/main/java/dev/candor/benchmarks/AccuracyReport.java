package dev.candor.benchmarks;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.candor.benchmarks.AccuracyTable.Cell;
import dev.candor.benchmarks.AccuracyTable.DataSet;
import dev.candor.metrics.BootstrapInterval;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Accuracy tables as Markdown, as JSON and as a page. */
final class AccuracyReport {

    private static final String TITLE = "Which calibrator, on which data?";

    private static final String LEDE =
            "Each method is fitted to one file of predictions and measured on another, from the same"
                    + " network, that it has not seen.";

    private static final String MEASURES =
            "Lower is better. NLL: negative log-likelihood, in nats. ECE-15: mean gap between"
                    + " confidence and accuracy over 15 bins of equal width; class-wise: the same of"
                    + " the probability of each class, averaged over classes. Brier: squared distance"
                    + " to the label, summed over classes. AURC: area under the risk-coverage curve,"
                    + " the mean error rate of the most confident rows. In brackets: 95%% bootstrap"
                    + " intervals over %,d resamples of the test rows, the same rows for all methods;"
                    + " they say nothing of other networks, and where a binned error is small they"
                    + " may lie above it, for chance can only add to it. Fit: wall time of one fit, in seconds.";

    private static final String RANKS =
            "Rank 1 is best on a set; methods that cannot run on some set are left out. Methods tied"
                    + " by a bar do not differ at the 5%% level by Nemenyi's test: their mean ranks"
                    + " are less than the critical difference apart (Demsar, JMLR 7, 2006). With %d"
                    + " sets that takes much.";

    private static final Gson GSON =
            new GsonBuilder().disableHtmlEscaping().serializeNulls().create();

    private final AccuracyTable table;
    private final Map<String, String> versions;

    /**
     * Prepares reports.
     *
     * @param table what to report
     * @param versions by name, in the order to show
     */
    AccuracyReport(AccuracyTable table, Map<String, String> versions) {
        this.table = table;
        this.versions = versions;
    }

    private static String interval(Measure measure, BootstrapInterval value) {
        return "[" + measure.shown(value.low()) + ", " + measure.shown(value.high()) + "]";
    }

    private static String seconds(int method, Cell cell) {
        return method == 0 ? "" : String.format(Locale.ROOT, "%.2f", cell.seconds());
    }

    private static String describe(DataSet set) {
        return String.format(
                Locale.ROOT,
                "%,d rows to fit, %,d to measure, %,d classes, accuracy %.4f",
                set.fitted(),
                set.measured(),
                set.classes(),
                set.cells().get(0).accuracy());
    }

    private static String significance(CriticalDifference ranks) {
        return String.format(
                Locale.ROOT,
                "Friedman chi-square %.2f, F %.2f, p %s; critical difference %.2f",
                ranks.chiSquare(),
                ranks.f(),
                ranks.p() == 0 ? "< 0.0001" : String.format(Locale.ROOT, "%.4f", ranks.p()),
                ranks.difference());
    }

    /** The least value of a measure on a set. */
    private static double least(DataSet set, Measure measure) {
        return set.cells().stream()
                .filter(cell -> !cell.isRefused())
                .mapToDouble(cell -> cell.values().get(measure).value())
                .min()
                .orElse(Double.NaN);
    }

    private String versions() {
        return versions.entrySet().stream()
                .map(version -> version.getKey() + " " + version.getValue())
                .collect(Collectors.joining(", "));
    }

    /** The tables as Markdown. */
    String markdown() {
        StringBuilder text = new StringBuilder("# " + TITLE + "\n\n" + LEDE + "\n\n");
        text.append(String.format(Locale.ROOT, MEASURES, table.resamples())).append("\n");
        for (DataSet set : table.sets()) {
            text.append("\n## ").append(set.name()).append("\n\n").append(describe(set));
            text.append("\n\n| method |");
            for (Measure measure : Measure.values()) {
                text.append(' ').append(measure.title).append(" |");
            }
            text.append(" fit, s |\n|---|").append("---|".repeat(Measure.values().length + 1));
            text.append('\n');
            for (int m = 0; m < table.methods().size(); m++) {
                text.append("| ").append(table.methods().get(m)).append(" |");
                row(text, set, m);
            }
        }
        ranks(text);
        return text.append("\n").append(versions()).append("\n").toString();
    }

    private static void row(StringBuilder text, DataSet set, int method) {
        Cell cell = set.cells().get(method);
        if (cell.isRefused()) {
            text.append(' ').append(cell.refusal().replace("|", "\\|")).append(" |");
            text.append(" |".repeat(Measure.values().length)).append('\n');
            return;
        }
        for (Measure measure : Measure.values()) {
            BootstrapInterval value = cell.values().get(measure);
            String shown = measure.shown(value.value());
            boolean best = value.value() == least(set, measure);
            text.append(' ').append(best ? "**" + shown + "**" : shown);
            text.append(' ').append(interval(measure, value)).append(" |");
        }
        text.append(' ').append(seconds(method, cell)).append(" |\n");
    }

    private void ranks(StringBuilder text) {
        if (table.ranks(Measure.NLL) == null) {
            return;
        }
        text.append("\n## Mean ranks\n\n");
        text.append(String.format(Locale.ROOT, RANKS, table.sets().size())).append("\n\n");
        for (Measure measure : Measure.values()) {
            CriticalDifference ranks = table.ranks(measure);
            text.append("- ").append(measure.title).append(": ");
            text.append(
                    ranks.ranked().stream()
                            .map(r -> String.format(Locale.ROOT, "%s %.1f", r.method(), r.rank()))
                            .collect(Collectors.joining(", ")));
            text.append(". ").append(significance(ranks)).append(".\n");
        }
    }

    /** The tables as JSON. */
    String json() {
        JsonObject json = new JsonObject();
        json.add("versions", GSON.toJsonTree(versions));
        json.addProperty("resamples", table.resamples());
        json.add("methods", GSON.toJsonTree(table.methods()));
        JsonArray sets = new JsonArray();
        table.sets().forEach(set -> sets.add(json(set)));
        json.add("sets", sets);
        JsonObject ranks = new JsonObject();
        for (Measure measure : Measure.values()) {
            if (table.ranks(measure) != null) {
                ranks.add(measure.key, json(table.ranks(measure)));
            }
        }
        json.add("ranks", ranks);
        return GSON.toJson(json);
    }

    private JsonObject json(DataSet set) {
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
                cell.values().forEach((measure, value) -> entry.add(measure.key, json(value)));
            }
            cells.add(entry);
        }
        json.add("cells", cells);
        return json;
    }

    private static JsonObject json(BootstrapInterval interval) {
        JsonObject json = new JsonObject();
        json.add("value", Json.number(interval.value()));
        json.add("low", Json.number(interval.low()));
        json.add("high", Json.number(interval.high()));
        return json;
    }

    private static JsonObject json(CriticalDifference ranks) {
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

    /** The tables as a page that needs nothing beside itself. */
    String html() {
        Markup page = HtmlPage.open(TITLE);
        page.element("p", LEDE, "class", "lede");
        page.element("p", String.format(Locale.ROOT, MEASURES, table.resamples()), "class", "note");
        figures(page);
        table.sets().forEach(set -> html(page, set));
        page.element("h2", "How it was made").open("dl");
        HtmlPage.entry(page, "Versions", versions());
        page.close();
        return HtmlPage.close(page);
    }

    private void figures(Markup page) {
        if (table.ranks(Measure.NLL) == null) {
            return;
        }
        page.element("h2", "Mean ranks");
        page.element("p", String.format(Locale.ROOT, RANKS, table.sets().size()));
        page.open("div", "class", "figures ranks");
        for (Measure measure : Measure.values()) {
            CriticalDifference ranks = table.ranks(measure);
            page.open("figure").element("figcaption", measure.title);
            page.raw(
                    new CriticalDifferenceFigure("ranks-" + measure.key, measure.title, ranks)
                            .toString());
            page.element("p", significance(ranks), "class", "note").close();
        }
        page.close();
    }

    private void html(Markup page, DataSet set) {
        page.element("h2", set.name()).element("p", describe(set));
        page.open("table", "class", "methods").open("thead").open("tr").element("td", "");
        for (Measure measure : Measure.values()) {
            page.element("th", measure.title, "scope", "col");
        }
        page.element("th", "fit, s", "scope", "col").close().close().open("tbody");
        for (int m = 0; m < table.methods().size(); m++) {
            Cell cell = set.cells().get(m);
            page.open("tr").element("th", table.methods().get(m), "scope", "row");
            if (cell.isRefused()) {
                int columns = Measure.values().length + 1;
                page.element("td", cell.refusal(), "class", "refused", "colspan", columns);
            } else {
                html(page, set, m);
            }
            page.close();
        }
        page.close().close();
    }

    private void html(Markup page, DataSet set, int method) {
        Cell cell = set.cells().get(method);
        for (Measure measure : Measure.values()) {
            BootstrapInterval value = cell.values().get(measure);
            boolean best = value.value() == least(set, measure);
            page.open("td", "class", best ? "best" : "", "data-name", measure.title);
            page.text(measure.shown(value.value()));
            page.element("span", interval(measure, value), "class", "interval").close();
        }
        page.element("td", seconds(method, cell), "data-name", "fit, s");
    }
}
