package dev.candor.benchmarks;

import com.google.gson.JsonObject;
import dev.candor.metrics.AreaUnderRiskCoverage;
import dev.candor.metrics.Forecasts;
import dev.candor.uncertainty.SelectivePrediction;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The error rate among the most confident rows over how many of them are answered, at a bounded
 * number of coverages.
 *
 * @param aurc the area under the whole curve; NaN where it is not known
 * @param coverages shares of rows answered, ascending to 1; empty where the curve is not known
 * @param risks the error rates among them
 */
record RiskCoverage(double aurc, double[] coverages, double[] risks) {

    /** Of files that hold no curve. */
    static final RiskCoverage UNKNOWN = new RiskCoverage(Double.NaN, new double[0], new double[0]);

    private static final double ROUNDING = 1e-9;

    /**
     * Measures.
     *
     * @param forecasts confidences, and whether they were right
     * @param most how many coverages to keep, evenly spaced
     */
    static RiskCoverage of(Forecasts forecasts, int most) {
        SelectivePrediction curve = SelectivePrediction.of(forecasts);
        double[] coverages = curve.coverages();
        double[] risks = curve.risks();
        int[] kept =
                IntStream.rangeClosed(1, most)
                        .map(point -> first(coverages, (double) point / most))
                        .distinct()
                        .toArray();
        return new RiskCoverage(
                AreaUnderRiskCoverage.of().measure(forecasts),
                IntStream.of(kept).mapToDouble(i -> coverages[i]).toArray(),
                IntStream.of(kept).mapToDouble(i -> risks[i]).toArray());
    }

    /** The first coverage that reaches a share. */
    private static int first(double[] coverages, double share) {
        int index = Arrays.binarySearch(coverages, share - ROUNDING);
        return Math.min(index < 0 ? -index - 1 : index, coverages.length - 1);
    }

    boolean isKnown() {
        return coverages.length > 0;
    }

    /** The error rate where at least this share is answered; NaN where the curve is not known. */
    double riskAt(double coverage) {
        return isKnown() ? risks[first(coverages, coverage)] : Double.NaN;
    }

    /** Whether both curves go through the same points. */
    boolean sameAs(RiskCoverage other) {
        return Arrays.equals(coverages, other.coverages) && Arrays.equals(risks, other.risks);
    }

    JsonObject toJson() {
        JsonObject json = new JsonObject();
        json.add("aurc", Json.number(aurc));
        json.add("coverage", Json.numbers(coverages));
        json.add("risk", Json.numbers(risks));
        return json;
    }

    /** Reads what {@link #toJson} wrote; {@link #UNKNOWN} where there is nothing to read. */
    static RiskCoverage read(Fields json) {
        double[] coverages = json.numbers("coverage");
        double[] risks = json.numbers("risk");
        return coverages.length == risks.length && coverages.length > 0
                ? new RiskCoverage(json.number("aurc"), coverages, risks)
                : UNKNOWN;
    }
}
