package dev.candor.metrics;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.candor.internal.BinaryValues;
import dev.candor.internal.Checks;
import dev.candor.internal.RowStatistics;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The probabilities of all classes with what came of them: the form in which calibration is judged
 * class by class.
 *
 * <p>Of class k the forecast of row i is {@code p_ik} and the outcome {@code 1[y_i = k]}; of a
 * multi-label classifier, whether label k is set. Where {@link Predictions} keeps a few numbers a
 * row, this keeps {@code N C} doubles on the host: 400 MB for 50,000 rows of 1,000 classes. An
 * epoch of a {@link ClasswiseCalibrationError} needs no more than sums.
 *
 * <p>Immutable.
 */
public final class ClassForecasts implements Sample<ClassForecasts> {

    private final double[][] probabilities;
    private final int[] labels;
    private final boolean[][] set;

    /** With class indices, or with outcomes by class; the other is null. */
    private ClassForecasts(double[][] probabilities, int[] labels, boolean[][] set) {
        this.probabilities = probabilities;
        this.labels = labels;
        this.set = set;
    }

    /**
     * Reads logits of a classifier. Warns when each row is nonnegative and sums to 1.
     *
     * @param logits {@code [N, C]} or {@code [N, T, C]}
     * @param labels class indices {@code [N]}, {@code [N, 1]} or {@code [N, T]}; tokens labelled
     *     -100 are left out
     * @return the forecasts
     * @throws IllegalArgumentException as {@link Predictions#ofLogits(NDArray, NDArray)}
     */
    public static ClassForecasts ofLogits(NDArray logits, NDArray labels) {
        return of(RowStatistics.ofLogits(logits, labels, null, true));
    }

    /**
     * Reads probabilities of a classifier.
     *
     * @param probabilities {@code [N, C]} or {@code [N, T, C]}, rows summing to 1
     * @param labels class indices {@code [N]}, {@code [N, 1]} or {@code [N, T]}; tokens labelled
     *     -100 are left out
     * @return the forecasts
     * @throws IllegalArgumentException as {@link Predictions#ofProbabilities(NDArray, NDArray)}
     */
    public static ClassForecasts ofProbabilities(NDArray probabilities, NDArray labels) {
        return of(RowStatistics.ofProbabilities(probabilities, labels, null, true));
    }

    private static ClassForecasts of(RowStatistics rows) {
        return new ClassForecasts(rows.probabilities(), rows.labels(), null);
    }

    /**
     * Reads logits of a multi-label classifier, {@code p = 1 / (1 + exp(-z))}. Warns when all lie
     * in {@code [0, 1]}.
     *
     * @param logits {@code [N, L]}
     * @param labels 0 or 1, {@code [N, L]}
     * @return the forecasts
     * @throws IllegalArgumentException as {@link Forecasts#ofLogits(NDArray, NDArray)}
     */
    public static ClassForecasts ofMultiLabelLogits(NDArray logits, NDArray labels) {
        checkMultiLabel("logits", logits);
        return ofMultiLabel(
                BinaryValues.sigmoid(BinaryValues.logits(logits)),
                BinaryValues.labels(labels, logits),
                (int) logits.getShape().get(1));
    }

    /**
     * Reads probabilities of a multi-label classifier.
     *
     * @param probabilities {@code [N, L]}, in {@code [0, 1]}
     * @param labels 0 or 1, {@code [N, L]}
     * @return the forecasts
     * @throws IllegalArgumentException as {@link Forecasts#ofProbabilities(NDArray, NDArray)}
     */
    public static ClassForecasts ofMultiLabelProbabilities(NDArray probabilities, NDArray labels) {
        checkMultiLabel("probabilities", probabilities);
        return ofMultiLabel(
                BinaryValues.probabilities(probabilities),
                BinaryValues.labels(labels, probabilities),
                (int) probabilities.getShape().get(1));
    }

    private static void checkMultiLabel(String name, NDArray predictions) {
        Shape shape = predictions.getShape();
        Checks.that(
                shape.dimension() == 2 && shape.size() > 0,
                "%s have shape %s, expected [N, L] with at least one row and one label",
                name,
                shape);
    }

    private static ClassForecasts ofMultiLabel(double[] values, boolean[] labels, int classes) {
        double[][] columns = new double[classes][values.length / classes];
        boolean[][] set = new boolean[classes][values.length / classes];
        for (int i = 0; i < values.length; i++) {
            columns[i % classes][i / classes] = values[i];
            set[i % classes][i / classes] = labels[i];
        }
        return new ClassForecasts(columns, null, set);
    }

    /**
     * Returns the number of classes, or of labels.
     *
     * @return C, at least 1
     */
    public int classes() {
        return probabilities.length;
    }

    /**
     * Returns the forecasts of one class.
     *
     * @param index the class, {@code 0..C-1}
     * @return the forecasts
     */
    public Forecasts ofClass(int index) {
        Checks.that(
                index >= 0 && index < classes(),
                "class = %d, expected 0..%d",
                index,
                classes() - 1);
        return new Forecasts(probabilities[index], outcomes(index));
    }

    private boolean[] outcomes(int index) {
        if (set != null) {
            return set[index];
        }
        boolean[] outcomes = new boolean[labels.length];
        for (int row = 0; row < labels.length; row++) {
            outcomes[row] = labels[row] == index;
        }
        return outcomes;
    }

    /**
     * Returns the forecasts of all classes together, as a micro average takes them.
     *
     * @return {@code N C} forecasts
     */
    public Forecasts together() {
        List<Forecasts> classes = new ArrayList<>();
        for (int index = 0; index < classes(); index++) {
            classes.add(ofClass(index));
        }
        return Forecasts.join(classes);
    }

    /** {@inheritDoc} */
    @Override
    public int size() {
        return probabilities[0].length;
    }

    /** {@inheritDoc} */
    @Override
    public ClassForecasts resample(RandomGenerator random) {
        int[] rows = Draw.rows(size(), random);
        double[][] drawn = new double[classes()][rows.length];
        boolean[][] outcomes = set == null ? null : new boolean[classes()][rows.length];
        for (int index = 0; index < classes(); index++) {
            for (int i = 0; i < rows.length; i++) {
                drawn[index][i] = probabilities[index][rows[i]];
                if (outcomes != null) {
                    outcomes[index][i] = set[index][rows[i]];
                }
            }
        }
        int[] label = labels == null ? null : Arrays.stream(rows).map(row -> labels[row]).toArray();
        return new ClassForecasts(drawn, label, outcomes);
    }
}
