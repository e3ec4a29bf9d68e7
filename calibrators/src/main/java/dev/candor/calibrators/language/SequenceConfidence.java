package dev.candor.calibrators.language;

import dev.candor.internal.Checks;
import java.util.Arrays;

/**
 * Confidence in a whole answer from the probabilities of its tokens.
 *
 * <pre>
 *   sum                log p(answer) = sum_t l_t
 *   product            exp(sum_t l_t)
 *   mean               (1/T) sum_t e^{l_t}
 *   lengthNormalized   exp((1/T) sum_t l_t)
 *   weighted           exp(sum_t w_t l_t / sum_t w_t)
 *   keyTokens          exp((1/|S|) sum_{t in S} l_t)
 * </pre>
 *
 * <p>{@code l_t <= 0} is the log-probability of token t of T after all before it, as {@link
 * LanguageModel#logProbabilities} gives it; {@code w_t >= 0} are weights, such as of how much a
 * token matters; S are the tokens that hold the answer, such as a number in a sentence. The product
 * is a probability but falls with every token, so that long answers look doubtful; the others do
 * not, and are no probabilities of anything: calibrate them before they are shown, for instance by
 * {@link dev.candor.calibrators.PlattScaling} or {@link LceNlce}. A head that learns how tokens
 * weigh is {@link AttentionPooledConfidence}.
 */
public final class SequenceConfidence {

    private SequenceConfidence() {}

    /**
     * Returns the log-probability of the answer.
     *
     * @param logProbabilities of each token, at least one, none above 0
     * @return a number in nats, none above 0
     * @throws IllegalArgumentException if there are none or one is above 0 or NaN
     */
    public static double sum(double... logProbabilities) {
        return Arrays.stream(checked(logProbabilities)).sum();
    }

    /**
     * Returns the probability of the answer.
     *
     * @param logProbabilities of each token, at least one, none above 0
     * @return a value in {@code 0..1}
     * @throws IllegalArgumentException if there are none or one is above 0 or NaN
     */
    public static double product(double... logProbabilities) {
        return Math.exp(sum(logProbabilities));
    }

    /**
     * Returns the mean probability of a token.
     *
     * @param logProbabilities of each token, at least one, none above 0
     * @return a value in {@code 0..1}
     * @throws IllegalArgumentException if there are none or one is above 0 or NaN
     */
    public static double mean(double... logProbabilities) {
        return Arrays.stream(checked(logProbabilities)).map(Math::exp).sum()
                / logProbabilities.length;
    }

    /**
     * Returns the geometric mean of the probabilities, the inverse of the perplexity.
     *
     * @param logProbabilities of each token, at least one, none above 0
     * @return a value in {@code 0..1}
     * @throws IllegalArgumentException if there are none or one is above 0 or NaN
     */
    public static double lengthNormalized(double... logProbabilities) {
        return Math.exp(sum(logProbabilities) / logProbabilities.length);
    }

    /**
     * Returns the weighted geometric mean of the probabilities.
     *
     * @param logProbabilities of each token, at least one, none above 0
     * @param weights as many, finite, none negative, not all zero
     * @return a value in {@code 0..1}
     * @throws IllegalArgumentException if the lengths differ or a value is out of range
     */
    public static double weighted(double[] logProbabilities, double[] weights) {
        checked(logProbabilities);
        Checks.that(
                weights.length == logProbabilities.length,
                "%d weights for %d tokens",
                weights.length,
                logProbabilities.length);
        double total = 0;
        double mass = 0;
        for (int t = 0; t < weights.length; t++) {
            double weight = Checks.nonNegative("weights[" + t + "]", weights[t]);
            // A token of weight zero does not count even where it is impossible.
            total += weight == 0 ? 0 : weight * logProbabilities[t];
            mass += weight;
        }
        Checks.positive("the sum of the weights", mass);
        return Math.exp(total / mass);
    }

    /**
     * Returns the geometric mean of the probabilities of some tokens.
     *
     * @param logProbabilities of each token, at least one, none above 0
     * @param positions which tokens count, at least one
     * @return a value in {@code 0..1}
     * @throws IllegalArgumentException if there is no position, one is no token, or a value is out
     *     of range
     */
    public static double keyTokens(double[] logProbabilities, int... positions) {
        Checks.that(positions.length > 0, "no key tokens, expected at least one");
        double[] weights = new double[logProbabilities.length];
        for (int i = 0; i < positions.length; i++) {
            Checks.that(
                    positions[i] >= 0 && positions[i] < weights.length,
                    "positions[%d] = %d, expected 0..%d",
                    i,
                    positions[i],
                    weights.length - 1);
            weights[positions[i]] = 1;
        }
        return weighted(logProbabilities, weights);
    }

    private static double[] checked(double... logProbabilities) {
        Checks.that(logProbabilities.length > 0, "the answer has no tokens, expected at least one");
        for (int t = 0; t < logProbabilities.length; t++) {
            Checks.that(
                    logProbabilities[t] <= 0,
                    "logProbabilities[%d] = %s, expected a value <= 0",
                    t,
                    logProbabilities[t]);
        }
        return logProbabilities;
    }
}
