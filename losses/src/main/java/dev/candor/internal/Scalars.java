package dev.candor.internal;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

/**
 * Arithmetic with numbers that is safe before a backward pass.
 *
 * <p>An array made of Java values is a view of a Java buffer. Where {@code x.mul(2)} saves its
 * factor for the gradient, the buffer is gone as soon as the garbage collector runs, and the
 * gradient is made of whatever stands there by then. Here the engine owns the number. It has the
 * type of {@code x}, so that a scalar keeps its type too. Sums and differences with a number keep
 * nothing and need no care.
 */
public final class Scalars {

    private Scalars() {}

    /** A number as a scalar in the type, and on the device, of an array. */
    public static NDArray of(NDArray like, double value) {
        NDManager manager = like.getManager();
        DataType type = like.getDataType();
        float narrow = (float) value;
        if (type != DataType.FLOAT64 || narrow == value) {
            return manager.full(new Shape(), narrow, type);
        }
        try (NDArray borrowed = manager.create(value)) {
            return borrowed.duplicate();
        }
    }

    /** {@code factor x}. */
    public static NDArray times(NDArray x, double factor) {
        try (NDArray number = of(x, factor)) {
            return x.mul(number);
        }
    }

    /** {@code x / divisor}. */
    public static NDArray over(NDArray x, double divisor) {
        try (NDArray number = of(x, divisor)) {
            return x.div(number);
        }
    }

    /** {@code x^exponent}. */
    public static NDArray power(NDArray x, double exponent) {
        try (NDArray number = of(x, exponent)) {
            return x.pow(number);
        }
    }

    /** {@code max(x, bound)}. */
    public static NDArray atLeast(NDArray x, double bound) {
        try (NDArray number = of(x, bound)) {
            return x.maximum(number);
        }
    }

    /**
     * {@code min(x, bound)}; with {@link #atLeast} for {@code clip}, which waits for the device.
     */
    public static NDArray atMost(NDArray x, double bound) {
        try (NDArray number = of(x, bound)) {
            return x.minimum(number);
        }
    }
}
