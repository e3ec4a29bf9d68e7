package dev.candor.uncertainty;

import ai.djl.ndarray.NDArray;

/**
 * Tells inputs like those of training from inputs from elsewhere (out-of-distribution detection).
 *
 * <p>The higher the score, the more familiar the input, whichever the method: entropies, distances
 * and energies come with their sign turned. Scores are compared with each other and with a
 * threshold found on held-out data; their size means nothing beyond that. They are measured by
 * {@link dev.candor.metrics.OodAreaUnderRoc} and {@link dev.candor.metrics.OodFalsePositiveRate}:
 *
 * <pre>{@code
 * OodScore score = EnergyScore.of();
 * OodScores scores = OodScores.of(score.of(familiar), score.of(elsewhere));
 * double auroc = OodAreaUnderRoc.of().measure(scores);
 * }</pre>
 */
@FunctionalInterface
public interface OodScore {

    /**
     * Scores each input.
     *
     * @param rows logits {@code [N, C]}, logits of several predictions {@code [S, N, C]}, or
     *     features {@code [N, D]}, as the method says; a floating-point type
     * @return N scores in float64
     * @throws IllegalArgumentException if the shape or the type is another, or a value is NaN or
     *     infinite
     */
    double[] of(NDArray rows);
}
