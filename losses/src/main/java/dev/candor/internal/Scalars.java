package dev.candor.internal;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

/**
 * Arithmetic of arrays that carry a graph with numbers.
 *
 * <p>On the CPU the engine wraps a Java number, as in {@code x.mul(0.5)}, without copying it, and
 * lets go of its memory at once. The graph of a product, quotient, power or maximum keeps the
 * wrapped number for the backward pass; a garbage collection in between frees it, and gradients
 * turn into noise or NaN. These methods use numbers that the engine owns, in the type of the array.
 * Sums and differences with a number keep nothing and need no care. {@code clip} keeps nothing
 * either, but reads its bounds back from the device, which makes the host wait for it.
 */
public final class Scalars {

    private Scalars() {}

    /**
     * A constant in the type of an array.
     *
     * @param like the array that the constant will meet
     * @param value the constant
     * @return a scalar whose memory belongs to the engine
     */
    public static NDArray of(NDArray like, double value) {
        NDManager manager = like.getManager();
        if (like.getDataType() != DataType.FLOAT64) {
            return manager.full(new Shape(), (float) value, like.getDataType());
        }
        try (NDArray wrapped = manager.create(value)) {
            return wrapped.duplicate();
        }
    }

    /**
     * {@code x * factor}.
     *
     * @param x any floating array
     * @param factor a number
     * @return the product
     */
    public static NDArray times(NDArray x, double factor) {
        try (NDArray number = of(x, factor)) {
            return x.mul(number);
        }
    }

    /**
     * {@code x / divisor}.
     *
     * @param x any floating array
     * @param divisor a number
     * @return the quotient
     */
    public static NDArray over(NDArray x, double divisor) {
        try (NDArray number = of(x, divisor)) {
            return x.div(number);
        }
    }

    /**
     * {@code x ^ exponent}.
     *
     * @param x any floating array
     * @param exponent a number
     * @return the power
     */
    public static NDArray power(NDArray x, double exponent) {
        if (exponent == 1) {
            return x;
        }
        if (exponent == 2) {
            return x.square();
        }
        try (NDArray number = of(x, exponent)) {
            return x.pow(number);
        }
    }

    /**
     * {@code max(x, bound)}.
     *
     * @param x any floating array
     * @param bound a number
     * @return the greater of the two
     */
    public static NDArray atLeast(NDArray x, double bound) {
        try (NDArray number = of(x, bound)) {
            return x.maximum(number);
        }
    }

    /**
     * {@code min(x, bound)}.
     *
     * @param x any floating array
     * @param bound a number
     * @return the lesser of the two
     */
    public static NDArray atMost(NDArray x, double bound) {
        try (NDArray number = of(x, bound)) {
            return x.minimum(number);
        }
    }
}
