package dev.candor.calibrators.language;

import ai.djl.inference.Predictor;
import ai.djl.modality.nlp.generate.CausalLMOutput;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.candor.internal.Checks;
import org.slf4j.LoggerFactory;

/**
 * A causal language model: says which token comes next.
 *
 * <p>One method is to be given; predictors of DJL are adapted by {@link #of(Predictor)} and {@link
 * #ofLogits(Predictor)}. Tokens are indices of the model's vocabulary, as its tokenizer makes them.
 */
@FunctionalInterface
public interface LanguageModel {

    /**
     * Returns the logits of the token that follows each token of a text.
     *
     * @param manager the manager of the result
     * @param tokens the text, at least one token
     * @return {@code [T, V]}, a row for each token; a model that sees a limited part of a text may
     *     give the rows of its end alone
     */
    NDArray logits(NDManager manager, long... tokens);

    /**
     * Returns the logits of the token that follows a text.
     *
     * @param tokens the text, at least one token
     * @return V numbers
     * @throws IllegalArgumentException if the text is empty, or the logits are not finite
     */
    default double[] nextTokenLogits(long... tokens) {
        Checks.that(tokens.length > 0, "the text has no tokens, expected at least one");
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray logits = TokenLogits.checked(logits(manager, tokens));
            return TokenLogits.read(logits.get(-1));
        }
    }

    /**
     * Returns how probable each token of a completion is after what precedes it.
     *
     * @param prompt what precedes the completion, at least one token
     * @param completion at least one token
     * @return {@code log p} of each token of the completion, in nats
     * @throws IllegalArgumentException if a part is empty, a token lies outside of the vocabulary,
     *     the model does not see all of the completion, or the logits are not finite
     */
    default double[] logProbabilities(long[] prompt, long[] completion) {
        Checks.that(prompt.length > 0, "the prompt has no tokens, expected at least one");
        Checks.that(completion.length > 0, "the completion has no tokens, expected at least one");
        long[] text = new long[prompt.length + completion.length - 1];
        System.arraycopy(prompt, 0, text, 0, prompt.length);
        System.arraycopy(completion, 0, text, prompt.length, completion.length - 1);
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray logits = TokenLogits.checked(logits(manager, text));
            long rows = logits.getShape().get(0);
            Checks.that(
                    rows >= completion.length,
                    "the completion has %d tokens, expected at most %d, which the model sees",
                    completion.length,
                    rows);
            Checks.labels(completion, logits.getShape().get(1));
            return TokenLogits.picked(logits.get((rows - completion.length) + ":"), completion);
        }
    }

    /**
     * Returns this model on the ends of texts that are too long for it. A warning tells that a text
     * was cut.
     *
     * @param maxTokens how many tokens the model sees, at least 1
     * @return the model
     */
    default LanguageModel truncatedTo(int maxTokens) {
        Checks.atLeast("maxTokens", maxTokens, 1);
        return (manager, tokens) -> {
            if (tokens.length <= maxTokens) {
                return logits(manager, tokens);
            }
            LoggerFactory.getLogger(LanguageModel.class)
                    .warn(
                            "a text of {} tokens was cut to its last {}, which the model sees",
                            tokens.length,
                            maxTokens);
            long[] end = new long[maxTokens];
            System.arraycopy(tokens, tokens.length - maxTokens, end, 0, maxTokens);
            return logits(manager, end);
        };
    }

    /**
     * Adapts a predictor as {@link ai.djl.modality.nlp.generate.TextGenerator} takes it: of tokens,
     * positions and attention mask, each int64 {@code [1, T]}, without a cache.
     *
     * @param predictor the predictor, which remains the caller's to close
     * @return the model
     */
    static LanguageModel of(Predictor<NDList, CausalLMOutput> predictor) {
        return (manager, tokens) -> {
            NDArray ids = TokenLogits.batch(manager, tokens);
            NDArray positions = manager.arange(0, tokens.length, 1, DataType.INT64).expandDims(0);
            NDArray mask = manager.ones(new Shape(1, tokens.length), DataType.INT64);
            NDList input = new NDList(ids, positions, mask);
            return TokenLogits.first(manager, TokenLogits.predict(predictor, input).getLogits());
        };
    }

    /**
     * Adapts a predictor of tokens, int64 {@code [1, T]}, whose first output is logits {@code [1,
     * T, V]}.
     *
     * @param predictor the predictor, which remains the caller's to close
     * @return the model
     */
    static LanguageModel ofLogits(Predictor<NDList, NDList> predictor) {
        return (manager, tokens) -> {
            NDList input = new NDList(TokenLogits.batch(manager, tokens));
            return TokenLogits.first(manager, TokenLogits.predict(predictor, input).head());
        };
    }
}
