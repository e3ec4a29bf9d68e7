package dev.candor.benchmarks;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** How a measure went from epoch to epoch, a line for each arm, as SVG. */
final class CourseFigure {

    private static final double WIDTH = 320;
    private static final double HEIGHT = 200;
    private static final double LEFT = 40;
    private static final double RIGHT = 312;
    private static final double TOP = 12;
    private static final double BOTTOM = 160;
    private static final int MOST_TICKS = 5;

    /** Kinds of line in the style sheet. */
    static final int KINDS = 5;

    private final String id;
    private final String title;
    private final List<ArmResult> arms;
    private final ToDoubleFunction<EpochRecord> measure;
    private final Axis x;
    private final Axis y;

    /**
     * Prepares a figure.
     *
     * @param id tells it from other figures of the page
     * @param title the measure
     * @param arms the arms, of which one has a history at least
     * @param measure reads the measure
     */
    CourseFigure(
            String id, String title, List<ArmResult> arms, ToDoubleFunction<EpochRecord> measure) {
        this.id = id;
        this.title = title;
        this.arms = arms;
        this.measure = measure;
        int last = 2;
        double highest = 0;
        for (ArmResult arm : arms) {
            for (EpochRecord epoch : arm.history()) {
                last = Math.max(last, epoch.epoch());
                double value = measure.applyAsDouble(epoch);
                highest = Double.isFinite(value) ? Math.max(highest, value) : highest;
            }
        }
        this.x = new Axis(1, last, LEFT, RIGHT);
        this.y = Axis.fromZero(highest, MOST_TICKS, BOTTOM, TOP);
    }

    /** Draws. */
    @Override
    public String toString() {
        Markup svg = Svg.open(WIDTH, HEIGHT, id, title, description());
        for (double tick : y.ticks(MOST_TICKS)) {
            Svg.line(svg, "grid", LEFT, y.at(tick), RIGHT, y.at(tick));
            Svg.label(svg, "tick end", LEFT - 6, y.at(tick) + 4, Axis.label(tick));
        }
        for (double tick : x.ticks(MOST_TICKS)) {
            Svg.line(svg, "mark", x.at(tick), BOTTOM, x.at(tick), BOTTOM + 4);
            Svg.label(svg, "tick middle", x.at(tick), BOTTOM + 17, Axis.label(tick));
        }
        Svg.line(svg, "axis", LEFT, BOTTOM, RIGHT, BOTTOM);
        Svg.label(svg, "name middle", (LEFT + RIGHT) / 2, BOTTOM + 35, "epoch");
        for (int i = 0; i < arms.size(); i++) {
            svg.open("path", "class", "course arm" + i % KINDS, "d", path(arms.get(i)));
            svg.element("title", arms.get(i).name()).close();
        }
        return svg.close().toString();
    }

    /** A piece of the line of an arm, for the key. */
    static String swatch(int arm) {
        Markup svg = new Markup();
        svg.open("svg", "viewBox", "0 0 34 10", "aria-hidden", "true");
        svg.empty("path", "class", "course arm" + arm % KINDS, "d", "M1 5L33 5");
        return svg.close().toString().strip();
    }

    private String description() {
        StringBuilder text = new StringBuilder();
        for (ArmResult arm : arms) {
            if (!arm.history().isEmpty()) {
                EpochRecord first = arm.history().get(0);
                EpochRecord last = arm.history().get(arm.history().size() - 1);
                text.append(
                        String.format(
                                Locale.ROOT,
                                "%s: %.3f after epoch %d, %.3f after epoch %d. ",
                                arm.name(),
                                measure.applyAsDouble(first),
                                first.epoch(),
                                measure.applyAsDouble(last),
                                last.epoch()));
            }
        }
        return text.toString().trim();
    }

    /** The line of an arm; it pauses where the measure has no value. */
    private String path(ArmResult arm) {
        return Svg.path(
                arm.history().stream().mapToDouble(epoch -> x.at(epoch.epoch())).toArray(),
                arm.history().stream()
                        .mapToDouble(measure)
                        .map(value -> Double.isFinite(value) ? y.at(value) : Double.NaN)
                        .toArray());
    }
}
