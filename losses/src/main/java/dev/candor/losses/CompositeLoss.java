package dev.candor.losses;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.evaluator.Evaluator;
import ai.djl.training.loss.Loss;
import ai.djl.training.tracker.Tracker;
import dev.candor.internal.Checks;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Scalars;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A primary loss plus weighted secondary losses.
 *
 * <pre>
 *   L = L_primary + sum_s w_s(t) L_s
 * </pre>
 *
 * <p>A weight is a number or a {@link Tracker} of t, the number of training batches so far: {@code
 * Tracker.warmUp()}, {@code Tracker.linear()}. Each call of {@link #evaluate} counts, which is what
 * a trainer makes for a training batch and not for its reports, so nothing else needs to be
 * registered; with several devices each share of a batch counts. Losses of this package share one
 * log-softmax; any other DJL {@link Loss} may take part.
 *
 * <p>The parts are reported one by one in the trainer's metrics when they are added as evaluators:
 *
 * <pre>{@code
 * CompositeLoss loss = CompositeLoss.of(CrossEntropyLoss.of()).plus(1, SoftBinnedEceLoss.of());
 * DefaultTrainingConfig config = new DefaultTrainingConfig(loss);
 * loss.parts().forEach(config::addEvaluator);
 * }</pre>
 *
 * <p>Immutable: {@code plus} returns a new loss.
 */
public final class CompositeLoss extends TrainingLoss {

    private final List<Term> terms;
    private final List<LossPart> parts;
    private final Map<Device, Trained> trained = new ConcurrentHashMap<>();

    private CompositeLoss(List<Term> terms) {
        super("CompositeLoss");
        this.terms = terms;
        this.parts = terms.stream().map(term -> new LossPart(term.loss.getName())).toList();
    }

    /**
     * Starts with a primary loss.
     *
     * @param primary the loss with weight 1
     * @return the composite
     */
    public static CompositeLoss of(Loss primary) {
        return new CompositeLoss(List.of(new Term(primary, 1, null)));
    }

    /**
     * Adds a secondary loss with a constant weight.
     *
     * @param weight the weight, finite and {@code >= 0}
     * @param secondary the loss
     * @return a new composite
     */
    public CompositeLoss plus(double weight, Loss secondary) {
        return plus(new Term(secondary, Checks.nonNegative("weight", weight), null));
    }

    /**
     * Adds a secondary loss with a weight that follows a schedule.
     *
     * @param weight the weight as a function of the number of training batches so far
     * @param secondary the loss
     * @return a new composite
     */
    public CompositeLoss plus(Tracker weight, Loss secondary) {
        return plus(new Term(secondary, 0, weight));
    }

    private CompositeLoss plus(Term term) {
        for (Term other : terms) {
            Checks.that(
                    !other.loss.getName().equals(term.loss.getName()),
                    "two parts are named %s: name one of them by optName",
                    term.loss.getName());
        }
        List<Term> longer = new ArrayList<>(terms);
        longer.add(term);
        return new CompositeLoss(List.copyOf(longer));
    }

    /**
     * Returns one evaluator for each part, named after its loss, unweighted. They compute nothing
     * themselves: the composite fills them when the trainer evaluates it.
     *
     * @return the evaluators, the primary first
     */
    public List<Evaluator> parts() {
        return List.copyOf(parts);
    }

    /**
     * Returns the losses of which this one is made.
     *
     * @return the losses, the primary first
     */
    public List<Loss> losses() {
        return terms.stream().map(Term::loss).toList();
    }

    /** {@inheritDoc} */
    @Override
    public void resumeAt(int batches) {
        super.resumeAt(batches);
        for (Term term : terms) {
            if (term.loss instanceof TrainingLoss loss) {
                loss.resumeAt(batches);
            }
        }
    }

    @Override
    NDArray value(NDList labels, NDList predictions) {
        List<NDArray> values = values(labels, predictions);
        Trained replaced =
                trained.put(
                        predictions.head().getDevice(),
                        Trained.of(labels, predictions, together(values)));
        if (replaced != null) {
            replaced.values.close();
        }
        return sum(values);
    }

    @Override
    void nextBatch() {
        super.nextBatch();
        for (Term term : terms) {
            if (term.loss instanceof TrainingLoss loss) {
                loss.nextBatch();
            }
        }
    }

    @Override
    void report(String[] keys, NDList labels, NDList predictions) {
        Trained last = trained.get(predictions.head().getDevice());
        boolean known = last != null && last.isOf(labels, predictions);
        NDArray all = known ? last.values : together(values(labels, predictions));
        // At once: each read waits for the device.
        double[] values = all.toDoubleArray();
        double total = values[0];
        for (int i = 1; i < values.length; i++) {
            total += terms.get(i).weightAt(batchesBefore()) * values[i];
        }
        addTotal(keys, total);
        for (int i = 0; i < values.length; i++) {
            parts.get(i).add(keys, values[i]);
        }
    }

    private static NDArray together(List<NDArray> values) {
        NDList sums = new NDList(values.size());
        values.forEach(value -> sums.add(value.toType(DataType.FLOAT64, false).sum()));
        return NDArrays.stack(sums);
    }

    private List<NDArray> values(NDList labels, NDList predictions) {
        List<NDArray> values = new ArrayList<>(terms.size());
        Map<LogitLoss, LogitBatch> batches = new LinkedHashMap<>();
        for (Term term : terms) {
            if (term.loss instanceof LogitLoss loss) {
                values.add(loss.evaluate(shared(batches, loss, labels, predictions)));
            } else if (term.loss instanceof TrainingLoss loss) {
                values.add(loss.value(labels, predictions));
            } else {
                values.add(term.loss.evaluate(labels, predictions));
            }
        }
        return values;
    }

    private static LogitBatch shared(
            Map<LogitLoss, LogitBatch> batches, LogitLoss loss, NDList labels, NDList predictions) {
        for (Map.Entry<LogitLoss, LogitBatch> entry : batches.entrySet()) {
            if (entry.getKey().sharesBatchWith(loss)) {
                return entry.getValue();
            }
        }
        LogitBatch batch = loss.batch(labels, predictions);
        batches.put(loss, batch);
        return batch;
    }

    private NDArray sum(List<NDArray> values) {
        NDArray sum = values.get(0);
        for (int i = 1; i < values.size(); i++) {
            sum = sum.add(Scalars.times(values.get(i), terms.get(i).weightAt(batchesBefore())));
        }
        return sum;
    }

    /**
     * The parts of the training batch that was last on a device. A trainer reports each training
     * batch, and need not wait for the parts to be computed again.
     */
    private record Trained(
            WeakReference<NDArray> labels, WeakReference<NDArray> predictions, NDArray values) {

        static Trained of(NDList labels, NDList predictions, NDArray values) {
            NDArray kept = values.stopGradient();
            kept.detach();
            return new Trained(
                    new WeakReference<>(labels.head()),
                    new WeakReference<>(predictions.head()),
                    kept);
        }

        boolean isOf(NDList otherLabels, NDList otherPredictions) {
            return labels.refersTo(otherLabels.head())
                    && predictions.refersTo(otherPredictions.head());
        }
    }

    private record Term(Loss loss, double weight, Tracker schedule) {

        double weightAt(int batches) {
            return schedule == null ? weight : schedule.getNewValue(batches);
        }
    }
}
