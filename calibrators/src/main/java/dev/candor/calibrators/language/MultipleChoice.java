package dev.candor.calibrators.language;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.candor.internal.Checks;
import java.util.Arrays;
import java.util.List;

/**
 * Confidence of a language model in each option of a multiple-choice question, from the logits of
 * the options' tokens where the answer is to come.
 *
 * <pre>
 *   p_j = softmax_j(z_{o_1}, ..., z_{o_J})
 * </pre>
 *
 * <p>{@code z} are the logits of the token that follows the prompt, {@code o_j} the token of option
 * j, of J at least 2. What the model puts on other tokens is left out. The tokens are those with
 * which an answer begins after this very prompt: many tokenizers have one for "A" and another for "
 * A", and the wrong one gives meaningless logits. The logits {@code [N, J]} go into calibrators and
 * metrics as those of a classifier do.
 */
public final class MultipleChoice {

    private final LanguageModel model;
    private final long[] options;

    private MultipleChoice(LanguageModel model, long[] options) {
        this.model = model;
        this.options = options;
    }

    /**
     * Returns the multiple choice of some options.
     *
     * @param model the model
     * @param options the token of each option, all different, at least two
     * @return the multiple choice
     * @throws IllegalArgumentException if there are fewer than two options or two are the same
     */
    public static MultipleChoice of(LanguageModel model, long... options) {
        Checks.that(options.length > 1, "%d options, expected at least 2", options.length);
        for (int j = 0; j < options.length; j++) {
            Checks.that(options[j] >= 0, "options[%d] = %d, expected a token", j, options[j]);
            for (int i = 0; i < j; i++) {
                Checks.that(
                        options[i] != options[j],
                        "options[%d] = %d, the same as options[%d]",
                        j,
                        options[j],
                        i);
            }
        }
        return new MultipleChoice(model, options.clone());
    }

    /**
     * Asks the model.
     *
     * @param manager the manager of the result
     * @param prompts the tokens of each question, ending where the answer is to come
     * @return float64 logits {@code [N, J]}
     * @throws IllegalArgumentException if there is no question, one has no tokens, an option lies
     *     outside of the vocabulary, or a logit is not finite
     */
    public NDArray logits(NDManager manager, List<long[]> prompts) {
        Checks.that(!prompts.isEmpty(), "no questions, expected at least one");
        double[] values = new double[prompts.size() * options.length];
        for (int i = 0; i < prompts.size(); i++) {
            double[] row = logits(prompts.get(i));
            System.arraycopy(row, 0, values, i * options.length, options.length);
        }
        return manager.create(values, new Shape(prompts.size(), options.length));
    }

    private double[] logits(long... prompt) {
        double[] all = model.nextTokenLogits(prompt);
        for (int j = 0; j < options.length; j++) {
            Checks.that(
                    options[j] < all.length,
                    "options[%d] = %d, expected 0..%d",
                    j,
                    options[j],
                    all.length - 1);
        }
        return Arrays.stream(options).mapToDouble(token -> all[(int) token]).toArray();
    }

    /**
     * Asks the model one question.
     *
     * @param prompt the tokens of the question
     * @return the probability of each option
     * @throws IllegalArgumentException as {@link #logits(NDManager, List)}
     */
    public double[] probabilities(long... prompt) {
        return Distributions.softmax(logits(prompt));
    }
}
