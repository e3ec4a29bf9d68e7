package dev.candor.benchmarks;

import dev.candor.benchmarks.CriticalDifference.Group;
import dev.candor.benchmarks.CriticalDifference.Ranked;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Mean ranks as SVG, a row for each method, so that it can be read on a phone: a bar at the right
 * ties methods together that do not differ.
 */
final class CriticalDifferenceFigure {

    private static final double WIDTH = 360;
    private static final double LEFT = 116;
    private static final double RIGHT = 316;
    private static final double TOP = 34;
    private static final double ROW = 17;
    private static final double FIRST_GROUP = 328;
    private static final double BETWEEN_GROUPS = 8;
    private static final double END = 4;
    private static final int MOST_TICKS = 7;

    private final String id;
    private final String title;
    private final CriticalDifference ranks;
    private final Axis x;

    CriticalDifferenceFigure(String id, String title, CriticalDifference ranks) {
        this.id = id;
        this.title = title;
        this.ranks = ranks;
        this.x = new Axis(1, ranks.ranked().size(), LEFT, RIGHT);
    }

    /** Draws. */
    @Override
    public String toString() {
        List<Ranked> ranked = ranks.ranked();
        double bottom = TOP + ROW * ranked.size();
        double width = Math.max(WIDTH, FIRST_GROUP + BETWEEN_GROUPS * ranks.groups().size());
        Markup svg = Svg.open(width, bottom + 40, id, "Mean ranks by " + title, description());
        scale(svg);
        for (double tick : x.ticks(MOST_TICKS)) {
            Svg.line(svg, "grid", x.at(tick), TOP, x.at(tick), bottom);
            Svg.label(svg, "tick middle", x.at(tick), bottom + 15, Axis.label(tick));
        }
        for (int i = 0; i < ranked.size(); i++) {
            Ranked method = ranked.get(i);
            double y = TOP + ROW * (i + 0.5);
            Svg.label(svg, "method end", LEFT - 10, y + 4, method.method());
            Svg.line(svg, "stem", LEFT, y, x.at(method.rank()), y);
            svg.open("circle", "class", "rank", "cx", x.at(method.rank()), "cy", y, "r", 4.0);
            String rank = String.format(Locale.ROOT, "%s: %.2f", method.method(), method.rank());
            svg.element("title", rank).close();
        }
        Svg.line(svg, "axis", LEFT, bottom, RIGHT, bottom);
        Svg.label(svg, "name middle", (LEFT + RIGHT) / 2, bottom + 32, "mean rank");
        for (int i = 0; i < ranks.groups().size(); i++) {
            Group group = ranks.groups().get(i);
            double at = FIRST_GROUP + BETWEEN_GROUPS * i;
            double from = TOP + ROW * group.first() + END;
            Svg.line(svg, "tie", at, from, at, TOP + ROW * (group.last() + 1) - END);
        }
        return svg.close().toString();
    }

    /** How long the critical difference is on the axis of ranks. */
    private void scale(Markup svg) {
        double end = x.at(1 + ranks.difference());
        boolean fits = 1 + ranks.difference() <= ranks.ranked().size();
        Svg.line(svg, "tie", LEFT, TOP - 10, end, TOP - 10);
        String text = String.format(Locale.ROOT, "CD = %.2f", ranks.difference());
        Svg.label(svg, "tick", LEFT, TOP - 17, fits ? text : text + ", more than shown");
    }

    private String description() {
        return ranks.ranked().stream()
                .map(r -> String.format(Locale.ROOT, "%s %.2f", r.method(), r.rank()))
                .collect(
                        Collectors.joining(
                                ", ",
                                "Mean ranks: ",
                                String.format(
                                        Locale.ROOT,
                                        "; critical difference %.2f.",
                                        ranks.difference())));
    }
}
