package dev.candor.internal;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Activation;

/** Functions that keep their precision where the textbook form loses it. All differentiate. */
public final class Stable {

    private Stable() {}

    /**
     * {@code 1 - e^x} for {@code x <= 0}, exact near zero.
     *
     * @param x any shape
     * @return values in {@code [0, 1]}
     */
    public static NDArray oneMinusExp(NDArray x) {
        NDArray t = Scalars.times(x, -0.5).tanh();
        return Scalars.times(t, 2).div(t.add(1));
    }

    /**
     * {@code log(1 + e^x)} without overflow.
     *
     * @param x any shape
     * @return positive values
     */
    public static NDArray softPlus(NDArray x) {
        // The engine's softplus is the identity above 20, which float32 cannot tell apart.
        return x.getDataType() == DataType.FLOAT64
                ? Scalars.atLeast(x, 0).add(Activation.softPlus(x.abs().neg()))
                : Activation.softPlus(x);
    }

    /**
     * {@code log sigmoid(x)}.
     *
     * @param x any shape
     * @return negative values
     */
    public static NDArray logSigmoid(NDArray x) {
        return softPlus(x.neg()).neg();
    }

    /**
     * {@code sum_k a_k b_k} of each row. Frees the product at once: memory that stays hot is worth
     * more than the multiplication.
     *
     * @param a {@code [M, K]}
     * @param b {@code [M, K]}
     * @return {@code [M]}
     */
    public static NDArray rowDot(NDArray a, NDArray b) {
        try (NDArray product = a.mul(b)) {
            return product.sum(new int[] {1});
        }
    }

    /**
     * Values that back-propagate a known gradient, where the engine would otherwise keep and walk a
     * long graph.
     *
     * @param values one for each row, {@code [M]}, without a graph
     * @param x the rows they were computed from, {@code [M, K]}
     * @param gradient the gradient of each value with respect to its row, {@code [M, K]}, without a
     *     graph
     * @return the same values, attached to the graph of {@code x}
     */
    public static NDArray withGradient(NDArray values, NDArray x, NDArray gradient) {
        NDArray linear = rowDot(x, gradient);
        return values.add(linear.sub(linear.stopGradient()));
    }
}
