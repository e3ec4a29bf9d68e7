package dev.candor.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.loss.Loss;
import ai.djl.training.tracker.Tracker;
import dev.candor.internal.Checks;
import dev.candor.internal.Scalars;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A primary loss plus a weighted term that needs more than logits and labels. Reports the primary
 * loss alone.
 */
abstract class AuxiliaryLoss extends Loss {

    private final Loss primary;
    private final Tracker weight;
    private final AtomicInteger batches = new AtomicInteger();

    AuxiliaryLoss(String name, Loss primary, Tracker weight) {
        super(name);
        this.primary = primary;
        this.weight = weight;
    }

    /** A weight that does not change. */
    static Tracker constant(double weight) {
        float value = (float) Checks.nonNegative("weight", weight);
        return step -> value;
    }

    /** The logits of the primary loss. */
    abstract NDList primaryOf(NDList predictions);

    /** The term that is weighted, a scalar attached to the graph; null if there is none. */
    abstract NDArray term(NDList labels, NDList predictions);

    /**
     * Returns the loss to which the term is added.
     *
     * @return the primary loss
     */
    public Loss primary() {
        return primary;
    }

    /**
     * Returns the number of training batches so far, which is what the weight goes by.
     *
     * @return at least 0
     */
    public int batches() {
        return batches.get();
    }

    /**
     * Goes on where an earlier run left: the weight continues as after this many training batches.
     *
     * @param batches what {@link #batches()} returned in the earlier run, at least 0
     */
    public void resumeAt(int batches) {
        this.batches.set(Checks.atLeast("batches", batches, 0));
    }

    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
        double factor = weight.getNewValue(batches.getAndIncrement());
        NDArray value = primary.evaluate(labels, primaryOf(predictions));
        try (NDManager scope = predictions.head().getManager().newSubManager()) {
            scope.tempAttachAll(labels, predictions);
            scope.tempAttachAll(value);
            NDArray term = term(labels, predictions);
            return term == null ? value : scope.ret(value.add(Scalars.times(term, factor)));
        }
    }

    @Override
    public void addAccumulator(String key) {
        primary.addAccumulator(key);
    }

    @Override
    public void updateAccumulator(String key, NDList labels, NDList predictions) {
        primary.updateAccumulator(key, labels, primaryOf(predictions));
    }

    @Override
    public void updateAccumulators(String[] keys, NDList labels, NDList predictions) {
        primary.updateAccumulators(keys, labels, primaryOf(predictions));
    }

    @Override
    public void resetAccumulator(String key) {
        primary.resetAccumulator(key);
    }

    @Override
    public float getAccumulator(String key) {
        return primary.getAccumulator(key);
    }
}
