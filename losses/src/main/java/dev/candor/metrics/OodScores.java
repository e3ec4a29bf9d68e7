package dev.candor.metrics;

import dev.candor.internal.Checks;
import java.util.random.RandomGenerator;

/**
 * Scores by which inputs from elsewhere are to be told from inputs like those of training
 * (out-of-distribution detection). The higher, the more familiar: confidence, for one, or the
 * negative of an entropy or energy.
 *
 * <p>Immutable. A bootstrap draws from either side on its own, which keeps their numbers.
 */
public final class OodScores implements Sample<OodScores> {

    private final double[] inside;
    private final double[] outside;

    private OodScores(double[] inside, double[] outside) {
        this.inside = inside;
        this.outside = outside;
    }

    /**
     * Returns the scores.
     *
     * @param inDistribution scores of familiar inputs, finite
     * @param outOfDistribution scores of inputs from elsewhere, finite
     * @return the scores
     * @throws IllegalArgumentException if either has none, or a score is NaN or infinite
     */
    public static OodScores of(double[] inDistribution, double[] outOfDistribution) {
        check("inDistribution", inDistribution);
        check("outOfDistribution", outOfDistribution);
        return new OodScores(inDistribution.clone(), outOfDistribution.clone());
    }

    private static void check(String name, double[] scores) {
        Checks.that(scores.length > 0, "%s has no scores, expected at least one", name);
        for (int row = 0; row < scores.length; row++) {
            if (!Double.isFinite(scores[row])) {
                throw Checks.illegal(
                        "%s[%d] = %s, expected a finite value", name, row, scores[row]);
            }
        }
    }

    /** Ranks both sides, with outcome true for familiar inputs. */
    Ranking ranking() {
        return Ranking.of(inside.clone(), outside.clone());
    }

    /** {@inheritDoc} */
    @Override
    public int size() {
        return inside.length + outside.length;
    }

    /** {@inheritDoc} */
    @Override
    public OodScores resample(RandomGenerator random) {
        return new OodScores(Draw.values(inside, random), Draw.values(outside, random));
    }
}
