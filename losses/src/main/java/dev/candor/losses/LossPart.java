package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.evaluator.Evaluator;
import dev.candor.internal.Checks;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The running mean of one part of a {@link CompositeLoss}, filled by the composite. */
final class LossPart extends Evaluator {

    private final Map<String, Mean> means = new ConcurrentHashMap<>();

    LossPart(String name) {
        super(name);
    }

    /** Adds the value of one batch under each key. */
    void add(String[] keys, NDArray value) {
        add(keys, value.toType(DataType.FLOAT64, false).sum().getDouble());
    }

    /** As above, of a value that the host has. */
    void add(String[] keys, double number) {
        for (String key : keys) {
            means.merge(key, new Mean(number, 1), Mean::plus);
        }
    }

    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
        throw new IllegalStateException(
                getName() + " is filled by its CompositeLoss; evaluate that loss instead");
    }

    @Override
    public void addAccumulator(String key) {
        means.putIfAbsent(key, Mean.EMPTY);
    }

    @Override
    public void updateAccumulator(String key, NDList labels, NDList predictions) {
        addAccumulator(key);
    }

    @Override
    public void resetAccumulator(String key) {
        means.put(key, Mean.EMPTY);
    }

    @Override
    public float getAccumulator(String key) {
        Mean mean = means.get(key);
        Checks.that(mean != null, "no accumulator %s in %s", key, getName());
        return (float) (mean.sum / mean.count);
    }

    private record Mean(double sum, long count) {

        static final Mean EMPTY = new Mean(0, 0);

        Mean plus(Mean other) {
            return new Mean(sum + other.sum, count + other.count);
        }
    }
}
