package dev.candor.benchmarks;

import ai.djl.ndarray.NDArray;
import com.google.gson.JsonObject;
import dev.candor.metrics.OodAreaUnderRoc;
import dev.candor.metrics.OodFalsePositiveRate;
import dev.candor.metrics.OodScores;
import dev.candor.metrics.Predictions;

/**
 * A classifier of texts as measured.
 *
 * @param before as trained
 * @param after as calibrated
 * @param calibrator the method
 * @param temperature of temperature scaling; NaN of others
 * @param seconds wall time of training, without reading
 */
record TextResult(
        Measure before, Measure after, String calibrator, double temperature, double seconds) {

    /**
     * The figures of one kind of predictions.
     *
     * @param report on test texts
     * @param auroc of telling test texts from strange ones by confidence; NaN without strange texts
     * @param fpr95 the share of strange texts that pass where 95 % of test texts do; NaN too
     */
    record Measure(CalibrationFigures report, double auroc, double fpr95) {

        static Measure of(NDArray logits, NDArray labels, NDArray strange) {
            CalibrationFigures report = CalibrationFigures.of(logits, labels);
            if (strange == null) {
                return new Measure(report, Double.NaN, Double.NaN);
            }
            OodScores scores = OodScores.of(confidence(logits), confidence(strange));
            return new Measure(
                    report,
                    OodAreaUnderRoc.of().measure(scores),
                    OodFalsePositiveRate.of().measure(scores));
        }

        private static double[] confidence(NDArray logits) {
            NDArray none = logits.argMax(1);
            return Predictions.ofLogits(logits, none).confidence();
        }

        JsonObject toJson() {
            JsonObject json = report.numbers();
            json.add("auroc", Json.number(auroc));
            json.add("fpr95", Json.number(fpr95));
            return json;
        }
    }

    JsonObject toJson() {
        JsonObject json = new JsonObject();
        json.addProperty("calibrator", calibrator);
        json.add("temperature", Json.number(temperature));
        json.add("seconds", Json.number(seconds));
        json.add("before", before.toJson());
        json.add("after", after.toJson());
        return json;
    }
}
