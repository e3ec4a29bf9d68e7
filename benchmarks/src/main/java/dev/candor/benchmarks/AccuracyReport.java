package dev.candor.benchmarks;

import dev.candor.benchmarks.AccuracyTable.Cell;
import dev.candor.benchmarks.AccuracyTable.DataSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Accuracy tables as Markdown and as a page. */
final class AccuracyReport {

    private static final String TITLE = "Which calibrator, on which data?";

    static final String LEDE =
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

    private static final String SELECTION =
            "The error rate (risk) among the rows that a method is surest of, over how many of them"
                    + " it answers (coverage); AURC is the area below. Of each set are shown: doing"
                    + " nothing, the method of the lowest AURC, that of the lowest NLL, and that of"
                    + " the highest AURC; all others pale.";

    private final AccuracyTable table;
    private final Map<String, String> versions;
    private final String prefix;
    private final int level;

    /**
     * Prepares reports.
     *
     * @param table what to report
     * @param versions by name, in the order to show
     */
    AccuracyReport(AccuracyTable table, Map<String, String> versions) {
        this(table, versions, "", 2);
    }

    /**
     * Prepares a report that is part of a page.
     *
     * @param table what to report
     * @param versions by name, in the order to show
     * @param prefix what its identifiers begin with
     * @param level of its headings
     */
    AccuracyReport(AccuracyTable table, Map<String, String> versions, String prefix, int level) {
        this.table = table;
        this.versions = versions;
        this.prefix = prefix;
        this.level = level;
    }

    private static String interval(Measure measure, Interval value) {
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
            Interval value = cell.values().get(measure);
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

    /** The tables as a page that needs nothing beside itself. */
    String html() {
        Markup page = HtmlPage.open(TITLE);
        page.element("p", LEDE, "class", "lede");
        content(page);
        heading(page, "How it was made");
        page.open("dl");
        entries(page);
        page.close();
        return HtmlPage.close(page);
    }

    /** What the page shows, as part of another page. */
    void content(Markup page) {
        page.element("p", String.format(Locale.ROOT, MEASURES, table.resamples()), "class", "note");
        figures(page);
        selection(page);
        table.sets().forEach(set -> html(page, set));
    }

    /** How it was made, within a list of terms. */
    void entries(Markup page) {
        HtmlPage.entry(page, "Versions", versions());
    }

    private void heading(Markup page, String text) {
        HtmlPage.heading(page, level, text);
    }

    private void figures(Markup page) {
        if (table.ranks(Measure.NLL) == null) {
            return;
        }
        heading(page, "Mean ranks");
        page.element("p", String.format(Locale.ROOT, RANKS, table.sets().size()));
        page.open("div", "class", "figures ranks");
        for (Measure measure : Measure.values()) {
            CriticalDifference ranks = table.ranks(measure);
            page.open("figure").element("figcaption", measure.title);
            page.raw(
                    new CriticalDifferenceFigure(
                                    prefix + "ranks-" + measure.key, measure.title, ranks)
                            .toString());
            page.element("p", significance(ranks), "class", "note").close();
        }
        page.close();
    }

    private void selection(Markup page) {
        List<DataSet> known =
                table.sets().stream().filter(set -> !measured(set).isEmpty()).toList();
        if (known.isEmpty()) {
            return;
        }
        heading(page, "If it may abstain");
        page.element("p", SELECTION);
        page.open("div", "class", "figures");
        for (int i = 0; i < known.size(); i++) {
            selection(page, prefix + "risk-" + i, known.get(i));
        }
        page.close();
    }

    /** The places of the methods whose curve is known. */
    private static List<Integer> measured(DataSet set) {
        return IntStream.range(0, set.cells().size())
                .filter(m -> set.cells().get(m).curve().isKnown())
                .boxed()
                .toList();
    }

    private void selection(Markup page, String id, DataSet set) {
        List<Integer> measured = measured(set);
        Comparator<Integer> byAurc = Comparator.comparingDouble(m -> curve(set, m).aurc());
        Set<Integer> chosen = new LinkedHashSet<>();
        chosen.add(measured.get(0));
        chosen.add(Collections.min(measured, byAurc));
        chosen.add(
                Collections.min(
                        measured,
                        Comparator.comparingDouble(
                                m -> set.cells().get(m).values().get(Measure.NLL).value())));
        chosen.add(Collections.max(measured, byAurc));
        List<RiskCoverageFigure.Line> lines =
                chosen.stream()
                        .map(
                                m ->
                                        new RiskCoverageFigure.Line(
                                                table.methods().get(m), curve(set, m)))
                        .toList();
        page.open("figure").element("figcaption", set.name());
        page.raw(
                new RiskCoverageFigure(
                                id,
                                "Risk over coverage on " + set.name(),
                                lines,
                                measured.stream()
                                        .filter(m -> !chosen.contains(m))
                                        .map(m -> curve(set, m))
                                        .toList(),
                                measured.stream()
                                        .mapToDouble(m -> RiskCoverageFigure.highest(curve(set, m)))
                                        .max()
                                        .orElse(0))
                        .toString());
        RiskCoverageFigure.key(page, lines);
        HtmlPage.details(
                page,
                "The risks of all methods",
                RiskCoverageFigure.columns(),
                measured.stream()
                        .map(m -> RiskCoverageFigure.row(table.methods().get(m), curve(set, m)))
                        .toList());
        page.close();
    }

    private static RiskCoverage curve(DataSet set, int method) {
        return set.cells().get(method).curve();
    }

    private void html(Markup page, DataSet set) {
        heading(page, set.name());
        page.element("p", describe(set));
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
            Interval value = cell.values().get(measure);
            boolean best = value.value() == least(set, measure);
            page.open("td", "class", best ? "best" : "", "data-name", measure.title);
            page.text(measure.shown(value.value()));
            page.element("span", interval(measure, value), "class", "interval").close();
        }
        page.element("td", seconds(method, cell), "data-name", "fit, s");
    }
}
