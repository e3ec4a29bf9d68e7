package dev.candor.uncertainty;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.candor.internal.Checks;

/**
 * Features of samples on the host.
 *
 * @param rows {@code [N][D]}
 * @param labels class indices {@code 0..classes-1}
 * @param classes one more than the greatest label
 */
record LabelledFeatures(double[][] rows, int[] labels, int classes) {

    static LabelledFeatures of(NDArray features, NDArray labels) {
        // Checks the features too.
        ScoredRows.of("features", features, 1, rows -> rows.sum(new int[] {1}));
        Shape shape = features.getShape();
        Checks.that(
                labels.getShape().equals(shape.slice(0, 1))
                        || labels.getShape().equals(new Shape(shape.get(0), 1)),
                "labels have shape %s for features of shape %s, expected [N] or [N, 1]",
                labels.getShape(),
                shape);
        double[] values;
        double[] classes;
        try (NDArray flat = features.stopGradient();
                NDArray wide = flat.toType(DataType.FLOAT64, true);
                NDArray indices = labels.toType(DataType.FLOAT64, true)) {
            values = wide.toDoubleArray();
            classes = indices.toDoubleArray();
        }
        int size = classes.length;
        int width = values.length / size;
        double[][] rows = new double[size][width];
        int[] kept = new int[size];
        int largest = 0;
        for (int row = 0; row < size; row++) {
            Checks.that(
                    classes[row] >= 0 && classes[row] == Math.rint(classes[row]),
                    "labels[%d] = %s, expected a class index from 0",
                    row,
                    classes[row]);
            kept[row] = (int) classes[row];
            largest = Math.max(largest, kept[row]);
            System.arraycopy(values, row * width, rows[row], 0, width);
        }
        return new LabelledFeatures(rows, kept, largest + 1);
    }

    int size() {
        return rows.length;
    }

    int width() {
        return rows[0].length;
    }
}
