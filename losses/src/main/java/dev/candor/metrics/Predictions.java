package dev.candor.metrics;

import ai.djl.ndarray.NDArray;
import dev.candor.internal.BinaryValues;
import dev.candor.internal.Checks;
import dev.candor.internal.RowStatistics;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * What a classifier said of each row of a labelled set, and how far it was right.
 *
 * <p>With {@code p = softmax(z)}, or the probabilities given, and {@code y} the label:
 *
 * <pre>
 *   predicted   k* = argmax_k p_k, the lowest index among ties
 *   confidence  c = p_{k*}
 *   nll         -log p_y
 *   brier       sum_k (p_k - 1[k = y])^2
 *   entropy     -sum_k p_k log p_k
 * </pre>
 *
 * <p>Computed in float64 from one log-softmax, in chunks of about 64 MB on the device of the
 * predictions, and kept on the host. The NLL of a probability of exactly zero is infinite; it is
 * not clipped. Token-level predictions {@code [N, T, C]} are flattened, and rows labelled -100 are
 * left out.
 *
 * <p>Immutable; holds 41 bytes a row, whatever the number of classes.
 */
public final class Predictions implements Sample<Predictions> {

    private final RowStatistics rows;

    Predictions(RowStatistics rows) {
        this.rows = rows;
    }

    /**
     * Reads logits. Warns when each row is nonnegative and sums to 1, as probabilities do.
     *
     * @param logits {@code [N, C]} or {@code [N, T, C]}, of any floating type
     * @param labels class indices {@code [N]}, {@code [N, 1]} or {@code [N, T]}, of any integer
     *     type or of a floating type holding whole numbers
     * @return the predictions
     * @throws IllegalArgumentException if shapes or types do not fit, a logit is NaN or infinite, a
     *     label is fractional or out of range, or no row counts
     */
    public static Predictions ofLogits(NDArray logits, NDArray labels) {
        return new Predictions(RowStatistics.ofLogits(logits, labels, null, false));
    }

    /**
     * Reads logits, without the rows of one label.
     *
     * @param logits {@code [N, C]} or {@code [N, T, C]}, of any floating type
     * @param labels class indices {@code [N]}, {@code [N, 1]} or {@code [N, T]}
     * @param ignoreIndex the label of rows that do not count
     * @return the predictions
     * @throws IllegalArgumentException as {@link #ofLogits(NDArray, NDArray)}
     */
    public static Predictions ofLogits(NDArray logits, NDArray labels, long ignoreIndex) {
        return new Predictions(RowStatistics.ofLogits(logits, labels, ignoreIndex, false));
    }

    /**
     * Reads probabilities.
     *
     * @param probabilities {@code [N, C]} or {@code [N, T, C]}, of any floating type, rows
     *     nonnegative and summing to 1 within 1e-4
     * @param labels class indices {@code [N]}, {@code [N, 1]} or {@code [N, T]}
     * @return the predictions
     * @throws IllegalArgumentException as {@link #ofLogits(NDArray, NDArray)}, and if a row is not
     *     a distribution
     */
    public static Predictions ofProbabilities(NDArray probabilities, NDArray labels) {
        return new Predictions(RowStatistics.ofProbabilities(probabilities, labels, null, false));
    }

    /**
     * Reads probabilities, without the rows of one label.
     *
     * @param probabilities {@code [N, C]} or {@code [N, T, C]}, of any floating type
     * @param labels class indices {@code [N]}, {@code [N, 1]} or {@code [N, T]}
     * @param ignoreIndex the label of rows that do not count
     * @return the predictions
     * @throws IllegalArgumentException as {@link #ofProbabilities(NDArray, NDArray)}
     */
    public static Predictions ofProbabilities(
            NDArray probabilities, NDArray labels, long ignoreIndex) {
        return new Predictions(
                RowStatistics.ofProbabilities(probabilities, labels, ignoreIndex, false));
    }

    /**
     * Reads logits of a binary classifier, as those of two classes with logits 0 and {@code z}.
     * Warns when all lie in {@code [0, 1]}, as probabilities do.
     *
     * <p>Calibration is then judged by the class predicted. For that of the positive class see
     * {@link Forecasts#ofLogits(NDArray, NDArray)}.
     *
     * @param logits of any shape and floating type
     * @param labels 0 or 1, of the same shape
     * @return the predictions
     * @throws IllegalArgumentException as {@link Forecasts#ofLogits(NDArray, NDArray)}
     */
    public static Predictions ofBinaryLogits(NDArray logits, NDArray labels) {
        return new Predictions(
                RowStatistics.ofBinaryLogits(
                        BinaryValues.logits(logits), BinaryValues.labels(labels, logits)));
    }

    /**
     * Reads probabilities of the positive class of a binary classifier.
     *
     * @param probabilities of any shape and floating type, in {@code [0, 1]}
     * @param labels 0 or 1, of the same shape
     * @return the predictions
     * @throws IllegalArgumentException as {@link Forecasts#ofProbabilities(NDArray, NDArray)}
     */
    public static Predictions ofBinaryProbabilities(NDArray probabilities, NDArray labels) {
        return new Predictions(
                RowStatistics.ofBinaryProbabilities(
                        BinaryValues.probabilities(probabilities),
                        BinaryValues.labels(labels, probabilities)));
    }

    /**
     * Puts sets one after the other, such as the batches of an epoch.
     *
     * @param parts at least one set, all of the same number of classes
     * @return all predictions
     * @throws IllegalArgumentException if there is no set, or the numbers of classes differ
     */
    public static Predictions join(List<Predictions> parts) {
        Checks.that(!parts.isEmpty(), "no sets to join, expected at least one");
        return new Predictions(RowStatistics.join(parts.stream().map(Predictions::rows).toList()));
    }

    /** {@inheritDoc} */
    @Override
    public Predictions resample(RandomGenerator random) {
        return new Predictions(rows.rows(Draw.rows(size(), random)));
    }

    /** {@inheritDoc} */
    @Override
    public int size() {
        return rows.size();
    }

    /**
     * Returns the number of classes.
     *
     * @return C, at least 2
     */
    public int classes() {
        return rows.classes();
    }

    /**
     * Returns the confidences as forecasts of being right.
     *
     * @return the forecasts
     */
    public Forecasts topLabel() {
        return new Forecasts(rows.confidence(), rows.correct());
    }

    /**
     * Returns certainty as forecasts of being right: {@code 1 - H / ln C}, with {@code H} the
     * entropy. For metrics of ranks; it is no probability.
     *
     * @return the forecasts
     */
    public Forecasts certainty() {
        return new Forecasts(
                Arrays.stream(shareOfEntropy()).map(share -> 1 - share).toArray(), rows.correct());
    }

    /** The share of the largest entropy as a forecast of being wrong. */
    Forecasts uncertainty() {
        boolean[] wrong = new boolean[size()];
        for (int row = 0; row < wrong.length; row++) {
            wrong[row] = !rows.correct()[row];
        }
        return new Forecasts(shareOfEntropy(), wrong);
    }

    private double[] shareOfEntropy() {
        double most = Math.log(classes());
        return Arrays.stream(rows.entropy())
                .map(entropy -> Math.min(1, Math.max(0, entropy / most)))
                .toArray();
    }

    /**
     * Returns the share of rows whose predicted class is the label.
     *
     * @return the accuracy
     */
    public double accuracy() {
        return (double) topLabel().positives() / size();
    }

    /**
     * Returns the labels.
     *
     * @return a copy
     */
    public int[] labels() {
        return rows.labels().clone();
    }

    /**
     * Returns the predicted classes.
     *
     * @return a copy
     */
    public int[] predicted() {
        return rows.predicted().clone();
    }

    /**
     * Returns whether the predicted class is the label.
     *
     * @return a copy
     */
    public boolean[] correct() {
        return rows.correct().clone();
    }

    /**
     * Returns the probabilities of the predicted classes.
     *
     * @return a copy
     */
    public double[] confidence() {
        return rows.confidence().clone();
    }

    /**
     * Returns the negative log-likelihood of each row in nats.
     *
     * @return a copy
     */
    public double[] nll() {
        return rows.nll().clone();
    }

    /**
     * Returns the Brier score of each row, summed over classes.
     *
     * @return a copy
     */
    public double[] brier() {
        return rows.brier().clone();
    }

    /**
     * Returns the entropy of each row in nats.
     *
     * @return a copy
     */
    public double[] entropy() {
        return rows.entropy().clone();
    }

    RowStatistics rows() {
        return rows;
    }
}
