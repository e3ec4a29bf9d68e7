package dev.candor.internal;

import ai.djl.ndarray.NDArray;

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
        NDArray t = x.mul(-0.5).tanh();
        return t.mul(2).div(t.add(1));
    }

    /**
     * {@code log(1 + e^x)} without overflow and without a threshold.
     *
     * @param x any shape
     * @return positive values
     */
    public static NDArray softPlus(NDArray x) {
        return x.maximum(0).add(x.abs().neg().exp().add(1).log());
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
}
