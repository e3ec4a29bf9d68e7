package dev.candor.training.language;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import ai.djl.training.dataset.ArrayDataset;
import dev.candor.internal.Checks;
import dev.candor.internal.LogitBatch;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Multiple-choice questions of equally many options, as a causal language model takes them. Holds
 * no native memory. Immutable.
 *
 * <p>A prompt that is longer than the model allows loses its beginning, and the log tells how many
 * did.
 */
public final class ChoiceSet {

    private static final Logger LOGGER = LoggerFactory.getLogger(ChoiceSet.class);
    private static final int EVALUATION_BATCH = 128;

    private final List<ChoiceQuestion> questions;
    private final int options;
    private final int length;
    private final int truncated;

    private ChoiceSet(List<ChoiceQuestion> questions, int options, int length, int truncated) {
        this.questions = questions;
        this.options = options;
        this.length = length;
        this.truncated = truncated;
    }

    /**
     * Returns a set of questions.
     *
     * @param questions at least two, of equally many options
     * @param maxLength how many tokens the model takes, prompt and answer together, at least 2
     * @return the set
     * @throws IllegalArgumentException if there are fewer than two questions or they differ in the
     *     number of options
     */
    public static ChoiceSet of(List<ChoiceQuestion> questions, int maxLength) {
        Checks.atLeast("maxLength", maxLength, 2);
        Checks.that(questions.size() > 1, "%d questions, expected at least 2", questions.size());
        int options = questions.get(0).options().length;
        int longest = 0;
        int truncated = 0;
        for (int i = 0; i < questions.size(); i++) {
            int own = questions.get(i).options().length;
            Checks.that(
                    own == options, "questions[%d] has %d options, expected %d", i, own, options);
            int tokens = questions.get(i).length() + 1;
            longest = Math.max(longest, Math.min(tokens, maxLength));
            truncated += tokens > maxLength ? 1 : 0;
        }
        if (truncated > 0) {
            LOGGER.warn(
                    "{} of {} prompts are longer than {} tokens and lose their beginning",
                    truncated,
                    questions.size(),
                    maxLength - 1);
        }
        return new ChoiceSet(List.copyOf(questions), options, longest, truncated);
    }

    /**
     * Returns the number of questions.
     *
     * @return N, at least 2
     */
    public int size() {
        return questions.size();
    }

    /**
     * Returns the number of options of each question.
     *
     * @return J, at least 2
     */
    public int options() {
        return options;
    }

    /**
     * Returns the number of prompts that lost their beginning.
     *
     * @return the number
     */
    public int truncated() {
        return truncated;
    }

    /** Tokens of a row, prompt and answer. */
    int length() {
        return length;
    }

    /**
     * Returns the right options.
     *
     * @param manager the manager of the result
     * @return int64 {@code [N]}
     */
    public NDArray answers(NDManager manager) {
        return manager.create(questions.stream().mapToLong(ChoiceQuestion::answer).toArray());
    }

    /**
     * Asks a model for the logits of the options.
     *
     * @param model a model whose block takes tokens {@code [N, T]} and gives logits {@code [N, T,
     *     V]}, initialised
     * @param manager the manager of the result
     * @return logits {@code [N, J]}, for calibrators and metrics
     */
    public NDArray logits(Model model, NDManager manager) {
        NDList parts = new NDList();
        for (int from = 0; from < size(); from += EVALUATION_BATCH) {
            ChoiceSet part = part(from, Math.min(size(), from + EVALUATION_BATCH));
            try (NDManager scope = manager.newSubManager()) {
                ParameterStore store = new ParameterStore(scope, false);
                NDList labels = new NDList(part.labels(scope));
                NDArray all =
                        model.getBlock()
                                .forward(store, new NDList(part.tokens(scope, 0)), false)
                                .head();
                parts.add(ChoiceFineTuningLoss.optionLogits(all, labels).stopGradient());
                parts.attach(manager);
            }
        }
        return NDArrays.concat(parts);
    }

    private ChoiceSet part(int from, int to) {
        return new ChoiceSet(questions.subList(from, to), options, length, truncated);
    }

    /** Batches of {@link #tokens} with {@link #labels}. */
    ArrayDataset dataset(NDManager manager, int batchSize) {
        return new ArrayDataset.Builder()
                .setData(tokens(manager, 0))
                .optLabels(labels(manager))
                .setSampling(batchSize, true)
                .build();
    }

    /** Prompts and answers, {@code [N, T]}, padded on the right. */
    private NDArray tokens(NDManager manager, long padding) {
        long[] flat = new long[size() * length];
        Arrays.fill(flat, padding);
        for (int i = 0; i < size(); i++) {
            ChoiceQuestion question = questions.get(i);
            int kept = kept(question);
            System.arraycopy(question.prompt(), question.length() - kept, flat, i * length, kept);
            flat[i * length + kept] = question.options()[question.answer()];
        }
        return manager.create(flat, new Shape(size(), length));
    }

    private int kept(ChoiceQuestion question) {
        return Math.min(question.length(), length - 1);
    }

    /** As {@link ChoiceFineTuningLoss} takes them. */
    private NDArray[] labels(NDManager manager) {
        long[] completion = new long[size() * length];
        long[] place = new long[size()];
        long[] tokens = new long[size() * options];
        for (int i = 0; i < size(); i++) {
            int kept = kept(questions.get(i));
            completion[i * length + kept] = 1;
            place[i] = kept - 1;
            System.arraycopy(questions.get(i).options(), 0, tokens, i * options, options);
        }
        return new NDArray[] {
            tokens(manager, LogitBatch.IGNORE_INDEX),
            manager.create(completion, new Shape(size(), length)),
            manager.create(place),
            manager.create(tokens, new Shape(size(), options)),
            answers(manager)
        };
    }
}
