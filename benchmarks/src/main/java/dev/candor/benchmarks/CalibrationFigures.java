package dev.candor.benchmarks;

import ai.djl.ndarray.NDArray;
import com.google.gson.JsonObject;
import dev.candor.metrics.CalibrationReport;
import dev.candor.metrics.Predictions;
import dev.candor.metrics.ReliabilityDiagram;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * How well predictions are calibrated, in all that files keep of it and figures show.
 *
 * @param accuracy share of rows predicted right
 * @param nll mean negative log-likelihood in nats
 * @param brier squared distance to the label, summed over classes
 * @param ece expected calibration error over bins of equal width
 * @param eceEqualMass the same over bins of equal mass
 * @param mce the largest gap of a bin
 * @param n rows measured
 * @param classes C
 * @param diagram the bins of equal width
 * @param riskCoverage the error rate over the share of rows answered
 */
record CalibrationFigures(
        double accuracy,
        double nll,
        double brier,
        double ece,
        double eceEqualMass,
        double mce,
        int n,
        int classes,
        Diagram diagram,
        RiskCoverage riskCoverage) {

    private static final int COVERAGES = 100;
    private static final int BINS = 15;

    /**
     * The bins of a reliability diagram.
     *
     * @param edges in ascending order
     * @param counts rows of each bin
     * @param accuracy of each bin; NaN where it is empty
     * @param confidence the mean of each bin; NaN where it is empty
     */
    record Diagram(double[] edges, long[] counts, double[] accuracy, double[] confidence) {

        private static Diagram of(ReliabilityDiagram diagram) {
            return new Diagram(
                    diagram.edges(), diagram.counts(), diagram.accuracy(), diagram.confidence());
        }

        private static Diagram read(Fields json) {
            return new Diagram(
                    json.numbers("edges"),
                    Arrays.stream(json.numbers("counts"))
                            .mapToLong(count -> (long) count)
                            .toArray(),
                    json.numbers("accuracy"),
                    json.numbers("confidence"));
        }

        private boolean isWhole() {
            int bins = counts.length;
            return bins > 0
                    && size() > 0
                    && edges.length == bins + 1
                    && accuracy.length == bins
                    && confidence.length == bins;
        }

        int bins() {
            return counts.length;
        }

        long size() {
            return Arrays.stream(counts).sum();
        }

        double overallAccuracy() {
            return mean(accuracy);
        }

        double overallConfidence() {
            return mean(confidence);
        }

        private double mean(double[] values) {
            return IntStream.range(0, bins())
                            .filter(b -> counts[b] > 0)
                            .mapToDouble(b -> counts[b] * values[b])
                            .sum()
                    / size();
        }

        private JsonObject toJson() {
            JsonObject json = new JsonObject();
            json.add("edges", Json.numbers(edges));
            json.add("counts", Json.numbers(counts));
            json.add("accuracy", Json.numbers(accuracy));
            json.add("confidence", Json.numbers(confidence));
            return json;
        }
    }

    static CalibrationFigures of(NDArray logits, NDArray labels) {
        return of(Predictions.ofLogits(logits, labels), BINS);
    }

    static CalibrationFigures of(Predictions predictions, int bins) {
        return of(
                CalibrationReport.of(predictions, bins),
                RiskCoverage.of(predictions.topLabel(), COVERAGES));
    }

    static CalibrationFigures of(CalibrationReport report, RiskCoverage riskCoverage) {
        return new CalibrationFigures(
                report.accuracy(),
                report.nll(),
                report.brier(),
                report.ece(),
                report.eceEqualMass(),
                report.mce(),
                report.n(),
                report.classes(),
                Diagram.of(report.diagram()),
                riskCoverage);
    }

    int bins() {
        return diagram.bins();
    }

    /** The numbers alone, by the keys of the contract. */
    JsonObject numbers() {
        JsonObject json = new JsonObject();
        json.add("accuracy", Json.number(accuracy));
        json.add("nll", Json.number(nll));
        json.add("brier", Json.number(brier));
        json.add("ece", Json.number(ece));
        json.add("eceEqualMass", Json.number(eceEqualMass));
        json.add("mce", Json.number(mce));
        json.addProperty("n", n);
        json.addProperty("classes", classes);
        return json;
    }

    JsonObject toJson() {
        JsonObject json = numbers();
        json.add("bins", diagram.toJson());
        json.add("riskCoverage", riskCoverage.toJson());
        return json;
    }

    /** Reads what {@link #toJson} wrote; null where it holds no whole diagram. */
    static CalibrationFigures read(Fields json) {
        Diagram diagram = Diagram.read(json.object("bins"));
        return !diagram.isWhole()
                ? null
                : new CalibrationFigures(
                        json.number("accuracy"),
                        json.number("nll"),
                        json.number("brier"),
                        json.number("ece"),
                        json.number("eceEqualMass"),
                        json.number("mce"),
                        json.whole("n"),
                        json.whole("classes"),
                        diagram,
                        RiskCoverage.read(json.object("riskCoverage")));
    }
}
