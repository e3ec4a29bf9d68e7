package dev.candor.benchmarks;

import dev.candor.benchmarks.suites.Spread;
import java.util.List;
import java.util.function.DoubleFunction;
import java.util.function.DoubleUnaryOperator;

/**
 * Bars on one axis, each beside its name and its number, from smallest to largest as they are
 * given: a table that is a figure too, and folds on narrow screens.
 *
 * <p>A bar reaches from where nothing is gained or lost to the median; the thin line over it from
 * the smallest to the largest measurement; a bar that misses what it is held to is hatched and says
 * so.
 */
final class BarTable {

    /**
     * One bar.
     *
     * @param name what was measured
     * @param spread what came out
     * @param bar what it is held to; NaN if nothing
     * @param missed whether it misses that
     */
    record Row(String name, Spread spread, double bar, boolean missed) {}

    private static final int MOST_TICKS = 5;

    private final String caption;
    private final String unit;
    private final double base;
    private final DoubleFunction<String> shown;
    private final DoubleFunction<String> ticked;
    private final List<Row> rows;
    private final DoubleUnaryOperator position;
    private final List<Double> ticks;

    private BarTable(
            String caption,
            String unit,
            double base,
            DoubleFunction<String> shown,
            DoubleFunction<String> ticked,
            List<Row> rows,
            DoubleUnaryOperator position,
            List<Double> ticks) {
        this.caption = caption;
        this.unit = unit;
        this.base = base;
        this.shown = shown;
        this.ticked = ticked;
        this.rows = rows;
        this.position = position;
        this.ticks = ticks;
    }

    /**
     * Bars from zero.
     *
     * @param caption what they show
     * @param unit what the numbers are; may be empty
     * @param shown a number as it is written
     * @param ticked a round number as it is written
     * @param rows at least one
     */
    static BarTable linear(
            String caption,
            String unit,
            DoubleFunction<String> shown,
            DoubleFunction<String> ticked,
            List<Row> rows) {
        double low = Math.min(0, lowest(rows));
        double high = Math.max(low < 0 ? 0 : Double.MIN_VALUE, highest(rows));
        double step = Axis.step(high > low ? high - low : 1, MOST_TICKS - 2);
        Axis axis =
                new Axis(
                        step * Math.floor(low / step),
                        step * Math.max(1, Math.ceil(high / step)),
                        0,
                        100);
        return new BarTable(
                caption, unit, 0, shown, ticked, rows, axis::at, axis.ticks(MOST_TICKS + 1));
    }

    /**
     * Bars from one, equal ratios of equal length.
     *
     * @param caption what they show
     * @param unit what the numbers are; may be empty
     * @param rows at least one
     */
    static BarTable ratios(String caption, String unit, List<Row> rows) {
        LogAxis axis =
                LogAxis.around(Math.min(0.9, lowest(rows)), Math.max(1.1, highest(rows)), 0, 100);
        return new BarTable(
                caption,
                unit,
                1,
                Figures::shown,
                Axis::label,
                rows,
                axis::at,
                axis.ticks(MOST_TICKS));
    }

    private static double lowest(List<Row> rows) {
        return rows.stream()
                .mapToDouble(row -> Math.min(row.spread.min(), orMedian(row)))
                .min()
                .orElse(0);
    }

    private static double highest(List<Row> rows) {
        return rows.stream()
                .mapToDouble(row -> Math.max(row.spread.max(), orMedian(row)))
                .max()
                .orElse(1);
    }

    private static double orMedian(Row row) {
        return Double.isNaN(row.bar) ? row.spread.median() : row.bar;
    }

    /** Draws. */
    void write(Markup page) {
        page.open("figure", "class", "bars");
        page.open("figcaption").text(caption);
        page.element("span", unit.isEmpty() ? "" : ", " + unit).close();
        page.open("table").open("thead").open("tr").element("td", "", "class", "name");
        page.open("td", "class", "plot");
        axis(page);
        page.close().element("td", "", "class", "value").close().close().open("tbody");
        for (Row row : rows) {
            page.open("tr", "class", row.missed ? "missed" : "");
            page.open("th", "scope", "row");
            HtmlPage.name(page, row.name);
            page.close();
            page.open("td", "class", "plot");
            track(page, row);
            page.close().open("td", "class", "value").text(shown.apply(row.spread.median()));
            if (row.spread.min() < row.spread.max()) {
                page.element(
                        "span",
                        Figures.range(row.spread.min(), row.spread.max(), shown),
                        "class",
                        "interval");
            }
            if (row.missed) {
                page.element("strong", "missed");
            }
            page.close().close();
        }
        page.close().close().close();
    }

    private void axis(Markup page) {
        page.open("svg", "class", "scale", "aria-hidden", "true");
        for (double tick : ticks) {
            String at = percent(at(tick));
            page.element("text", ticked.apply(tick), "class", "tick middle", "x", at, "y", 12);
        }
        page.close();
    }

    private void track(Markup page, Row row) {
        page.open("svg", "class", "track", "aria-hidden", "true");
        for (double tick : ticks) {
            line(page, "grid", tick, tick, "0", "100%");
        }
        double from = Math.min(at(base), at(row.spread.median()));
        double to = Math.max(at(base), at(row.spread.median()));
        page.empty(
                "rect",
                "class",
                row.missed ? "bar over" : "bar accuracy",
                "x",
                percent(from),
                "y",
                "22%",
                "width",
                percent(to - from),
                "height",
                "56%");
        line(page, "axis", base, base, "0", "100%");
        if (row.spread.min() < row.spread.max()) {
            line(page, "chance", row.spread.min(), row.spread.max(), "50%", "50%");
        }
        page.empty(
                "circle",
                "class",
                "median",
                "cx",
                percent(at(row.spread.median())),
                "cy",
                "50%",
                "r",
                2.5);
        if (!Double.isNaN(row.bar)) {
            line(page, "limit", row.bar, row.bar, "0", "100%");
        }
        page.close();
    }

    private double at(double value) {
        return position.applyAsDouble(value);
    }

    private void line(Markup page, String kind, double from, double to, String top, String foot) {
        page.empty(
                "line",
                "class",
                kind,
                "x1",
                percent(at(from)),
                "y1",
                top,
                "x2",
                percent(at(to)),
                "y2",
                foot);
    }

    private static String percent(double position) {
        return Markup.format(position) + "%";
    }
}
