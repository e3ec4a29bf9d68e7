package dev.candor.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.loss.Loss;
import ai.djl.training.tracker.Tracker;
import dev.candor.internal.Checks;

/**
 * The loss of the Pi-model: two passes over the same input, with other dropout, should agree.
 *
 * <pre>
 *   L = L_primary(y, z) + w(t) (1/N) sum_i sum_k (p_ik - p'_ik)^2
 *   p = softmax(z),   p' = softmax(z'), a constant
 * </pre>
 *
 * <p>{@code z, z'} {@code [N, C]} are the outputs of {@link TwoPasses}; {@code w >= 0} is a number
 * or a {@link Tracker} of t, the number of training batches so far, and usually starts at 0 and is
 * ramped up. The labels are those of the primary loss. Samples without a label take part if it
 * ignores them: label them -100 and use {@code optIgnoreIndex(-100)}. With one prediction, as on
 * validation data, the primary loss is all.
 *
 * <p>Does nothing for a network without dropout or other noise. Often described with a mean over
 * the classes as well: divide {@code w} by C.
 *
 * <p>Source: Laine and Aila, <i>Temporal Ensembling for Semi-Supervised Learning</i>, ICLR 2017,
 * arXiv:1610.02242.
 */
public final class PiModelLoss extends AuxiliaryLoss {

    private PiModelLoss(Loss primary, Tracker weight) {
        super("PiModelLoss", primary, weight);
    }

    /**
     * Returns the loss with a constant weight.
     *
     * @param primary the loss of labelled samples
     * @param weight w, finite and {@code >= 0}
     * @return the loss
     */
    public static PiModelLoss of(Loss primary, double weight) {
        return of(primary, constant(weight));
    }

    /**
     * Returns the loss with a weight that follows a schedule.
     *
     * @param primary the loss of labelled samples
     * @param weight w as a function of the number of training batches so far
     * @return the loss
     */
    public static PiModelLoss of(Loss primary, Tracker weight) {
        return new PiModelLoss(primary, weight);
    }

    @Override
    NDList primaryOf(NDList predictions) {
        return new NDList(predictions.head());
    }

    @Override
    NDArray term(NDList labels, NDList predictions) {
        if (predictions.size() == 1) {
            return null;
        }
        Checks.that(
                predictions.size() == 2,
                "%d predictions, expected 2, those of TwoPasses",
                predictions.size());
        NDArray first = predictions.get(0);
        int last = first.getShape().dimension() - 1;
        NDArray other = predictions.get(1).stopGradient().softmax(last);
        return first.softmax(last).sub(other).square().sum(new int[] {last}).mean();
    }
}
