/**
 * Differentiable objectives that train calibration in, each a DJL {@link
 * ai.djl.training.loss.Loss}.
 *
 * <p>Predictions are logits {@code z} of shape {@code [N, C]}, or {@code [N, T, C]} for tokens;
 * labels are class indices {@code [N]} (or {@code [N, T]}) of any integer type, or of float32
 * holding whole numbers, and, where a loss says so, distributions of the shape of the logits.
 * Throughout, {@code p = softmax(z)}, {@code p_y} is the probability of the label, {@code c = max_k
 * p_k} the confidence, {@code a} one where the predicted class is the label and zero elsewhere, and
 * {@code sg(.)} stops the gradient. Every loss is a mean over the samples that count and stays
 * attached to the graph in degenerate batches. Evaluating a loss never reads a value to the host.
 */
package dev.candor.losses;
