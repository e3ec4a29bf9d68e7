package dev.candor.calibrators.language;

import dev.candor.internal.Checks;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Self-consistency: the confidence of a language model in an answer as the share of its samples
 * that agree.
 *
 * <pre>
 *   agreement(y) = (1/n) sum_i 1[y_i = y]
 *   average confidence(y) = sum_i 1[y_i = y] c_i / sum_i c_i
 * </pre>
 *
 * <p>{@code y_i} are n answers to the same question, at least two, sampled at a temperature above 0
 * or from prompts of different wording; {@code c_i} what the model says of its confidence in each.
 * Two answers agree if they are equal: normalise them first, and group by meaning where they are
 * sentences. A sample that could not be parsed agrees with none, and counts in n; it has no say in
 * the average confidence. Immutable.
 *
 * <p>Source: Wang et al., <i>Self-Consistency Improves Chain of Thought Reasoning in Language
 * Models</i>, ICLR 2023, arXiv:2203.11171; as confidence, and with the average: Xiong et al.,
 * <i>Can LLMs Express Their Uncertainty?</i>, ICLR 2024, arXiv:2306.13063.
 */
public final class SelfConsistency {

    private final Map<String, Integer> counts = new LinkedHashMap<>();
    private final Map<String, Double> weights = new LinkedHashMap<>();
    private final int size;
    private final int unparsed;
    private final double totalWeight;

    private SelfConsistency(List<Optional<String>> answers, double[] confidences) {
        this.size = answers.size();
        Checks.that(size > 1, "%d samples, expected at least 2", size);
        Checks.that(
                confidences == null || confidences.length == size,
                "%d confidences for %d samples",
                confidences == null ? 0 : confidences.length,
                size);
        double total = 0;
        int missing = 0;
        for (int i = 0; i < size; i++) {
            double confidence = confidences == null ? 1 : confidences[i];
            Checks.within("confidences[" + i + "]", confidence, 0, 1);
            if (answers.get(i).isEmpty()) {
                missing++;
                continue;
            }
            counts.merge(answers.get(i).get(), 1, Integer::sum);
            weights.merge(answers.get(i).get(), confidence, Double::sum);
            total += confidence;
        }
        this.unparsed = missing;
        this.totalWeight = total;
    }

    /**
     * Takes samples.
     *
     * @param answers an answer, or none where it could not be parsed; at least two
     * @return their consistency
     * @throws IllegalArgumentException if there are fewer than two samples
     */
    public static SelfConsistency of(List<Optional<String>> answers) {
        return new SelfConsistency(answers, null);
    }

    /**
     * Takes samples that come with confidences.
     *
     * @param answers an answer, or none where it could not be parsed; at least two
     * @param confidences of each sample, in {@code 0..1}; of one that could not be parsed, any
     * @return their consistency
     * @throws IllegalArgumentException if there are fewer than two samples, the lengths differ, or
     *     a confidence is out of range
     */
    public static SelfConsistency of(List<Optional<String>> answers, double... confidences) {
        return new SelfConsistency(answers, confidences.clone());
    }

    /**
     * Returns the answer that most samples give.
     *
     * @return the answer, the first sampled among equals; none where no sample could be parsed
     */
    public Optional<String> answer() {
        String best = null;
        for (Map.Entry<String, Integer> entry : counts.entrySet()) {
            best = best == null || entry.getValue() > counts.get(best) ? entry.getKey() : best;
        }
        return Optional.ofNullable(best);
    }

    /**
     * Returns the share of samples that give an answer.
     *
     * @param answer the answer, such as {@link #answer()} or one sampled at temperature 0
     * @return a value in {@code 0..1}
     */
    public double agreement(String answer) {
        return (double) counts.getOrDefault(answer, 0) / size;
    }

    /**
     * Returns the share of an answer in the confidences of all samples.
     *
     * @param answer the answer
     * @return a value in {@code 0..1}; 0 where all confidences are 0
     */
    public double averageConfidence(String answer) {
        return totalWeight == 0 ? 0 : weights.getOrDefault(answer, 0.0) / totalWeight;
    }

    /**
     * Returns the number of samples that could not be parsed.
     *
     * @return the number
     */
    public int unparsed() {
        return unparsed;
    }

    /**
     * Returns the number of samples.
     *
     * @return n
     */
    public int size() {
        return size;
    }
}
