package dev.candor.uncertainty;

import ai.djl.ndarray.NDArray;
import dev.candor.internal.Checks;

/**
 * Free energy, with its sign turned.
 *
 * <pre>
 *   s = T log sum_k exp(z_k / T)
 * </pre>
 *
 * <p>Takes logits {@code z}, {@code [N, C]}; the temperature {@code T > 0} is 1 by default, for
 * which no data are needed. As {@code T} goes to 0 it becomes the greatest logit. Not for
 * log-probabilities, of which every row has energy 0.
 *
 * <p>Source: Liu et al., <i>Energy-based Out-of-distribution Detection</i>, NeurIPS 2020,
 * arXiv:2010.03759.
 */
public final class EnergyScore implements OodScore {

    private final double temperature;

    private EnergyScore(double temperature) {
        this.temperature = temperature;
    }

    /**
     * Returns the score at temperature 1.
     *
     * @return the score
     */
    public static EnergyScore of() {
        return of(1);
    }

    /**
     * Returns the score at a temperature.
     *
     * @param temperature T, finite and above 0
     * @return the score
     */
    public static EnergyScore of(double temperature) {
        return new EnergyScore(Checks.positive("temperature", temperature));
    }

    @Override
    public double[] of(NDArray logits) {
        return ScoredRows.of(
                "logits",
                logits,
                1,
                z -> {
                    NDArray largest = z.max(new int[] {1}, true);
                    NDArray sum = z.sub(largest).div(temperature).exp().sum(new int[] {1});
                    return sum.log().mul(temperature).add(largest.squeeze(1));
                });
    }
}
