package dev.candor.training.augmentation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.candor.internal.Checks;

/** Labels as distributions. */
final class Targets {

    private Targets() {}

    /** Float32 distributions {@code [N, C]} of class indices or of distributions. */
    static NDArray of(NDArray labels, int classes) {
        Shape shape = labels.getShape();
        if (shape.dimension() == 2 && shape.get(1) == classes) {
            return labels.toType(DataType.FLOAT32, false);
        }
        Checks.that(
                shape.dimension() == 1 || shape.dimension() == 2 && shape.get(1) == 1,
                "labels have shape %s, expected [N], [N, 1] or [N, %d]",
                shape,
                classes);
        return labels.flatten().toType(DataType.INT64, false).oneHot(classes, DataType.FLOAT32);
    }

    /** The labels with another first array. */
    static NDList replaceFirst(NDList labels, NDArray first) {
        NDList replaced = new NDList(labels);
        replaced.set(0, first);
        return replaced;
    }
}
