package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.candor.calibrators.internal.LabelledLogits;
import dev.candor.internal.Checks;

/**
 * Options of every fit by iterations.
 *
 * @param <B> the builder itself
 * @param <C> what it fits
 */
abstract class FitBuilder<B extends FitBuilder<B, C>, C extends Calibrator> {

    private Integer maxIterations;

    abstract B self();

    /** The limit of iterations that was set, or else the usual one. */
    int maxIterations(int usual) {
        return maxIterations == null ? usual : maxIterations;
    }

    /** Fits to checked samples; the time counts from the beginning, in nanoseconds. */
    abstract C fit(LabelledLogits data, long begin);

    /**
     * Sets the limit of iterations.
     *
     * @param maxIterations at least 1, default 100
     * @return this builder
     */
    public B optMaxIterations(int maxIterations) {
        this.maxIterations = Checks.atLeast("maxIterations", maxIterations, 1);
        return self();
    }

    /**
     * Fits to held-out samples.
     *
     * @param logits {@code [N, C]}, a floating-point type, on any device
     * @param labels class indices {@code [N]} or {@code [N, 1]}
     * @return the calibrator
     * @throws IllegalArgumentException if there are no samples, a logit is not finite, a label is
     *     not a class index, or the shapes do not match
     */
    public C fit(NDArray logits, NDArray labels) {
        return fit(logits, labels, null);
    }

    /**
     * Fits to weighted samples.
     *
     * @param logits {@code [N, C]}, a floating-point type, on any device
     * @param labels class indices {@code [N]} or {@code [N, 1]}
     * @param weights {@code [N]} or {@code [N, 1]}, finite, none negative, not all zero; null where
     *     all samples weigh the same
     * @return the calibrator
     * @throws IllegalArgumentException if there are no samples, a logit or a weight is not finite,
     *     a label is not a class index, or the shapes do not match
     */
    public C fit(NDArray logits, NDArray labels, NDArray weights) {
        long begin = System.nanoTime();
        try (NDManager scope = logits.getManager().newSubManager(logits.getDevice())) {
            return fit(LabelledLogits.of(scope, logits, labels, weights), begin);
        }
    }

    static double secondsSince(long begin) {
        return (System.nanoTime() - begin) * 1e-9;
    }
}
