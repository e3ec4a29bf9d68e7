package dev.candor.benchmarks;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * A reliability diagram above the histogram of confidences, as SVG.
 *
 * <p>A bar per bin is as high as its accuracy; the gap reaches from there to the mean confidence of
 * the bin, and a thin line over the 95% interval of the accuracy by Wilson's formula; the longer
 * the line, the paler the bar. Both parts share the axis of confidence. Colours are left to the
 * style sheet of the page.
 */
final class ReliabilityFigure {

    private static final double WIDTH = 400;
    private static final double HEIGHT = 520;

    private static final double LEFT = 46;
    private static final double RIGHT = 380;
    private static final double TOP = 10;
    private static final double DIAGRAM_BOTTOM = 340;
    private static final double LEGEND = 371;
    private static final double HISTOGRAM_TOP = 396;
    private static final double BOTTOM = 480;

    private static final int MOST_TICKS = 6;

    /** Between bars. */
    private static final double SPACE = 1;

    /** More bins leave no room for their counts. */
    private static final int MOST_COUNTS = 15;

    /** Of the normal distribution at 97.5%, for intervals that hold 95%. */
    private static final double NORMAL_QUANTILE = 1.959964;

    /** Opacity of a bar of which next to nothing is known. */
    private static final double PALEST = 0.2;

    private final String id;
    private final String title;
    private final CalibrationFigures report;
    private final CalibrationFigures.Diagram diagram;
    private final Axis x = new Axis(0, 1, LEFT, RIGHT);
    private final Axis accuracy = new Axis(0, 1, DIAGRAM_BOTTOM, TOP);
    private final Axis share;

    /**
     * Prepares a figure.
     *
     * @param id tells it from other figures of the page
     * @param title what it shows
     * @param report the numbers
     * @param highestShare the share of rows at which the axis of the histogram may end
     */
    ReliabilityFigure(String id, String title, CalibrationFigures report, double highestShare) {
        this.id = id;
        this.title = title;
        this.report = report;
        this.diagram = report.diagram();
        this.share = Axis.fromZero(highestShare, 4, BOTTOM, HISTOGRAM_TOP);
    }

    /** The largest share of rows in a bin. */
    static double highestShare(CalibrationFigures report) {
        long largest = 0;
        for (long count : report.diagram().counts()) {
            largest = Math.max(largest, count);
        }
        return (double) largest / report.diagram().size();
    }

    /** Draws. */
    @Override
    public String toString() {
        Markup svg = Svg.open(WIDTH, HEIGHT, id, title, description());
        drawAxes(svg);
        List<Bin> bins = bins();
        bins.forEach(bin -> drawBin(svg, bin));
        Svg.line(svg, "diagonal", LEFT, DIAGRAM_BOTTOM, RIGHT, TOP);
        drawError(svg);
        drawMeans(svg);
        if (diagram.bins() <= MOST_COUNTS) {
            bins.forEach(bin -> drawCount(svg, bin));
        }
        return svg.close().toString();
    }

    /** The bins that are not empty. */
    private List<Bin> bins() {
        double[] edges = diagram.edges();
        long[] counts = diagram.counts();
        double[] correct = diagram.accuracy();
        double[] confidence = diagram.confidence();
        return IntStream.range(0, counts.length)
                .filter(b -> counts[b] > 0)
                .mapToObj(
                        b -> new Bin(edges[b], edges[b + 1], counts[b], correct[b], confidence[b]))
                .toList();
    }

    private String description() {
        double gap = diagram.overallConfidence() - diagram.overallAccuracy();
        return String.format(
                Locale.ROOT,
                "Mean confidence %s, accuracy %s: %s by %.1f points. ECE %.3f, MCE %.3f, %d bins,"
                        + " %,d rows.",
                percent(diagram.overallConfidence()),
                percent(diagram.overallAccuracy()),
                gap < 0 ? "underconfident" : "overconfident",
                100 * Math.abs(gap),
                report.ece(),
                report.mce(),
                report.bins(),
                diagram.size());
    }

    private void drawAxes(Markup svg) {
        for (double tick : accuracy.ticks(MOST_TICKS)) {
            double y = accuracy.at(tick);
            Svg.line(svg, "grid", LEFT, y, RIGHT, y);
            Svg.label(svg, "tick end", LEFT - 6, y + 4, percent0(tick));
        }
        for (double tick : share.ticks(4)) {
            double y = share.at(tick);
            Svg.line(svg, "grid", LEFT, y, RIGHT, y);
            Svg.label(svg, "tick end", LEFT - 6, y + 4, percent0(tick));
        }
        for (double tick : x.ticks(MOST_TICKS)) {
            Svg.line(svg, "mark", x.at(tick), DIAGRAM_BOTTOM, x.at(tick), DIAGRAM_BOTTOM + 4);
            Svg.line(svg, "mark", x.at(tick), BOTTOM, x.at(tick), BOTTOM + 4);
            Svg.label(svg, "tick middle", x.at(tick), BOTTOM + 17, percent0(tick));
        }
        Svg.line(svg, "axis", LEFT, DIAGRAM_BOTTOM, RIGHT, DIAGRAM_BOTTOM);
        Svg.line(svg, "axis", LEFT, BOTTOM, RIGHT, BOTTOM);
        Svg.label(svg, "name middle", (LEFT + RIGHT) / 2, BOTTOM + 35, "confidence");
        upright(svg, (TOP + DIAGRAM_BOTTOM) / 2, "accuracy");
        upright(svg, (HISTOGRAM_TOP + BOTTOM) / 2, "share");
    }

    private static void upright(Markup svg, double y, String name) {
        svg.element(
                "text",
                name,
                "class",
                "name middle",
                "transform",
                "translate(11 " + Markup.format(y) + ") rotate(-90)");
    }

    /** One bin that is not empty. */
    private record Bin(double low, double high, long count, double accuracy, double confidence) {

        /**
         * An end of the Wilson interval of the accuracy.
         *
         * @param sign -1 for the lower end, 1 for the upper
         */
        double wilson(int sign) {
            double square = NORMAL_QUANTILE * NORMAL_QUANTILE / count;
            double spread = Math.sqrt(square * (accuracy * (1 - accuracy) + square / 4));
            return (accuracy + square / 2 + sign * spread) / (1 + square);
        }

        double share(CalibrationFigures.Diagram diagram) {
            return (double) count / diagram.size();
        }

        boolean overconfident() {
            return confidence > accuracy;
        }

        String text() {
            return String.format(
                    Locale.ROOT,
                    "Confidence %.3f to %.3f: %,d rows, mean confidence %.3f, accuracy %.3f",
                    low,
                    high,
                    count,
                    confidence,
                    accuracy);
        }
    }

    private void drawBin(Markup svg, Bin bin) {
        double left = x.at(bin.low) + SPACE / 2;
        double width = x.at(bin.high) - SPACE / 2 - left;
        double low = accuracy.at(Math.min(bin.accuracy, bin.confidence));
        double high = accuracy.at(Math.max(bin.accuracy, bin.confidence));
        svg.open("g").element("title", bin.text());
        svg.open("g", "opacity", Math.max(PALEST, 1 - (bin.wilson(1) - bin.wilson(-1))));
        bar(svg, "accuracy", left, width, low, DIAGRAM_BOTTOM);
        bar(svg, bin.overconfident() ? "gap over" : "gap under", left, width, high, low);
        svg.close();
        double middle = left + width / 2;
        Svg.line(
                svg,
                "chance",
                middle,
                accuracy.at(bin.wilson(-1)),
                middle,
                accuracy.at(bin.wilson(1)));
        bar(svg, "count", left, width, share.at(bin.share(diagram)), BOTTOM);
        svg.close();
    }

    private void drawCount(Markup svg, Bin bin) {
        double middle = (x.at(bin.low) + x.at(bin.high)) / 2;
        Svg.label(
                svg, "rows middle", middle, share.at(bin.share(diagram)) - 3, shortened(bin.count));
    }

    private void drawError(Markup svg) {
        svg.empty(
                "rect", "class", "plate", "x", LEFT + 8, "y", TOP + 8, "width", 92.0, "height",
                28.0, "rx", 4.0);
        Svg.label(
                svg,
                "error middle",
                LEFT + 54,
                TOP + 27,
                String.format(Locale.ROOT, "ECE %.3f", report.ece()));
    }

    private void drawMeans(Markup svg) {
        double correct = x.at(diagram.overallAccuracy());
        double confidence = x.at(diagram.overallConfidence());
        Svg.line(svg, "mean", correct, HISTOGRAM_TOP - 12, correct, BOTTOM);
        Svg.line(svg, "mean confidence", confidence, HISTOGRAM_TOP - 12, confidence, BOTTOM);
        Svg.line(svg, "mean", LEFT, LEGEND - 4, LEFT + 20, LEGEND - 4);
        Svg.label(
                svg, "legend", LEFT + 25, LEGEND, "accuracy " + percent(diagram.overallAccuracy()));
        double middle = LEFT + 150;
        Svg.line(svg, "mean confidence", middle, LEGEND - 4, middle + 20, LEGEND - 4);
        Svg.label(
                svg,
                "legend",
                middle + 25,
                LEGEND,
                "mean confidence " + percent(diagram.overallConfidence()));
    }

    private static void bar(
            Markup svg, String kind, double left, double width, double top, double bottom) {
        svg.empty(
                "rect", "class", kind, "x", left, "y", top, "width", width, "height", bottom - top);
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f%%", 100 * share);
    }

    private static String percent0(double share) {
        return String.format(Locale.ROOT, "%.0f%%", 100 * share);
    }

    /** A count in at most four characters, up to a million. */
    static String shortened(long count) {
        if (count < 1000) {
            return Long.toString(count);
        }
        return count < 9950
                ? String.format(Locale.ROOT, "%.1fk", count / 1e3)
                : count < 999_500
                        ? String.format(Locale.ROOT, "%.0fk", count / 1e3)
                        : String.format(Locale.ROOT, "%.0fM", count / 1e6);
    }
}
