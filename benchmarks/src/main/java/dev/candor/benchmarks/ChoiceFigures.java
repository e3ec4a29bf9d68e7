package dev.candor.benchmarks;

import ai.djl.ndarray.NDArray;
import dev.candor.metrics.BinEdge;
import dev.candor.metrics.CalibrationReport;
import dev.candor.metrics.ClassForecasts;
import dev.candor.metrics.ClasswiseCalibrationError;
import dev.candor.metrics.Predictions;
import java.util.Locale;

/**
 * What is told of answers to multiple-choice questions. Bins are {@code [l, r)}, as is usual there.
 *
 * @param questions how many
 * @param accuracy share of right answers
 * @param confidenceError expected calibration error of the confidence in the answer
 * @param classwiseError mean of those of the probabilities of each option
 * @param nll negative log-likelihood
 */
record ChoiceFigures(
        int questions, double accuracy, double confidenceError, double classwiseError, double nll) {

    static final String HEADING = "accuracy | conf-ECE | cw-ECE | NLL";

    /** Measures logits of the options. */
    static ChoiceFigures of(NDArray logits, NDArray labels, int bins) {
        CalibrationReport report =
                CalibrationReport.of(
                        Predictions.ofLogits(logits, labels), bins, BinEdge.LEFT_CLOSED);
        double classwise =
                ClasswiseCalibrationError.builder()
                        .optBins(bins)
                        .optEdge(BinEdge.LEFT_CLOSED)
                        .build()
                        .measure(ClassForecasts.ofLogits(logits, labels));
        return new ChoiceFigures(
                report.n(), report.accuracy(), report.ece(), classwise, report.nll());
    }

    /** The cells of a row under {@link #HEADING}. */
    String cells() {
        return String.format(
                Locale.ROOT,
                "%.4f | %.4f | %.4f | %.4f",
                accuracy,
                confidenceError,
                classwiseError,
                nll);
    }
}
