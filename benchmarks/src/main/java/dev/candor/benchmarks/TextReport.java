package dev.candor.benchmarks;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import dev.candor.benchmarks.TextResult.Measure;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What came of a fine-tuning, for the terminal, the browser and other programs.
 *
 * @param setup what was trained, on what
 * @param versions versions by name, in the order to show
 * @param result the figures
 */
record TextReport(Setup setup, Map<String, String> versions, TextResult result) {

    private static final Gson GSON =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().serializeNulls().create();

    private static final String TITLE = "Does the classifier mean what it says?";
    private static final String AS_TRAINED = "as trained";
    private static final int LABEL_WIDTH = 14;
    private static final int COLUMN_WIDTH = 10;

    private static final String LEDE =
            "A classifier of texts that is 90% sure should be right nine times in ten. Measured on"
                    + " texts it was not trained on, as trained and with the calibrator that is"
                    + " saved with it.";

    private static final String MEASURES =
            "Lower is better, but for accuracy and AUROC. NLL: negative log-likelihood, in nats."
                    + " Brier: squared distance to the label, summed over classes. ECE: mean gap"
                    + " between confidence and accuracy over 15 bins of equal width. AUROC: how well"
                    + " confidence tells test texts from texts of no class. FPR95: the share of the"
                    + " latter that pass where 95% of test texts do.";

    /**
     * What was trained, on what.
     *
     * @param training number of texts trained on
     * @param validation number of texts the calibrator is fitted to
     * @param test number of texts measured
     * @param strange number of texts of no class
     * @param classes number of classes
     * @param loss the name of the loss
     * @param schedule what was trained and how long, in a phrase
     * @param seed the seed
     */
    record Setup(
            int training,
            int validation,
            int test,
            int strange,
            int classes,
            String loss,
            String schedule,
            long seed) {}

    private static Map<String, Double> figures(Measure measure) {
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("accuracy", measure.report().accuracy());
        figures.put("NLL", measure.report().nll());
        figures.put("Brier", measure.report().brier());
        figures.put("ECE", measure.report().ece());
        if (!Double.isNaN(measure.auroc())) {
            figures.put("AUROC", measure.auroc());
            figures.put("FPR95", measure.fpr95());
        }
        return figures;
    }

    private Map<String, Measure> rows() {
        Map<String, Measure> rows = new LinkedHashMap<>();
        rows.put(AS_TRAINED, result.before());
        rows.put(result.calibrator(), result.after());
        return rows;
    }

    /** A table for the terminal. */
    String toTable() {
        StringBuilder table = new StringBuilder(" ".repeat(LABEL_WIDTH));
        figures(result.before())
                .keySet()
                .forEach(name -> table.append(String.format("%" + COLUMN_WIDTH + "s", name)));
        table.append(System.lineSeparator());
        rows().forEach(
                        (name, measure) -> {
                            table.append(String.format("%-" + LABEL_WIDTH + "s", name));
                            figures(measure)
                                    .values()
                                    .forEach(
                                            value ->
                                                    table.append(
                                                            String.format(
                                                                    Locale.ROOT,
                                                                    "%" + COLUMN_WIDTH + ".4f",
                                                                    value)));
                            table.append(System.lineSeparator());
                        });
        return table.toString();
    }

    /** All figures. */
    String toJson() {
        JsonObject json = new JsonObject();
        json.add("setup", GSON.toJsonTree(setup));
        json.add("versions", GSON.toJsonTree(versions));
        json.add("result", result.toJson());
        return GSON.toJson(json) + "\n";
    }

    /** A page that needs nothing beside itself, well-formed as XML too. */
    String toHtml() {
        Markup page = HtmlPage.open(TITLE).element("p", LEDE, "class", "lede");
        page.element("h2", String.format(Locale.ROOT, "On %,d test texts", setup.test()));
        page.open("table").open("thead").open("tr").element("td", "");
        figures(result.before()).keySet().forEach(name -> page.element("th", name, "scope", "col"));
        page.close().close().open("tbody");
        rows().forEach(
                        (name, measure) -> {
                            page.open("tr").element("td", name, "class", "step");
                            figures(measure)
                                    .forEach(
                                            (figure, value) ->
                                                    page.element(
                                                            "td",
                                                            String.format(
                                                                    Locale.ROOT, "%.4f", value),
                                                            "data-name",
                                                            figure));
                            page.close();
                        });
        page.close().close().element("p", MEASURES, "class", "note");
        diagrams(page);
        setup(page);
        return HtmlPage.close(page);
    }

    private void diagrams(Markup page) {
        double highest =
                Math.max(
                        ReliabilityFigure.highestShare(result.before().report()),
                        ReliabilityFigure.highestShare(result.after().report()));
        page.element("h2", "Confidence and accuracy").open("div", "class", "figures");
        rows().forEach(
                        (name, measure) -> {
                            String id = name.replace(' ', '-');
                            page.open("figure").element("figcaption", name);
                            page.raw(
                                    new ReliabilityFigure(id, name, measure.report(), highest)
                                            .toString());
                            page.close();
                        });
        page.close();
    }

    private void setup(Markup page) {
        page.element("h2", "How it was made").open("dl");
        entry(
                page,
                "Data",
                String.format(
                        Locale.ROOT,
                        "%,d texts of %d classes to train on, %,d to fit the calibrator, %,d to"
                                + " measure, %,d of no class",
                        setup.training(),
                        setup.classes(),
                        setup.validation(),
                        setup.test(),
                        setup.strange()));
        entry(page, "Loss", setup.loss());
        entry(page, "Trained", setup.schedule());
        entry(page, "Seed", Long.toString(setup.seed()));
        entry(
                page,
                "Versions",
                versions.entrySet().stream()
                        .map(version -> version.getKey() + " " + version.getValue())
                        .collect(Collectors.joining(", ")));
        page.close();
    }

    private static void entry(Markup page, String term, String text) {
        page.element("dt", term).element("dd", text);
    }
}
