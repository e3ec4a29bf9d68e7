package dev.candor.training.language;

import dev.candor.internal.Checks;

/**
 * A multiple-choice question in tokens: the answer is one token, which follows the prompt.
 * Immutable.
 */
public final class ChoiceQuestion {

    private final long[] prompt;
    private final long[] options;
    private final int answer;

    private ChoiceQuestion(long[] prompt, long[] options, int answer) {
        this.prompt = prompt;
        this.options = options;
        this.answer = answer;
    }

    /**
     * Returns a question.
     *
     * @param prompt the tokens before the answer, at least one
     * @param options the token of each option, all different, at least two
     * @param answer the index of the right option
     * @return the question
     * @throws IllegalArgumentException if the prompt is empty, there are fewer than two options,
     *     two are the same, or the answer is none of them
     */
    public static ChoiceQuestion of(long[] prompt, long[] options, int answer) {
        Checks.that(prompt.length > 0, "the prompt has no tokens, expected at least one");
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
        Checks.that(
                answer >= 0 && answer < options.length,
                "answer = %d, expected 0..%d",
                answer,
                options.length - 1);
        return new ChoiceQuestion(prompt.clone(), options.clone(), answer);
    }

    /**
     * Returns the tokens before the answer.
     *
     * @return a copy
     */
    public long[] prompt() {
        return prompt.clone();
    }

    /**
     * Returns the token of each option.
     *
     * @return a copy
     */
    public long[] options() {
        return options.clone();
    }

    /**
     * Returns the index of the right option.
     *
     * @return the index
     */
    public int answer() {
        return answer;
    }

    int length() {
        return prompt.length;
    }
}
