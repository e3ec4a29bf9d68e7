package dev.candor.calibrators.internal;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;

/**
 * One named array of a fitted calibrator, on the host. The values are shared, not copied: whoever
 * hands them out copies them.
 *
 * @param name the name of the parameter
 * @param shape the shape, that of a scalar for a single number
 * @param values as many values as the shape says, by rows
 */
public record Coefficient(String name, Shape shape, double[] values) {

    /** A single number. As a scalar it takes on the type of the logits it is combined with. */
    public static Coefficient scalar(String name, double value) {
        return new Coefficient(name, new Shape(), new double[] {value});
    }

    /** The value of a single number. */
    public double scalar() {
        return values[0];
    }

    /** The float64 array in a manager. */
    public NDArray in(NDManager manager) {
        NDArray array = manager.create(values, shape);
        array.setName(name);
        return array;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Coefficient that
                && name.equals(that.name)
                && shape.equals(that.shape)
                && Arrays.equals(values, that.values);
    }

    @Override
    public int hashCode() {
        return name.hashCode() * 31 + Arrays.hashCode(values);
    }
}
