package dev.candor.internal;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;

/** Checks of values on the host. Each reads its array from the device. */
public final class Validation {

    /** Mass by which a row of probabilities may miss one. */
    private static final double MASS_TOLERANCE = 1e-4;

    private Validation() {}

    /** Accepts rows {@code [M, C]} without NaN and infinities; names the first offending row. */
    public static void finite(NDArray logits) {
        NDArray sums = logits.stopGradient().mul(0).sum(new int[] {1});
        float[] rows = sums.toType(DataType.FLOAT32, false).toFloatArray();
        for (int row = 0; row < rows.length; row++) {
            if (rows[row] != 0) {
                throw Checks.illegal("logits[%d] holds NaN or infinity", row);
            }
        }
    }

    /** Accepts whole class indices {@code 0..classes-1}, or the index that is ignored. */
    public static void indices(NDArray labels, long classes, Long ignoreIndex) {
        indices(labels, classes, ignoreIndex, 0);
    }

    /** As above, for labels of which the first has this row. */
    public static void indices(NDArray labels, long classes, Long ignoreIndex, long firstRow) {
        double[] values = labels.toType(DataType.FLOAT64, false).toDoubleArray();
        for (int i = 0; i < values.length; i++) {
            double label = values[i];
            long row = firstRow + i;
            if (ignoreIndex != null && label == ignoreIndex) {
                continue;
            }
            if (label != Math.rint(label)) {
                throw Checks.illegal("labels[%d] = %s, expected a whole class index", row, label);
            }
            if (label < 0 || label >= classes) {
                throw Checks.illegal("labels[%d] = %.0f, expected 0..%d", row, label, classes - 1);
            }
        }
    }

    /** Accepts rows {@code [M, C]} that are nonnegative and sum to one. */
    public static void distributions(NDArray rows) {
        NDArray values = rows.toType(DataType.FLOAT64, false);
        double[] sums = values.sum(new int[] {1}).toDoubleArray();
        double[] minima = values.min(new int[] {1}).toDoubleArray();
        for (int row = 0; row < sums.length; row++) {
            if (!(minima[row] >= 0)) {
                throw Checks.illegal("row %d holds %s, expected probabilities", row, minima[row]);
            }
            if (!(Math.abs(sums[row] - 1) <= MASS_TOLERANCE)) {
                throw Checks.illegal("row %d sums to %s, expected 1", row, sums[row]);
            }
        }
    }

    /** Accepts rows {@code [M, K]} of zeros and ones; names the first that is neither. */
    public static void binary(NDArray rows) {
        double[] values = rows.toType(DataType.FLOAT64, false).toDoubleArray();
        int width = Math.toIntExact(rows.getShape().get(1));
        for (int i = 0; i < values.length; i++) {
            if (values[i] != 0 && values[i] != 1) {
                throw Checks.illegal(
                        "labels[%d][%d] = %s, expected 0 or 1", i / width, i % width, values[i]);
            }
        }
    }
}
