package dev.candor.benchmarks;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Risk over coverage as SVG: a line for each curve, before others that only give the range. */
final class RiskCoverageFigure {

    /**
     * A curve and what it is called.
     *
     * @param name as the key below the figure has it
     * @param curve a known curve
     */
    record Line(String name, RiskCoverage curve) {}

    /** Of which tables tell the risk. */
    static final List<Double> COVERAGES = List.of(0.5, 0.7, 0.8, 0.9, 0.95, 1.0);

    private static final double WIDTH = 360;
    private static final double HEIGHT = 230;
    private static final double LEFT = 40;
    private static final double RIGHT = 342;
    private static final double TOP = 12;
    private static final double BOTTOM = 188;
    private static final int MOST_TICKS = 5;

    /** Below, a few rows decide. */
    private static final double SHOWN_FROM = 0.1;

    private final String id;
    private final String title;
    private final List<Line> lines;
    private final List<RiskCoverage> others;
    private final Axis x = new Axis(0, 1, LEFT, RIGHT);
    private final Axis y;

    /**
     * Prepares a figure.
     *
     * @param id tells it from other figures of the page
     * @param title what it shows
     * @param lines the curves that it is about
     * @param others curves to draw behind them, without a name
     * @param highest the risk at which the axis may end
     */
    RiskCoverageFigure(
            String id, String title, List<Line> lines, List<RiskCoverage> others, double highest) {
        this.id = id;
        this.title = title;
        this.lines = List.copyOf(lines);
        this.others = List.copyOf(others);
        this.y = Axis.fromZero(highest, MOST_TICKS, BOTTOM, TOP);
    }

    /** The largest risk of a curve, where more than a few rows are answered. */
    static double highest(RiskCoverage curve) {
        return IntStream.range(0, curve.coverages().length)
                .filter(i -> curve.coverages()[i] >= SHOWN_FROM)
                .mapToDouble(i -> curve.risks()[i])
                .max()
                .orElse(0);
    }

    /** Draws. */
    @Override
    public String toString() {
        Markup svg = Svg.open(WIDTH, HEIGHT, id, title, description());
        for (double tick : y.ticks(MOST_TICKS)) {
            Svg.line(svg, "grid", LEFT, y.at(tick), RIGHT, y.at(tick));
            Svg.label(svg, "tick end", LEFT - 6, y.at(tick) + 4, percent(tick));
        }
        for (double tick : x.ticks(6)) {
            Svg.line(svg, "mark", x.at(tick), BOTTOM, x.at(tick), BOTTOM + 4);
            Svg.label(svg, "tick middle", x.at(tick), BOTTOM + 17, percent(tick));
        }
        Svg.line(svg, "axis", LEFT, BOTTOM, RIGHT, BOTTOM);
        Svg.label(svg, "name middle", (LEFT + RIGHT) / 2, BOTTOM + 34, "coverage");
        for (RiskCoverage other : others) {
            svg.empty("path", "class", "course others", "d", path(other));
        }
        for (int i = 0; i < lines.size(); i++) {
            Line line = lines.get(i);
            String kind = "arm" + i % CourseFigure.KINDS;
            svg.open("path", "class", "course " + kind, "d", path(line.curve));
            svg.element("title", line.name).close();
            // Rows that are equally sure are answered together: the curve may begin late.
            svg.empty(
                    "circle",
                    "class",
                    "begin " + kind,
                    "cx",
                    x.at(line.curve.coverages()[0]),
                    "cy",
                    y.at(line.curve.risks()[0]),
                    "r",
                    2.5);
        }
        return svg.close().toString();
    }

    private String path(RiskCoverage curve) {
        return Svg.path(
                DoubleStream.of(curve.coverages()).map(x::at).toArray(),
                DoubleStream.of(curve.risks()).map(y::at).toArray());
    }

    private String description() {
        return lines.stream()
                .map(
                        line ->
                                String.format(
                                        Locale.ROOT,
                                        "%s: of the surest half %s are wrong, of nine in ten %s, of"
                                                + " all %s.",
                                        line.name,
                                        shown(line.curve.riskAt(0.5)),
                                        shown(line.curve.riskAt(0.9)),
                                        shown(line.curve.riskAt(1))))
                .collect(Collectors.joining(" ", "Error rate over the share answered. ", ""));
    }

    /** A line for each curve, and the area under it. */
    static void key(Markup page, List<Line> lines) {
        page.open("ul", "class", "key");
        for (int i = 0; i < lines.size(); i++) {
            page.open("li").raw(CourseFigure.swatch(i)).text(lines.get(i).name);
            double aurc = lines.get(i).curve.aurc();
            page.element("span", String.format(Locale.ROOT, " AURC %.4f", aurc)).close();
        }
        page.close();
    }

    /** The names of the columns of {@link #row}. */
    static List<String> columns() {
        List<String> columns =
                COVERAGES.stream().map(c -> "at " + percent(c)).collect(Collectors.toList());
        columns.add("AURC");
        return columns;
    }

    /** A curve as the row of a table. */
    static List<String> row(String name, RiskCoverage curve) {
        List<String> row =
                COVERAGES.stream().map(c -> shown(curve.riskAt(c))).collect(Collectors.toList());
        row.add(0, name);
        row.add(String.format(Locale.ROOT, "%.4f", curve.aurc()));
        return row;
    }

    private static String shown(double risk) {
        return String.format(Locale.ROOT, "%.1f%%", 100 * risk);
    }

    private static String percent(double share) {
        return Axis.label(100 * share) + "%";
    }
}
