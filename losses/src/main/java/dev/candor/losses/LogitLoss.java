package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.candor.internal.LogitBatch;

/** A loss of logits and labels. Holds what all of them share: input handling and scoping. */
abstract class LogitLoss extends TrainingLoss {

    final boolean validate;
    private final Long ignoreIndex;

    LogitLoss(Builder<?> builder) {
        super(builder.name);
        this.ignoreIndex = builder.ignoreIndex;
        this.validate = builder.validate;
    }

    @Override
    final NDArray value(NDList labels, NDList predictions) {
        return evaluate(batch(labels, predictions));
    }

    /** The batch of what the trainer hands over. */
    final LogitBatch batch(NDList labels, NDList predictions) {
        LogitBatch batch = batch(labels.head(), predictions.singletonOrThrow());
        return labels.size() == 1 ? batch : batch.withSampleIndices(labels.get(1));
    }

    /** The loss of one batch, a scalar attached to the graph of its logits. */
    abstract NDArray evaluate(LogitBatch batch);

    /** The batch as this loss wants it. */
    LogitBatch batch(NDArray labels, NDArray logits) {
        return LogitBatch.of(labels, logits, ignoreIndex, validate);
    }

    /** Whether both losses read a batch in the same way, and so can share one. */
    boolean sharesBatchWith(LogitLoss other) {
        return validate == other.validate
                && (ignoreIndex == null
                        ? other.ignoreIndex == null
                        : ignoreIndex.equals(other.ignoreIndex));
    }

    /**
     * Options of every loss.
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
         * Sets the name under which the trainer reports the loss.
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
         * range. Off by default, because reading synchronises the device.
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
