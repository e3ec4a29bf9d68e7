package dev.candor.benchmarks;

/** Pieces that drawings share. Colours are left to the style sheet of the page. */
final class Svg {

    private Svg() {}

    /**
     * A drawing that is open where its content goes, as wide as its place allows.
     *
     * @param id tells it from other drawings of the page
     * @param title what it shows
     * @param description what it tells, for those who cannot see it
     */
    static Markup open(double width, double height, String id, String title, String description) {
        Markup svg = new Markup();
        svg.open(
                "svg",
                "xmlns",
                "http://www.w3.org/2000/svg",
                "viewBox",
                "0 0 " + Markup.format(width) + " " + Markup.format(height),
                "role",
                "img",
                "aria-labelledby",
                id + "-title " + id + "-text");
        svg.element("title", title, "id", id + "-title");
        return svg.element("desc", description, "id", id + "-text");
    }

    static void line(Markup svg, String kind, double x1, double y1, double x2, double y2) {
        svg.empty("line", "class", kind, "x1", x1, "y1", y1, "x2", x2, "y2", y2);
    }

    static void label(Markup svg, String kind, double x, double y, String text) {
        svg.element("text", text, "class", kind, "x", x, "y", y);
    }

    /** A path through points, interrupted where one is not finite. */
    static String path(double[] x, double[] y) {
        StringBuilder path = new StringBuilder();
        boolean drawing = false;
        for (int i = 0; i < x.length; i++) {
            boolean finite = Double.isFinite(x[i]) && Double.isFinite(y[i]);
            if (finite) {
                path.append(drawing ? 'L' : 'M');
                path.append(Markup.format(x[i])).append(' ').append(Markup.format(y[i]));
            }
            drawing = finite;
        }
        return path.toString();
    }
}
