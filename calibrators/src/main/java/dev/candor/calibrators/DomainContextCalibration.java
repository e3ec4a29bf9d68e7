package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.OnnxGraph;
import dev.candor.internal.Checks;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Domain-context calibration: takes from the answers of a language model what it answers to random
 * words of the domain.
 *
 * <pre>
 *   p_d = mean of the probabilities at random texts,  q_k = p_k / p_d_k / sum_j p_j / p_d_j
 * </pre>
 *
 * <p>{@code p} are the probabilities of the C labels or options. {@link #texts} makes the random
 * texts: words drawn from the unlabelled texts at hand, as often as they occur there, as many as
 * their texts have on average. They hold the words that lean towards a label, which content-free
 * inputs do not. The map is that of {@link ContextualCalibration}; what was said there of when to
 * use it holds here too.
 *
 * <p>Source: Fei et al., <i>Mitigating Label Biases for In-context Learning</i>, ACL 2023,
 * arXiv:2305.19148.
 */
public final class DomainContextCalibration extends FittedCalibrator {

    static final String METHOD = "domainContext";

    private DomainContextCalibration(List<Coefficient> coefficients, FitSummary summary) {
        super(METHOD, coefficients.get(0).values().length, coefficients, summary);
    }

    /**
     * Returns the calibrator of known probabilities at random texts.
     *
     * @param domain {@code p_d}, one number above 0 for each of at least two labels, which sum to
     *     one
     * @return the calibrator
     * @throws IllegalArgumentException if a probability is not above 0 or they do not sum to one
     */
    public static DomainContextCalibration of(double... domain) {
        return of(PriorCorrection.given(domain));
    }

    private static DomainContextCalibration of(Coefficient domain) {
        List<Coefficient> coefficients = List.of(domain);
        return new DomainContextCalibration(coefficients, FitSummary.given(coefficients));
    }

    static DomainContextCalibration of(CalibratorFile file) {
        List<Coefficient> coefficients = List.of(PriorCorrection.of(file));
        return new DomainContextCalibration(
                coefficients, FitSummary.fromJson(file.summary(), coefficients));
    }

    /**
     * Averages the probabilities at random texts.
     *
     * @param logits {@code [M, C]}, a row for each random text
     * @return the calibrator
     * @throws IllegalArgumentException if there are fewer than two rows, a logit is not finite, or
     *     the shape does not fit
     */
    public static DomainContextCalibration fit(NDArray logits) {
        return of(PriorCorrection.mean(logits, "random texts", 2));
    }

    /**
     * Makes random texts of the words of a domain, to be put in the place of the question.
     *
     * @param domain unlabelled texts, at least one of them not blank; words are what blanks divide
     * @param count how many texts to make, at least 2; 20 are usual
     * @param seed tells which words are drawn
     * @return the texts, of as many words as the given ones have on average
     * @throws IllegalArgumentException if all texts are blank
     */
    public static List<String> texts(List<String> domain, int count, long seed) {
        Checks.atLeast("count", count, 2);
        List<String> words = new ArrayList<>();
        int filled = 0;
        for (String text : domain) {
            List<String> own =
                    Arrays.stream(text.split("\\s+")).filter(word -> !word.isEmpty()).toList();
            words.addAll(own);
            filled += own.isEmpty() ? 0 : 1;
        }
        Checks.that(filled > 0, "%d texts without a word, expected words", domain.size());
        int length = Math.max(1, (int) Math.round((double) words.size() / filled));
        Random random = new Random(seed);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            List<String> drawn = new ArrayList<>();
            for (int j = 0; j < length; j++) {
                drawn.add(words.get(random.nextInt(words.size())));
            }
            texts.add(String.join(" ", drawn));
        }
        return texts;
    }

    /**
     * Returns the probabilities at random texts.
     *
     * @return a copy of {@code p_d}
     */
    public double[] domain() {
        return PriorCorrection.values(coefficients());
    }

    @Override
    public boolean preservesRanking() {
        return false;
    }

    @Override
    NDArray map(NDArray logits, NDList coefficients) {
        return PriorCorrection.subtract(logits, coefficients.get(0));
    }

    @Override
    String onnx(OnnxGraph graph, String logits) {
        return PriorCorrection.onnx(graph, logits, coefficients().get(0), 1);
    }
}
