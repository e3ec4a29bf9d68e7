package dev.candor.calibrators.language;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.candor.internal.Checks;
import java.util.List;

/**
 * How uncertain a language model is of what it writes, against how uncertain it is of what people
 * wrote.
 *
 * <pre>
 *   entropy rate    (1/T) sum_t H(. | w_1..w_t)          over texts that the model generated
 *   cross-entropy   -(1/T) sum_t log p(w_t+1 | w_1..w_t)  over texts of the kind it was trained on
 *   gap             entropy rate - cross-entropy
 * </pre>
 *
 * <p>All in nats for each token; their exponential is a perplexity. A calibrated model generates
 * texts of the entropy of the real ones: the gap is zero. Of common models it is above zero and
 * grows with the length of the text. {@link EntropyRateCalibration} narrows it.
 *
 * <p>Source: Braverman et al., <i>Calibration, Entropy Rates, and Memory in Language Models</i>,
 * ICML 2020, arXiv:1906.05664.
 */
public final class EntropyRate {

    private EntropyRate() {}

    /**
     * Measures the mean entropy of the next token over generated texts.
     *
     * @param model the model that generated them, sampled from without truncation of its
     *     distribution
     * @param generations the tokens of each text, what it was prompted with included; at least one
     *     text, none empty
     * @return the entropy rate, {@code >= 0}
     * @throws IllegalArgumentException if there is no text, one is empty, or the logits are not
     *     finite
     */
    public static double ofGenerations(LanguageModel model, List<long[]> generations) {
        Checks.that(!generations.isEmpty(), "no texts, expected at least one");
        double total = 0;
        long count = 0;
        for (int i = 0; i < generations.size(); i++) {
            long[] text = generations.get(i);
            Checks.that(text.length > 0, "texts[%d] has no tokens, expected at least one", i);
            try (NDManager manager = NDManager.newBaseManager()) {
                NDArray logits = TokenLogits.checked(model.logits(manager, text));
                double[] entropies = TokenLogits.entropies(logits);
                for (double entropy : entropies) {
                    total += entropy;
                }
                count += entropies.length;
            }
        }
        return total / count;
    }

    /**
     * Measures the cross-entropy of the model on real texts.
     *
     * @param model the model
     * @param texts the tokens of each text, at least one text, none shorter than two tokens
     * @return the cross-entropy, {@code >= 0}
     * @throws IllegalArgumentException if there is no text, one is too short, a token lies outside
     *     of the vocabulary, or the logits are not finite
     */
    public static double crossEntropy(LanguageModel model, List<long[]> texts) {
        Checks.that(!texts.isEmpty(), "no texts, expected at least one");
        double total = 0;
        long count = 0;
        for (int i = 0; i < texts.size(); i++) {
            long[] text = texts.get(i);
            Checks.that(
                    text.length > 1,
                    "texts[%d] has %d tokens, expected at least 2",
                    i,
                    text.length);
            long[] first = {text[0]};
            long[] rest = new long[text.length - 1];
            System.arraycopy(text, 1, rest, 0, rest.length);
            for (double logProbability : model.logProbabilities(first, rest)) {
                total -= logProbability;
            }
            count += rest.length;
        }
        return total / count;
    }

    /**
     * Computes the entropy of a distribution.
     *
     * @param p probabilities of at least two values, which sum to one
     * @return {@code -sum_k p_k log p_k}, in nats
     * @throws IllegalArgumentException if a value is out of range or they do not sum to one
     */
    public static double entropy(double... p) {
        return Distributions.entropy(Distributions.checked("p", p));
    }

    /**
     * Computes the cross-entropy of a distribution under another.
     *
     * @param p probabilities of what happens
     * @param q as many probabilities of what is foretold
     * @return {@code -sum_k p_k log q_k}, in nats; infinite where something happens that q rules
     *     out
     * @throws IllegalArgumentException if a value is out of range, they do not sum to one, or the
     *     lengths differ
     */
    public static double crossEntropy(double[] p, double[] q) {
        Distributions.checked("p", p);
        Distributions.checked("q", q);
        Checks.that(p.length == q.length, "%d and %d probabilities", p.length, q.length);
        double sum = 0;
        for (int k = 0; k < p.length; k++) {
            sum -= p[k] == 0 ? 0 : p[k] * Math.log(q[k]);
        }
        return sum;
    }

    /**
     * Computes the Kullback-Leibler divergence of a distribution from another.
     *
     * @param p probabilities of what happens
     * @param q as many probabilities of what is foretold
     * @return {@code sum_k p_k log(p_k / q_k)}, in nats
     * @throws IllegalArgumentException as {@link #crossEntropy(double[], double[])}
     */
    public static double divergence(double[] p, double[] q) {
        return crossEntropy(p, q) - Distributions.entropy(p);
    }
}
