package dev.candor.internal;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads binary predictions and labels of any shape to the host, checked, in chunks. */
public final class BinaryValues {

    private static final Logger logger = LoggerFactory.getLogger(BinaryValues.class);

    private static final int CHUNK = 1 << 20;

    private BinaryValues() {}

    /**
     * Reads logits. Warns when all lie in {@code [0, 1]}.
     *
     * @param logits of any shape
     * @return the logits, flattened
     */
    public static double[] logits(NDArray logits) {
        double[] values = read("logits", logits);
        boolean resemblesProbabilities = true;
        for (int i = 0; i < values.length; i++) {
            if (!Double.isFinite(values[i])) {
                throw Checks.illegal("logits[%d] = %s, expected a finite value", i, values[i]);
            }
            resemblesProbabilities &= values[i] >= 0 && values[i] <= 1;
        }
        if (resemblesProbabilities) {
            logger.warn(
                    "All {} logits lie in 0..1, as probabilities do. If they are, use the method"
                            + " for probabilities.",
                    values.length);
        }
        return values;
    }

    /** {@code 1 / (1 + exp(-z))} of each logit. */
    public static double[] sigmoid(double[] logits) {
        return Arrays.stream(logits).map(z -> 1 / (1 + Math.exp(-z))).toArray();
    }

    /**
     * Reads probabilities.
     *
     * @param probabilities of any shape
     * @return the values, flattened
     */
    public static double[] probabilities(NDArray probabilities) {
        double[] values = read("probabilities", probabilities);
        for (int i = 0; i < values.length; i++) {
            if (!(values[i] >= 0 && values[i] <= 1)) {
                throw Checks.illegal("probabilities[%d] = %s, expected 0..1", i, values[i]);
            }
        }
        return values;
    }

    /**
     * Reads labels 0 and 1.
     *
     * @param labels of the shape of the predictions
     * @param predictions what they are the labels of
     * @return whether each label is 1, flattened
     */
    public static boolean[] labels(NDArray labels, NDArray predictions) {
        Checks.that(
                labels.getShape().equals(predictions.getShape()),
                "labels have shape %s for predictions of shape %s, expected the same",
                labels.getShape(),
                predictions.getShape());
        double[] values = chunks(labels);
        boolean[] positive = new boolean[values.length];
        for (int i = 0; i < values.length; i++) {
            if (values[i] != 0 && values[i] != 1) {
                throw Checks.illegal("labels[%d] = %s, expected 0 or 1", i, values[i]);
            }
            positive[i] = values[i] == 1;
        }
        return positive;
    }

    private static double[] read(String name, NDArray predictions) {
        Checks.that(
                predictions.getDataType().isFloating(),
                "%s have type %s, expected a floating type",
                name,
                predictions.getDataType());
        Checks.that(
                predictions.size() > 0 && predictions.size() <= Integer.MAX_VALUE - 8,
                "%s have shape %s, expected at least one value and fewer than 2^31",
                name,
                predictions.getShape());
        return chunks(predictions);
    }

    private static double[] chunks(NDArray array) {
        int size = (int) array.size();
        double[] values = new double[size];
        try (NDManager scope = array.getManager().newSubManager()) {
            scope.tempAttachAll(array);
            NDArray flat = array.stopGradient().flatten();
            for (int from = 0, to; from < size; from = to) {
                to = (int) Math.min(size, (long) from + CHUNK);
                NDArray part = flat.get(new NDIndex().addSliceDim(from, to));
                NDArray wide = part.toType(DataType.FLOAT64, true);
                double[] read = wide.toDoubleArray();
                System.arraycopy(read, 0, values, from, read.length);
                wide.close();
                part.close();
            }
        }
        return values;
    }
}
