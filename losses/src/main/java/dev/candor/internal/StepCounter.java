package dev.candor.internal;

import ai.djl.ndarray.NDArray;
import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Counts training batches from the predictions that a loss is shown.
 *
 * <p>DJL evaluates a loss in the training step, again on the same predictions for its report, and
 * on validation batches. Only the first carries the graph of a new array.
 */
public final class StepCounter {

    /** More than the devices of one machine, so that parallel splits do not evict each other. */
    private static final int REMEMBERED = 64;

    private final Deque<WeakReference<NDArray>> seen = new ArrayDeque<>();
    private long steps;

    /**
     * Takes note of predictions and tells which training batch they belong to.
     *
     * @param predictions the predictions shown to the loss
     * @return the number of training batches before this one
     */
    public synchronized long observe(NDArray predictions) {
        if (predictions.hasGradient() && !isKnown(predictions)) {
            seen.addLast(new WeakReference<>(predictions));
            if (seen.size() > REMEMBERED) {
                seen.removeFirst();
            }
            steps++;
        }
        return Math.max(0, steps - 1);
    }

    private boolean isKnown(NDArray predictions) {
        return seen.stream().anyMatch(reference -> reference.get() == predictions);
    }
}
