package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import dev.candor.internal.Checks;
import dev.candor.internal.LogitBatch;

/**
 * Cross-entropy of tokens, for the fine-tuning of causal language models.
 *
 * <pre>
 *   completion only  L_SFT1 = -(1/m) sum_{t in completion} log p(y_t | x, y_&lt;t)
 *   joint            L_SFT2 = -(1/m) sum_{t in prompt and completion} log p(y_t | y_&lt;t)
 * </pre>
 *
 * <p>m is the number of tokens that count in the batch. Completion only is the loss of CFT, for a
 * model that is accurate enough; joint is the loss to which RCFT adds {@link RcftLoss}.
 *
 * <p>Predictions are one array of logits {@code [N, T, V]}, as the model gives them for its input
 * tokens. Labels are one or two arrays of any integer type:
 *
 * <ol>
 *   <li>the input tokens themselves, {@code [N, T]}, with the ignore index (-100) in place of
 *       padding;
 *   <li>for completion only, a mask {@code [N, T]}: not zero where the token belongs to the
 *       completion. Not needed when the labels hold the ignore index in place of the prompt too.
 *       The joint loss takes the mask and leaves it unread, so that both train on the same batches.
 * </ol>
 *
 * <p>The loss shifts the labels itself: the logits at position t are held against token t + 1, and
 * the last position and the first token do not count. With {@code optShifted(false)} position t is
 * held against label t, which also allows {@code [N, V]} logits with labels {@code [N]}. A batch
 * without a token that counts gives zero.
 *
 * <p>Source: Xiao et al., <i>Restoring Calibration for Aligned Large Language Models: A
 * Calibration-Aware Fine-Tuning Approach</i>, ICML 2025, arXiv:2505.01997.
 */
public final class TokenCrossEntropyLoss extends Loss {

    private final boolean completionOnly;
    private final boolean shifted;
    private final long ignoreIndex;
    private final boolean validate;

    private TokenCrossEntropyLoss(Builder builder) {
        super(builder.name);
        this.completionOnly = builder.completionOnly;
        this.shifted = builder.shifted;
        this.ignoreIndex = builder.ignoreIndex;
        this.validate = builder.validate;
    }

    /**
     * Returns the loss over the tokens of the completion, L_SFT1.
     *
     * @return the loss
     */
    public static TokenCrossEntropyLoss completionOnly() {
        return builder().optCompletionOnly(true).build();
    }

    /**
     * Returns the loss over the tokens of prompt and completion, L_SFT2.
     *
     * @return the loss
     */
    public static TokenCrossEntropyLoss joint() {
        return builder().optCompletionOnly(false).build();
    }

    /**
     * Returns a builder.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Computes the loss of one batch.
     *
     * @param labels token indices {@code [N, T]}, and optionally the mask of the completion {@code
     *     [N, T]}
     * @param predictions one array of logits {@code [N, T, V]}
     * @return a scalar, attached to the graph of the logits
     * @throws IllegalArgumentException if a shape does not fit
     */
    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
        Checks.that(
                labels.size() == 1 || labels.size() == 2,
                "%d label arrays, expected tokens and optionally the mask of the completion",
                labels.size());
        NDArray logits = predictions.singletonOrThrow();
        try (NDManager scope = logits.getManager().newSubManager()) {
            scope.tempAttachAll(labels, predictions);
            LogitBatch batch = LogitBatch.of(targets(labels), logits, ignoreIndex, validate);
            Checks.that(
                    !batch.hasDistributions(), "token cross-entropy takes class indices as labels");
            return scope.ret(batch.mean(batch.crossEntropy()));
        }
    }

    /** The token that each position of the logits is held against. */
    private NDArray targets(NDList labels) {
        NDArray tokens = labels.head().toType(DataType.INT64, false);
        if (completionOnly && labels.size() == 2) {
            NDArray mask = labels.get(1);
            Shape shape = tokens.getShape();
            Checks.that(
                    mask.getShape().equals(shape),
                    "mask has shape %s for labels of shape %s",
                    mask.getShape(),
                    shape);
            tokens = NDArrays.where(mask.neq(0), tokens, ignored(tokens, shape));
        }
        return shifted ? shift(tokens) : tokens;
    }

    /** Moves the labels, not the logits, which would have to be copied. */
    private NDArray shift(NDArray tokens) {
        Shape shape = tokens.getShape();
        Checks.that(
                shape.dimension() == 2 && shape.get(1) > 1,
                "labels have shape %s, expected [N, T] with at least two tokens to shift",
                shape);
        NDArray last = ignored(tokens, new Shape(shape.get(0), 1));
        return tokens.get(":, 1:").concat(last, 1);
    }

    private NDArray ignored(NDArray tokens, Shape shape) {
        return tokens.getManager().full(shape, ignoreIndex, DataType.INT64);
    }

    /** Builds a {@link TokenCrossEntropyLoss}. */
    public static final class Builder {

        private String name = "TokenCrossEntropyLoss";
        private boolean completionOnly;
        private boolean shifted = true;
        private long ignoreIndex = LogitBatch.IGNORE_INDEX;
        private boolean validate;

        private Builder() {}

        /**
         * Sets the name under which the trainer reports the loss.
         *
         * @param name the name
         * @return this builder
         */
        public Builder optName(String name) {
            this.name = name;
            return this;
        }

        /**
         * Sets whether only tokens of the completion count.
         *
         * @param completionOnly default false: prompt and completion
         * @return this builder
         */
        public Builder optCompletionOnly(boolean completionOnly) {
            this.completionOnly = completionOnly;
            return this;
        }

        /**
         * Sets whether the loss holds logits against the token that follows.
         *
         * @param shifted default true; false when the labels are shifted already
         * @return this builder
         */
        public Builder optShifted(boolean shifted) {
            this.shifted = shifted;
            return this;
        }

        /**
         * Sets the label of tokens that do not count.
         *
         * @param ignoreIndex default -100
         * @return this builder
         */
        public Builder optIgnoreIndex(long ignoreIndex) {
            this.ignoreIndex = ignoreIndex;
            return this;
        }

        /**
         * Sets whether each batch is read to the host and checked: finite logits, tokens in range.
         * Off by default, because reading synchronises the device.
         *
         * @param validate whether to check values
         * @return this builder
         */
        public Builder optValidate(boolean validate) {
            this.validate = validate;
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         */
        public TokenCrossEntropyLoss build() {
            return new TokenCrossEntropyLoss(this);
        }
    }
}
