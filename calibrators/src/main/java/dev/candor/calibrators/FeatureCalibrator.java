package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;

/**
 * A calibrator that looks at more of a sample than its logits.
 *
 * <p>{@link #apply(NDArray)} is for calibrators that were fitted without features; its block takes
 * the logits and, where there are any, the features as a second input.
 */
public interface FeatureCalibrator extends Calibrator {

    /**
     * Returns the number of features that belong to each sample; of images, the channels.
     *
     * @return the number, 0 where the calibrator was fitted without features
     */
    long features();

    /**
     * Calibrates logits by the features of their samples.
     *
     * @param logits {@code [N, C]}, or any shape whose last axis holds the classes, unless the
     *     method says otherwise; a floating-point type
     * @param features {@code [N, F]}, with the same axes before the last as the logits
     * @return calibrated logits of the shape and type of the logits; they belong to the manager of
     *     the logits
     * @throws IllegalArgumentException if the calibrator was fitted without features, or the number
     *     of classes or features is not that of the fit
     */
    NDArray apply(NDArray logits, NDArray features);
}
