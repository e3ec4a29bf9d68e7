package dev.candor.metrics;

import ai.djl.ndarray.NDArray;
import dev.candor.internal.Checks;
import java.util.Locale;

/**
 * How well a classifier is calibrated, in the numbers that are usually reported.
 *
 * <pre>
 *   accuracy        (1/n) sum_i a_i
 *   nll             -(1/n) sum_i log p_{i,y_i}
 *   brier           (1/n) sum_i sum_k (p_ik - 1[k = y_i])^2
 *   ece             sum_b (n_b/n) |acc_b - conf_b|   over bins of equal width
 *   eceEqualMass    the same over bins of equal mass
 *   mce             max_b |acc_b - conf_b|           over bins of equal width
 * </pre>
 *
 * <p>Measured in float64. Bins are {@code (l, r]} unless told otherwise, 15 by default. The numbers
 * agree with those of {@link ExpectedCalibrationError}, {@link MaximumCalibrationError}, {@link
 * BrierScore} and {@link NegativeLogLikelihood} over an epoch. Immutable.
 */
public final class CalibrationReport {

    private final int size;
    private final int classes;
    private final double accuracy;
    private final double nll;
    private final double brier;
    private final double eceEqualMass;
    private final ReliabilityDiagram diagram;

    private CalibrationReport(Predictions predictions, int bins, BinEdge edge) {
        Forecasts forecasts = predictions.topLabel();
        this.size = predictions.size();
        this.classes = predictions.classes();
        this.accuracy = predictions.accuracy();
        this.nll = NegativeLogLikelihood.of().measure(predictions);
        this.brier = BrierScore.of().measure(predictions);
        this.diagram =
                ReliabilityDiagram.builder()
                        .setForecasts(forecasts)
                        .optBins(bins)
                        .optEdge(edge)
                        .build();
        this.eceEqualMass =
                ReliabilityDiagram.builder()
                        .setForecasts(forecasts)
                        .optBins(bins)
                        .optBinning(Binning.EQUAL_MASS)
                        .build()
                        .gapNorm(1);
    }

    /**
     * Measures logits with 15 bins. Warns when each row is nonnegative and sums to 1.
     *
     * @param logits {@code [N, C]} or {@code [N, T, C]}
     * @param labels class indices {@code [N]}, {@code [N, 1]} or {@code [N, T]}
     * @return the report
     * @throws IllegalArgumentException as {@link Predictions#ofLogits(NDArray, NDArray)}
     */
    public static CalibrationReport of(NDArray logits, NDArray labels) {
        return of(Predictions.ofLogits(logits, labels));
    }

    /**
     * Measures logits. Warns when each row is nonnegative and sums to 1.
     *
     * @param logits {@code [N, C]} or {@code [N, T, C]}
     * @param labels class indices {@code [N]}, {@code [N, 1]} or {@code [N, T]}
     * @param bins the number of bins, at least 1
     * @return the report
     * @throws IllegalArgumentException as {@link Predictions#ofLogits(NDArray, NDArray)}
     */
    public static CalibrationReport of(NDArray logits, NDArray labels, int bins) {
        Checks.atLeast("bins", bins, 1);
        return of(Predictions.ofLogits(logits, labels), bins);
    }

    /**
     * Measures probabilities with 15 bins.
     *
     * @param probabilities {@code [N, C]} or {@code [N, T, C]}
     * @param labels class indices {@code [N]}, {@code [N, 1]} or {@code [N, T]}
     * @return the report
     * @throws IllegalArgumentException as {@link Predictions#ofProbabilities(NDArray, NDArray)}
     */
    public static CalibrationReport ofProbabilities(NDArray probabilities, NDArray labels) {
        return of(Predictions.ofProbabilities(probabilities, labels));
    }

    /**
     * Measures probabilities.
     *
     * @param probabilities {@code [N, C]} or {@code [N, T, C]}
     * @param labels class indices {@code [N]}, {@code [N, 1]} or {@code [N, T]}
     * @param bins the number of bins, at least 1
     * @return the report
     * @throws IllegalArgumentException as {@link Predictions#ofProbabilities(NDArray, NDArray)}
     */
    public static CalibrationReport ofProbabilities(
            NDArray probabilities, NDArray labels, int bins) {
        Checks.atLeast("bins", bins, 1);
        return of(Predictions.ofProbabilities(probabilities, labels), bins);
    }

    /**
     * Measures predictions with 15 bins.
     *
     * @param predictions the predictions
     * @return the report
     */
    public static CalibrationReport of(Predictions predictions) {
        return of(predictions, ReliabilityDiagram.DEFAULT_BINS);
    }

    /**
     * Measures predictions.
     *
     * @param predictions the predictions
     * @param bins the number of bins, at least 1
     * @return the report
     */
    public static CalibrationReport of(Predictions predictions, int bins) {
        return of(predictions, bins, BinEdge.RIGHT_CLOSED);
    }

    /**
     * Measures predictions.
     *
     * @param predictions the predictions
     * @param bins the number of bins, at least 1
     * @param edge to which bin a confidence on an edge belongs
     * @return the report
     */
    public static CalibrationReport of(Predictions predictions, int bins, BinEdge edge) {
        return new CalibrationReport(predictions, bins, edge);
    }

    /**
     * Returns the share of rows whose predicted class is the label.
     *
     * @return a value in {@code [0, 1]}
     */
    public double accuracy() {
        return accuracy;
    }

    /**
     * Returns the mean negative log-likelihood.
     *
     * @return a value {@code >= 0} in nats; infinite if a label had probability zero
     */
    public double nll() {
        return nll;
    }

    /**
     * Returns the mean Brier score, summed over classes.
     *
     * @return a value in {@code [0, 2]}
     */
    public double brier() {
        return brier;
    }

    /**
     * Returns the expected calibration error over bins of equal width.
     *
     * @return a value in {@code [0, 1]}
     */
    public double ece() {
        return diagram.gapNorm(1);
    }

    /**
     * Returns the expected calibration error over bins of equal mass.
     *
     * @return a value in {@code [0, 1]}
     */
    public double eceEqualMass() {
        return eceEqualMass;
    }

    /**
     * Returns the maximum calibration error over bins of equal width.
     *
     * @return a value in {@code [0, 1]}
     */
    public double mce() {
        return diagram.gapNorm(Double.POSITIVE_INFINITY);
    }

    /**
     * Returns the number of rows measured.
     *
     * @return n, at least 1
     */
    public int n() {
        return size;
    }

    /**
     * Returns the number of classes.
     *
     * @return C, at least 2
     */
    public int classes() {
        return classes;
    }

    /**
     * Returns the number of bins.
     *
     * @return B, at least 1
     */
    public int bins() {
        return diagram.bins();
    }

    /**
     * Returns the reliability diagram of the confidences.
     *
     * @return the diagram, with bins of equal width
     */
    public ReliabilityDiagram diagram() {
        return diagram;
    }

    /**
     * Returns the numbers, one a line.
     *
     * @return the text
     */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%d rows, %d classes, %d bins%n"
                        + "accuracy         %.4f%n"
                        + "nll              %.4f%n"
                        + "brier            %.4f%n"
                        + "ece              %.4f%n"
                        + "ece, equal mass  %.4f%n"
                        + "mce              %.4f",
                n(),
                classes(),
                bins(),
                accuracy(),
                nll(),
                brier(),
                ece(),
                eceEqualMass(),
                mce());
    }
}
