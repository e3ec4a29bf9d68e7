package dev.candor.benchmarks;

import dev.candor.benchmarks.BenchMeasure.Kind;
import dev.candor.benchmarks.suites.Spread;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A part of a suite as figures and tables.
 *
 * @param suite the name of the suite
 * @param key the name of the part in the file
 * @param rows what was measured
 */
record BenchPart(String suite, String key, List<BenchRow> rows) {

    private static final String GROWTH = "growth";
    private static final String EXPONENTS = "exponents";

    /** A table of so many rows stands open. */
    private static final int SHORT = 12;

    /** An overhead that takes this many times as long is told in times. */
    private static final double TIMES = 2;

    /** A part that may be in a file: its title, what it says, and what each figure is of. */
    private record Known(String title, String text, String figureOf, boolean sorted) {}

    private static final Map<String, Known> KNOWN = new LinkedHashMap<>();

    static {
        KNOWN.put(
                "losses",
                new Known(
                        "Each loss beside torch",
                        "Forward and backward pass on the same logits: a bar to the left of 1 is"
                                + " faster, one to the right slower. The thin line spans all pairs of"
                                + " measurements.",
                        BenchRow.SHAPE,
                        true));
        KNOWN.put(
                "trainingStep",
                new Known(
                        "A step of training with a loss",
                        "What a step costs beyond one with plain cross-entropy, with batches of 128"
                                + " on the demo's network. The mark is the bar.",
                        "",
                        false));
        KNOWN.put(
                "peakMemory",
                new Known(
                        "Memory of losses over all pairs of rows",
                        "The most that a fresh process holds, in all. The mark is the bar.",
                        "",
                        true));
        KNOWN.put(
                "peers",
                new Known(
                        "Beside Python",
                        "How many times as fast as what users of Python reach for, on the same"
                                + " numbers in alternation. The mark is the bar.",
                        "",
                        false));
        KNOWN.put(
                GROWTH,
                new Known(
                        "How times grow",
                        "Time of a fit and of its application, on logarithmic axes: over the number"
                                + " of samples N, then of classes C. Beside each name the exponents of"
                                + " both, over the larger half of the sizes; 1 is linear.",
                        "",
                        false));
        KNOWN.put(
                "memory",
                new Known(
                        "Memory of a fit",
                        "What a fit adds to the memory that the logits take, in a fresh process. The"
                                + " mark is the bar.",
                        "",
                        true));
        KNOWN.put(
                "steps",
                new Known(
                        "Ways to train",
                        "What a step costs beyond one of plain training of one network. Plain beside"
                                + " itself shows the noise.",
                        "name",
                        false));
        KNOWN.put(
                "epochs",
                new Known(
                        "Epochs with the plug-ins",
                        "Processor time of an epoch beyond that with cross-entropy alone.",
                        "",
                        false));
        KNOWN.put(
                "predictions",
                new Known(
                        "Ways to predict",
                        "Time beside one forward pass: with a temperature, with samples of dropout,"
                                + " with an ensemble.",
                        "name",
                        false));
        KNOWN.put(
                "training memory",
                new Known(
                        "Memory of training",
                        "What training adds to the memory of a fresh process, at its most.",
                        "name",
                        false));
        KNOWN.put(
                "dataTypes",
                new Known(
                        "Data types",
                        "What training in another type of number takes, and what the engine refuses.",
                        "name",
                        false));
        KNOWN.put(
                "calls",
                new Known(
                        "Calls of the engine",
                        "How often the engine is called, what it allocates outside the heap, and how"
                                + " often the host waits to read a value.",
                        "",
                        false));
        KNOWN.put(
                "kernels",
                new Known(
                        "Kernels",
                        "Time, and memory on the heap and outside it, of a single call, by JMH.",
                        "",
                        false));
    }

    /** The parts of a suite, without those that belong to others. */
    static List<BenchPart> of(Fields suite) {
        List<BenchPart> parts = new ArrayList<>();
        for (String key : suite.names()) {
            List<Fields> rows = suite.objects(key);
            if (rows.isEmpty()) {
                // The epochs of a training stand within an object of their own.
                rows = suite.object(key).objects(key);
            }
            if (!rows.isEmpty() && !key.equals(EXPONENTS)) {
                parts.add(
                        new BenchPart(
                                suite.text("suite"),
                                key,
                                rows.stream().map(BenchRow::new).toList()));
            }
        }
        return parts;
    }

    private Known known() {
        Known unknown = new Known(capital(Figures.words(key)), "", "", false);
        return KNOWN.getOrDefault(suite + " " + key, KNOWN.getOrDefault(key, unknown));
    }

    private static String capital(String text) {
        return text.isEmpty() ? text : Character.toUpperCase(text.charAt(0)) + text.substring(1);
    }

    String title() {
        return known().title;
    }

    /** The measure that is held to a bar; null where rows hold none that is known. */
    BenchMeasure barMeasure() {
        List<BenchMeasure> measures = BenchMeasure.of(key, rows);
        return measures.isEmpty() ? null : measures.get(0);
    }

    /** Writes figures and their numbers. */
    void write(Markup page, String id, Fields suite) {
        if (!known().text.isEmpty()) {
            page.element("p", known().text);
        }
        if (key.equals(GROWTH)) {
            growth(page, id, suite);
            return;
        }
        List<BenchMeasure> measures =
                BenchMeasure.of(key, rows).stream().filter(m -> m.kind != Kind.COUNT).toList();
        for (int i = 0; i < measures.size(); i++) {
            boolean aside = i > 0 && measures.get(i) == BenchMeasure.TO_CROSS_ENTROPY;
            if (aside) {
                page.open("details").element("summary", capital(measures.get(i).title));
            }
            figures(page, measures.get(i));
            if (aside) {
                page.close();
            }
        }
        rows.stream()
                .filter(row -> measures.stream().noneMatch(m -> row.spread(m.key) != null))
                .filter(row -> row.fields().has(BenchRow.REMARK))
                .map(row -> label(row, true) + ": " + row.fields().text(BenchRow.REMARK))
                .forEach(text -> page.element("p", text, "class", "note"));
        if (measures.isEmpty() && rows.size() <= SHORT) {
            table(page, rows);
        } else {
            details(page, "All numbers", rows);
        }
    }

    private void growth(Markup page, String id, Fields suite) {
        List<BenchRow> exponents = suite.objects(EXPONENTS).stream().map(BenchRow::new).toList();
        rows.stream()
                .map(row -> row.fields().text("axis"))
                .distinct()
                .forEach(
                        axis -> {
                            page.element("p", "Over the number of " + axis, "class", "axis-name");
                            new GrowthFigure(id, axis, rows, exponents).write(page);
                        });
        details(page, "All times, in milliseconds", rows);
        details(
                page,
                "All exponents",
                exponents.stream().filter(row -> row.fields().has("fit")).toList());
    }

    private static void details(Markup page, String summary, List<BenchRow> rows) {
        if (!rows.isEmpty()) {
            page.open("details").element("summary", summary);
            table(page, rows);
            page.close();
        }
    }

    private static void table(Markup page, List<BenchRow> rows) {
        List<String> columns = BenchRow.columns(rows);
        List<List<String>> cells =
                rows.stream()
                        .map(
                                row -> {
                                    List<String> line = new ArrayList<>();
                                    line.add(row.name());
                                    columns.forEach(column -> line.add(row.shown(column)));
                                    return line;
                                })
                        .toList();
        HtmlPage.table(page, columns.stream().map(Figures::words).toList(), cells);
    }

    private void figures(Markup page, BenchMeasure measure) {
        Map<String, List<BenchRow>> groups =
                rows.stream()
                        .filter(row -> isDrawable(row.spread(measure.key), measure))
                        .collect(
                                Collectors.groupingBy(
                                        row -> row.fields().text(known().figureOf),
                                        LinkedHashMap::new,
                                        Collectors.toList()));
        page.open("div", "class", groups.size() > 1 ? "figures wide" : "figures one");
        groups.forEach((group, of) -> figure(page, measure, group, of));
        page.close();
    }

    private static boolean isDrawable(Spread spread, BenchMeasure measure) {
        return spread != null
                && Double.isFinite(spread.max())
                && (measure.kind == Kind.MEBIBYTES || spread.min() > 0);
    }

    private void figure(Markup page, BenchMeasure measure, String group, List<BenchRow> of) {
        List<BenchRow> ordered = new ArrayList<>(of);
        if (known().sorted) {
            Comparator<BenchRow> ascending =
                    Comparator.comparingDouble(row -> row.spread(measure.key).median());
            ordered.sort(measure.kind == Kind.MEBIBYTES ? ascending.reversed() : ascending);
        }
        Function<BenchRow, String> label = label(of);
        String caption = group.isEmpty() ? capital(measure.title) : group;
        String unit = group.isEmpty() ? "" : measure.title;
        switch (measure.kind) {
            case OVERHEAD -> {
                Map<Boolean, List<BenchRow>> byTimes =
                        ordered.stream()
                                .collect(
                                        Collectors.partitioningBy(
                                                row -> row.spread(measure.key).median() >= TIMES));
                if (!byTimes.get(false).isEmpty()) {
                    BarTable.linear(
                                    caption,
                                    unit,
                                    Figures::percent,
                                    Figures::wholePercent,
                                    bars(byTimes.get(false), measure, label, 1))
                            .write(page);
                }
                if (!byTimes.get(true).isEmpty()) {
                    BarTable.ratios(
                                    caption,
                                    join(unit, "in times"),
                                    bars(byTimes.get(true), measure, label, 0))
                            .write(page);
                }
            }
            case MEBIBYTES ->
                    BarTable.linear(
                                    caption,
                                    join(unit, "MiB"),
                                    Figures::shown,
                                    Axis::label,
                                    bars(ordered, measure, label, 0))
                            .write(page);
            default -> BarTable.ratios(caption, unit, bars(ordered, measure, label, 0)).write(page);
        }
    }

    private static String join(String a, String b) {
        return a.isEmpty() ? b : a + ", " + b;
    }

    /** What tells the rows of a figure apart. */
    private Function<BenchRow, String> label(List<BenchRow> of) {
        boolean oneShape =
                of.stream().map(row -> row.fields().text(BenchRow.SHAPE)).distinct().count() == 1;
        boolean byName = known().figureOf.equals("name");
        return row -> label(row, !byName, byName || !oneShape);
    }

    /** What tells a row from all others, with or without its shape. */
    String label(BenchRow row, boolean shape) {
        return label(row, true, shape);
    }

    private String label(BenchRow row, boolean name, boolean shape) {
        String size = row.fields().text(BenchRow.SHAPE);
        return Stream.of(
                        name ? row.name() : "",
                        row.detail(common()),
                        !shape || size.isEmpty() || size.contains("x") ? "" : "batch\u00a0" + size,
                        shape && size.contains("x") ? size : "")
                .filter(word -> !word.isEmpty())
                .collect(Collectors.joining(", "));
    }

    /** The shape, and the texts that are the same in all rows. */
    private Set<String> common() {
        Set<String> common = new HashSet<>(rows.get(0).fields().names());
        common.removeIf(key -> rows.stream().map(r -> r.fields().text(key)).distinct().count() > 1);
        common.add(BenchRow.SHAPE);
        return common;
    }

    private static List<BarTable.Row> bars(
            List<BenchRow> rows,
            BenchMeasure measure,
            Function<BenchRow, String> label,
            double less) {
        return rows.stream()
                .map(
                        row -> {
                            Spread spread = row.spread(measure.key);
                            return new BarTable.Row(
                                    label.apply(row),
                                    new Spread(
                                            spread.median() - less,
                                            spread.min() - less,
                                            spread.max() - less),
                                    measure.bar(row) - less,
                                    !Double.isNaN(measure.bar(row)) && !row.isKept());
                        })
                .toList();
    }
}
