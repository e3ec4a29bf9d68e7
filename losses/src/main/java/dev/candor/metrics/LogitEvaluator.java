package dev.candor.metrics;

import ai.djl.ndarray.NDArray;
import dev.candor.internal.LogitBatch;

/** An evaluator of logits {@code [N, C]} or {@code [N, T, C]} and class indices. */
abstract class LogitEvaluator extends EpochEvaluator {

    private final Long ignoreIndex;
    private final boolean validate;

    LogitEvaluator(Builder<?> builder) {
        super(builder.name);
        this.ignoreIndex = builder.ignoreIndex;
        this.validate = builder.validate;
    }

    /** What is kept of one batch in float64. */
    abstract NDArray observe(LogitBatch batch);

    @Override
    final NDArray observe(NDArray labels, NDArray logits) {
        return observe(LogitBatch.of(labels, logits, ignoreIndex, validate));
    }

    /**
     * Options of every evaluator.
     *
     * @param <B> the builder itself
     */
    abstract static class Builder<B extends Builder<B>> {

        private String name;
        private Long ignoreIndex;
        private boolean validate;

        Builder(String name) {
            this.name = name;
        }

        abstract B self();

        /**
         * Sets the name under which the trainer reports the value.
         *
         * @param name the name
         * @return this builder
         */
        public B optName(String name) {
            this.name = name;
            return self();
        }

        /**
         * Sets the label of rows that do not count. Token-level batches {@code [N, T, C]} ignore
         * label -100 without being told.
         *
         * @param ignoreIndex the label
         * @return this builder
         */
        public B optIgnoreIndex(long ignoreIndex) {
            this.ignoreIndex = ignoreIndex;
            return self();
        }

        /**
         * Sets whether each batch is read to the host and checked: finite logits, whole labels in
         * range. Off by default, because reading synchronises the device; NaN then makes the value
         * NaN, and a label out of range counts as wrong or fails in the engine.
         *
         * @param validate whether to check values
         * @return this builder
         */
        public B optValidate(boolean validate) {
            this.validate = validate;
            return self();
        }
    }
}
