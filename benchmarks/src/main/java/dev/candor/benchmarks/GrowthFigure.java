package dev.candor.benchmarks;

import dev.candor.benchmarks.suites.Spread;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * How times grow with a size: a small panel for each method, all on the same axes, before the times
 * of the fits of all others.
 */
final class GrowthFigure {

    private static final double WIDTH = 176;
    private static final double HEIGHT = 132;
    private static final double LEFT = 44;
    private static final double RIGHT = 170;
    private static final double TOP = 8;
    private static final double BOTTOM = 108;
    private static final int MOST_TICKS = 4;
    private static final double MARK = 2.5;

    private final String id;
    private final String axis;
    private final boolean classes;
    private final Map<String, List<BenchRow>> methods;
    private final Map<String, BenchRow> exponents;
    private LogAxis x;
    private LogAxis y;

    /**
     * Prepares a figure.
     *
     * @param id what its identifiers begin with
     * @param axis the name of the size that grows, in the rows
     * @param rows times, of all axes
     * @param exponents of all axes
     */
    GrowthFigure(String id, String axis, List<BenchRow> rows, List<BenchRow> exponents) {
        this.id = id;
        this.axis = axis;
        this.classes = axis.equals("classes");
        this.methods =
                of(axis, rows).stream()
                        .filter(row -> size(row) > 0 && fit(row) > 0)
                        .collect(
                                Collectors.groupingBy(
                                        BenchRow::name, LinkedHashMap::new, Collectors.toList()));
        this.exponents =
                of(axis, exponents).stream()
                        .collect(Collectors.toMap(BenchRow::name, row -> row, (a, b) -> a));
    }

    private static List<BenchRow> of(String axis, List<BenchRow> rows) {
        return rows.stream().filter(row -> row.fields().text("axis").equals(axis)).toList();
    }

    private double size(BenchRow row) {
        return row.size(classes);
    }

    private static double fit(BenchRow row) {
        return median(row, "milliseconds");
    }

    private static double apply(BenchRow row) {
        return median(row, "applyMilliseconds");
    }

    private static double median(BenchRow row, String key) {
        Spread spread = row.spread(key);
        return spread == null ? Double.NaN : spread.median();
    }

    /** Draws, unless there is nothing to draw. */
    void write(Markup page) {
        if (methods.isEmpty()) {
            return;
        }
        List<Double> sizes = new ArrayList<>();
        List<Double> times = new ArrayList<>();
        methods.values()
                .forEach(
                        rows ->
                                rows.forEach(
                                        row -> {
                                            sizes.add(size(row));
                                            times.add(fit(row));
                                            if (apply(row) > 0) {
                                                times.add(apply(row));
                                            }
                                        }));
        x = around(sizes, LEFT, RIGHT);
        y = around(times, BOTTOM, TOP);
        page.open("ul", "class", "key");
        key(page, "fit", "arm0");
        key(page, "apply", "arm1");
        key(page, "fits of all methods", "others");
        page.close().open("div", "class", "panels");
        boolean first = true;
        for (Map.Entry<String, List<BenchRow>> method : methods.entrySet()) {
            panel(page, method.getKey(), method.getValue(), first);
            first = false;
        }
        page.close();
    }

    private static LogAxis around(List<Double> values, double start, double end) {
        double low = values.stream().mapToDouble(v -> v).min().orElse(1);
        double high = values.stream().mapToDouble(v -> v).max().orElse(1);
        return LogAxis.around(low, high, start, end);
    }

    private static void key(Markup page, String text, String kind) {
        page.open("li").open("svg", "viewBox", "0 0 34 10", "aria-hidden", "true");
        page.empty("path", "class", "course " + kind, "d", "M1 5L33 5").close().text(text).close();
    }

    private void panel(Markup page, String method, List<BenchRow> rows, boolean first) {
        page.open("figure").open("figcaption").text(method);
        exponents(page, method);
        page.close();
        page.open(
                "svg",
                "xmlns",
                "http://www.w3.org/2000/svg",
                "viewBox",
                "0 0 " + Markup.format(WIDTH) + " " + Markup.format(HEIGHT),
                "role",
                "img",
                "aria-label",
                description(method, rows));
        for (double tick : y.ticks(MOST_TICKS)) {
            Svg.line(page, "grid", LEFT, y.at(tick), RIGHT, y.at(tick));
            Svg.label(page, "tick end", LEFT - 4, y.at(tick) + 4, Figures.time(tick));
        }
        for (double tick : x.ticks(MOST_TICKS)) {
            Svg.line(page, "mark", x.at(tick), BOTTOM, x.at(tick), BOTTOM + 3);
            double at = Math.min(x.at(tick), RIGHT - 8);
            Svg.label(page, "tick middle", at, BOTTOM + 14, Figures.size(tick));
        }
        Svg.line(page, "axis", LEFT, BOTTOM, RIGHT, BOTTOM);
        if (first) {
            page.open("g", "id", id + "-" + axis + "-all");
            methods.values()
                    .forEach(all -> page.empty("path", "class", "course others", "d", fits(all)));
            page.close();
        } else {
            page.empty("use", "href", "#" + id + "-" + axis + "-all");
        }
        page.empty("path", "class", "course arm1", "d", applies(rows));
        page.empty("path", "class", "course arm0", "d", fits(rows));
        for (BenchRow row : rows) {
            if (apply(row) > 0) {
                page.empty(
                        "rect",
                        "class",
                        "begin arm1",
                        "x",
                        x.at(size(row)) - MARK,
                        "y",
                        y.at(apply(row)) - MARK,
                        "width",
                        2 * MARK,
                        "height",
                        2 * MARK);
            }
            page.empty(
                    "circle",
                    "class",
                    "begin arm0",
                    "cx",
                    x.at(size(row)),
                    "cy",
                    y.at(fit(row)),
                    "r",
                    MARK);
        }
        page.close().close();
    }

    private void exponents(Markup page, String method) {
        BenchRow exponent = exponents.get(method);
        if (exponent == null || !exponent.fields().has("fit")) {
            return;
        }
        String size = classes ? "C" : "N";
        page.open("span").text("fit " + size).element("sup", power(exponent, "fit"));
        page.text(", apply " + size).element("sup", power(exponent, "apply")).close();
    }

    private static String power(BenchRow exponent, String key) {
        return String.format(Locale.ROOT, "%.2f", exponent.fields().number(key));
    }

    private String description(String method, List<BenchRow> rows) {
        BenchRow first = rows.get(0);
        BenchRow last = rows.get(rows.size() - 1);
        String fit =
                String.format(
                        Locale.ROOT,
                        "%s: a fit takes %s ms at %s, %s ms at %s",
                        method,
                        Figures.shown(fit(first)),
                        first.fields().text(BenchRow.SHAPE),
                        Figures.shown(fit(last)),
                        last.fields().text(BenchRow.SHAPE));
        return apply(first) > 0 && apply(last) > 0
                ? String.format(
                        Locale.ROOT,
                        "%s; applying it %s and %s ms.",
                        fit,
                        Figures.shown(apply(first)),
                        Figures.shown(apply(last)))
                : fit + ".";
    }

    private String fits(List<BenchRow> rows) {
        return path(rows, GrowthFigure::fit);
    }

    private String applies(List<BenchRow> rows) {
        return path(rows, GrowthFigure::apply);
    }

    private String path(List<BenchRow> rows, ToDoubleFunction<BenchRow> time) {
        return Svg.path(
                rows.stream().mapToDouble(this::size).map(x::at).toArray(),
                rows.stream()
                        .mapToDouble(time)
                        .map(value -> value > 0 ? y.at(value) : Double.NaN)
                        .toArray());
    }
}
