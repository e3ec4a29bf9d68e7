package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.loss.Loss;
import dev.candor.internal.Checks;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A loss that tells training from reporting: DJL trains by {@link #evaluate} and reports, on
 * training and validation batches, by {@link #updateAccumulators}. Schedules count the former.
 */
abstract class TrainingLoss extends Loss {

    private final LossPart total;
    private final AtomicInteger batches = new AtomicInteger();

    TrainingLoss(String name) {
        super(name);
        this.total = new LossPart(name);
    }

    /**
     * Computes the loss of one training batch.
     *
     * @param labels class indices, or distributions where the loss allows them; a second array, the
     *     place of each sample in the training set, is for losses that remember samples
     * @param predictions one array of logits, {@code [N, C]} or {@code [N, T, C]}
     * @return a scalar, attached to the graph of the logits
     */
    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
        nextBatch();
        try (NDManager scope = predictions.head().getManager().newSubManager()) {
            scope.tempAttachAll(labels, predictions);
            return scope.ret(value(labels, predictions));
        }
    }

    /** The loss of one batch. */
    abstract NDArray value(NDList labels, NDList predictions);

    /** Takes note that a training batch begins. */
    void nextBatch() {
        batches.incrementAndGet();
    }

    /**
     * Returns the number of training batches so far, which is what schedules go by.
     *
     * @return at least 0
     */
    public final int batches() {
        return batches.get();
    }

    /**
     * Goes on where an earlier run left: schedules continue as after this many training batches.
     *
     * @param batches what {@link #batches()} returned in the earlier run, at least 0
     */
    public void resumeAt(int batches) {
        this.batches.set(Checks.atLeast("batches", batches, 0));
    }

    /** The number of training batches before the present one. */
    final int batchesBefore() {
        return Math.max(0, batches.get() - 1);
    }

    @Override
    public void addAccumulator(String key) {
        total.addAccumulator(key);
    }

    @Override
    public void updateAccumulators(String[] keys, NDList labels, NDList predictions) {
        try (NDManager scope = predictions.head().getManager().newSubManager()) {
            scope.tempAttachAll(labels, predictions);
            report(keys, labels, predictions);
        }
    }

    /** Adds the value of one batch under each key. */
    void report(String[] keys, NDList labels, NDList predictions) {
        total.add(keys, value(labels, predictions));
    }

    /** Adds a value that is known already under each key. */
    final void addTotal(String[] keys, double value) {
        total.add(keys, value);
    }

    @Override
    public void resetAccumulator(String key) {
        total.resetAccumulator(key);
    }

    @Override
    public float getAccumulator(String key) {
        return total.getAccumulator(key);
    }
}
