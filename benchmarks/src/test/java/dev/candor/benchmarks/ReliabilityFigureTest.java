package dev.candor.benchmarks;

import static dev.candor.benchmarks.XmlDocument.number;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.candor.metrics.Predictions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

class ReliabilityFigureTest {

    /** Coordinates are written with two decimals. */
    private static final double ROUNDING = 0.0051;

    private static final double LEFT = 46;
    private static final double WIDTH = 334;
    private static final double BASE = 340;
    private static final double HEIGHT = 330;

    /**
     * Of five bins, the fourth holds four rows at confidence 0.75 of which one is right, the fifth
     * six rows at 0.9 that are all right.
     */
    private static CalibrationFigures report() {
        double[] probabilities = new double[20];
        long[] labels = new long[10];
        for (int row = 0; row < 10; row++) {
            double confidence = row < 4 ? 0.75 : 0.9;
            probabilities[2 * row] = confidence;
            probabilities[2 * row + 1] = 1 - confidence;
            labels[row] = row >= 1 && row < 4 ? 1 : 0;
        }
        try (NDManager manager = NDManager.newBaseManager()) {
            return CalibrationFigures.of(
                    Predictions.ofProbabilities(
                            manager.create(probabilities, new Shape(10, 2)),
                            manager.create(labels)),
                    5);
        }
    }

    private static XmlDocument draw() {
        return XmlDocument.parse(new ReliabilityFigure("a", "An arm", report(), 0.6).toString());
    }

    @Test
    void drawsABarForEachBinThatHoldsRows() {
        List<Element> bars = draw().all("rect", "accuracy");
        assertThat(bars).hasSize(2);
        assertBar(bars.get(0), 0.6, 0.8, 0, 0.25);
        // Where the network was underconfident, the gap takes the top of the bar.
        assertBar(bars.get(1), 0.8, 1, 0, 0.9);
    }

    @Test
    void drawsTheGapFromAccuracyToMeanConfidence() {
        XmlDocument svg = draw();
        List<Element> over = svg.all("rect", "gap over");
        assertThat(over).hasSize(1);
        assertBar(over.get(0), 0.6, 0.8, 0.25, 0.75);
        List<Element> under = svg.all("rect", "gap under");
        assertThat(under).hasSize(1);
        assertBar(under.get(0), 0.8, 1, 0.9, 1);
    }

    private static void assertBar(Element bar, double left, double right, double low, double high) {
        double x = LEFT + left * WIDTH + 0.5;
        assertThat(number(bar, "x")).isCloseTo(x, within(ROUNDING));
        assertThat(number(bar, "width")).isCloseTo((right - left) * WIDTH - 1, within(ROUNDING));
        assertThat(number(bar, "y")).isCloseTo(BASE - high * HEIGHT, within(ROUNDING));
        assertThat(number(bar, "height")).isCloseTo((high - low) * HEIGHT, within(2 * ROUNDING));
    }

    @Test
    void drawsTheWilsonIntervalOfTheAccuracy() {
        // scipy's binomtest(1, 4).proportion_ci(method="wilson"), and (6, 6).
        double[][] intervals = {{0.0455873, 0.6993582}, {0.6096657, 1}};
        List<Element> lines = draw().all("line", "chance");
        assertThat(lines).hasSize(2);
        for (int i = 0; i < 2; i++) {
            assertThat(number(lines.get(i), "y1"))
                    .isCloseTo(BASE - intervals[i][0] * HEIGHT, within(ROUNDING));
            assertThat(number(lines.get(i), "y2"))
                    .isCloseTo(BASE - intervals[i][1] * HEIGHT, within(ROUNDING));
        }
    }

    @Test
    void palesTheBarsOfWhichLittleIsKnown() {
        List<Element> bars = draw().all("rect", "accuracy");
        assertThat(bars)
                .extracting(bar -> ((Element) bar.getParentNode()).getAttribute("opacity"))
                .containsExactly("0.35", "0.61");
    }

    @Test
    void drawsTheHistogramInSharesAndWritesTheCounts() {
        XmlDocument svg = draw();
        List<Element> bars = svg.all("rect", "count");
        assertThat(bars).hasSize(2);
        double unit = number(bars.get(0), "height") / 4;
        assertThat(number(bars.get(1), "height")).isCloseTo(6 * unit, within(6 * ROUNDING));
        assertThat(svg.all("text", "rows middle"))
                .extracting(Element::getTextContent)
                .containsExactly("4", "6");
    }

    @Test
    void writesTheErrorIntoTheCorner() {
        assertThat(draw().all("text", "error middle"))
                .extracting(Element::getTextContent)
                .containsExactly("ECE 0.260");
    }

    @Test
    void marksAccuracyAndMeanConfidence() {
        XmlDocument svg = draw();
        assertThat(svg.all("text", "legend"))
                .extracting(Element::getTextContent)
                .containsExactly("accuracy 70.0%", "mean confidence 84.0%");
        assertThat(number(svg.all("line", "mean").get(0), "x1"))
                .isCloseTo(LEFT + 0.7 * WIDTH, within(ROUNDING));
        assertThat(number(svg.all("line", "mean confidence").get(0), "x1"))
                .isCloseTo(LEFT + 0.84 * WIDTH, within(ROUNDING));
    }

    @Test
    void isDescribedForThoseWhoCannotSeeIt() {
        XmlDocument svg = draw();
        Element root = svg.document().getDocumentElement();
        assertThat(root.getAttribute("role")).isEqualTo("img");
        assertThat(root.getAttribute("aria-labelledby")).isEqualTo("a-title a-text");
        assertThat(svg.all("title").get(0).getAttribute("id")).isEqualTo("a-title");
        assertThat(svg.all("desc").get(0).getAttribute("id")).isEqualTo("a-text");
        assertThat(svg.all("desc").get(0).getTextContent())
                .isEqualTo(
                        "Mean confidence 84.0%, accuracy 70.0%: overconfident by 14.0 points. ECE"
                                + " 0.260, MCE 0.500, 5 bins, 10 rows.");
        assertThat(svg.all("title").get(1).getTextContent())
                .isEqualTo(
                        "Confidence 0.600 to 0.800: 4 rows, mean confidence 0.750, accuracy 0.250");
    }

    @Test
    void escapesWhatTheArmIsCalled() {
        String svg = new ReliabilityFigure("a", "p < 0.5 & \"q\"", report(), 1).toString();
        assertThat(XmlDocument.parse(svg).all("title").get(0).getTextContent())
                .isEqualTo("p < 0.5 & \"q\"");
    }

    @Test
    void leavesCountsOutWhereTheyHaveNoRoom() {
        try (NDManager manager = NDManager.newBaseManager()) {
            CalibrationFigures report =
                    CalibrationFigures.of(
                            Predictions.ofLogits(
                                    manager.create(new double[] {3, 1, 0, 2}, new Shape(2, 2)),
                                    manager.create(new long[] {0, 0})),
                            100);
            String svg = new ReliabilityFigure("a", "An arm", report, 1).toString();
            assertThat(XmlDocument.parse(svg).all("text", "rows middle")).isEmpty();
        }
    }

    @Test
    void shortensLargeCounts() {
        assertThat(List.of(7L, 999L, 1000L, 9949L, 9950L, 10_000L, 999_499L, 999_500L, 12_000_000L))
                .extracting(ReliabilityFigure::shortened)
                .containsExactly("7", "999", "1.0k", "9.9k", "10k", "10k", "999k", "1M", "12M");
    }
}
