package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Activation;
import dev.candor.internal.Checks;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Scalars;

/**
 * Correctness ranking loss: of two samples, the one more often predicted correctly in the past
 * should have the greater confidence. Made to be added to a primary loss, see {@link
 * CompositeLoss}.
 *
 * <p>Each sample i of the batch is paired with the next one j, the last with the first. With the
 * normalised history of correctness {@code h^} of {@link CorrectnessHistory}:
 *
 * <pre>
 *   L = (1/N) sum_i max( 0, |h^_i - h^_j| - sign(h^_i - h^_j) (kappa_i - kappa_j) )
 * </pre>
 *
 * <p>{@code kappa} is a confidence: the greatest probability (default), the margin to the second
 * greatest, or the negative entropy divided by {@code log K}. The history carries no gradient;
 * pairs with equal histories add nothing but count in the mean.
 *
 * <p>Labels are two arrays: class indices or distributions as for any loss, and the index of each
 * sample in the training set, {@code [N]} (or {@code [N, T]}), of any integer type. Other losses of
 * this package leave the second array alone, so that all may share a {@link CompositeLoss}. After
 * each training step a listener calls {@link #observe}, and after each epoch {@link
 * CorrectnessHistory#nextEpoch()}. In the first epoch the loss is zero, and so it is without
 * indices, as on validation data.
 *
 * <p>Ranks confidence, and so helps to tell right from wrong predictions; it does not by itself
 * bring confidence to the level of accuracy. Batches must be shuffled, for only neighbours are
 * compared. An index outside the history fails in the engine, on some devices only later; {@link
 * Builder#optValidate} names it.
 *
 * <p>Source: Moon et al., <i>Confidence-Aware Learning for Deep Neural Networks</i>, ICML 2020,
 * arXiv:2007.01458. The authors weigh the loss by 1. In their code the entropy is normalised for
 * two data sets only, and counts of the running epoch already move the minimum.
 */
public final class CorrectnessRankingLoss extends LogitLoss {

    /** What ranks the samples. */
    public enum Confidence {
        /** The greatest probability. */
        MAX_PROBABILITY,
        /** The greatest probability minus the second greatest. */
        MARGIN,
        /** The negative entropy divided by {@code log K}. */
        NEGATIVE_ENTROPY
    }

    private final CorrectnessHistory history;
    private final Confidence confidence;

    private CorrectnessRankingLoss(Builder builder) {
        super(builder);
        this.history = builder.history;
        this.confidence = builder.confidence;
    }

    /**
     * Returns the loss with the greatest probability as confidence.
     *
     * @param history the history of the training samples, shared with whoever updates it
     * @return the loss
     */
    public static CorrectnessRankingLoss of(CorrectnessHistory history) {
        return builder().setHistory(history).build();
    }

    /**
     * Returns a builder.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    NDArray evaluate(LogitBatch batch) {
        NDArray kappa = kappa(batch);
        if (batch.sampleIndices() == null) {
            return Scalars.times(batch.mean(kappa), 0);
        }
        NDArray frequency = history.frequencies(batch.manager(), batch.dataType(), samples(batch));
        NDArray next = next(batch);
        NDArray difference = frequency.sub(frequency.gather(next, 0));
        NDArray lead = kappa.sub(kappa.gather(next, 0));
        return batch.mean(Activation.relu(difference.abs().sub(difference.sign().mul(lead))));
    }

    private NDArray kappa(LogitBatch batch) {
        if (confidence == Confidence.MAX_PROBABILITY) {
            return batch.confidence();
        }
        if (confidence == Confidence.NEGATIVE_ENTROPY) {
            return Scalars.over(batch.entropy(), -Math.log(batch.classes()));
        }
        NDArray greatest = batch.probabilities().topK(2, 1, true, true).head();
        return greatest.get(":, 0").sub(greatest.get(":, 1"));
    }

    /** The indices of the samples, zero in rows that do not count. */
    private NDArray samples(LogitBatch batch) {
        NDArray samples = batch.sampleIndices();
        if (batch.mask() != null) {
            samples = samples.mul(batch.mask().toType(DataType.INT64, false));
        }
        if (validate) {
            history.check(samples.toLongArray());
        }
        return samples;
    }

    /** The index of the next row that counts; of the last one, the first. */
    private static NDArray next(LogitBatch batch) {
        NDManager manager = batch.manager();
        int size = (int) batch.size();
        NDArray rows = manager.arange(0, size, 1, DataType.INT64);
        NDArray following = rows.add(1);
        if (batch.mask() == null) {
            return following.mod(size);
        }
        // Rows that count, in their order, then the others.
        NDArray counts = batch.mask().toType(DataType.INT64, false);
        NDArray order = rows.sub(counts.mul(size)).argSort(0, true);
        NDArray rank = order.argSort(0, true);
        NDArray last = counts.sum();
        NDArray nextRank = rank.add(1);
        return order.gather(nextRank.mul(nextRank.lt(last)), 0);
    }

    /**
     * Counts the predictions of one training batch in the history. Reads them from the device.
     *
     * @param labels two arrays, as for {@link #evaluate(NDList, NDList)}
     * @param predictions one array, as for {@link #evaluate(NDList, NDList)}
     * @throws IllegalArgumentException if there are no indices of samples, or one is outside the
     *     history; nothing is counted then
     */
    public void observe(NDList labels, NDList predictions) {
        Checks.that(
                labels.size() == 2,
                "%d arrays of labels, expected 2, the labels and the indices of the samples",
                labels.size());
        long[] samples;
        float[] correct;
        float[] counted;
        try (NDManager scope = predictions.head().getManager().newSubManager()) {
            scope.tempAttachAll(labels, predictions);
            LogitBatch batch = batch(labels, predictions);
            samples = samples(batch).toLongArray();
            correct = batch.correct().toType(DataType.FLOAT32, false).toFloatArray();
            counted =
                    batch.mask() == null
                            ? null
                            : batch.mask().toType(DataType.FLOAT32, false).toFloatArray();
        }
        boolean[] right = new boolean[samples.length];
        for (int i = 0; i < right.length; i++) {
            right[i] = correct[i] > 0 && (counted == null || counted[i] > 0);
        }
        history.update(samples, right);
    }

    /**
     * Returns the history.
     *
     * @return the history given to the builder
     */
    public CorrectnessHistory history() {
        return history;
    }

    /** Builds a {@link CorrectnessRankingLoss}. */
    public static final class Builder extends LogitLoss.Builder<Builder> {

        private CorrectnessHistory history;
        private Confidence confidence = Confidence.MAX_PROBABILITY;

        private Builder() {
            super("CorrectnessRankingLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the history of the training samples. Required.
         *
         * @param history shared with whoever updates it
         * @return this builder
         */
        public Builder setHistory(CorrectnessHistory history) {
            this.history = history;
            return this;
        }

        /**
         * Sets what ranks the samples.
         *
         * @param confidence default {@link Confidence#MAX_PROBABILITY}
         * @return this builder
         */
        public Builder optConfidence(Confidence confidence) {
            this.confidence = confidence;
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         */
        public CorrectnessRankingLoss build() {
            Checks.that(history != null, "no history, expected one by setHistory");
            return new CorrectnessRankingLoss(this);
        }
    }
}
