package dev.candor.training.augmentation;

import ai.djl.ndarray.NDList;

/**
 * The inputs and labels of one batch.
 *
 * @param data inputs, samples along the first axis
 * @param labels labels, samples along the first axis
 */
public record LabelledBatch(NDList data, NDList labels) {}
