package dev.candor.metrics;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.evaluator.Evaluator;
import dev.candor.internal.Checks;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An evaluator that stays on the device of the predictions during an epoch.
 *
 * <p>Of each batch it keeps sums, which are added up, or values of rows, which are put side by
 * side. They live in managers of their own until the accumulator is reset.
 */
abstract class EpochEvaluator extends Evaluator {

    private final Map<String, Map<Device, Kept>> accumulators = new LinkedHashMap<>();

    EpochEvaluator(String name) {
        super(name);
    }

    /**
     * What is kept of one batch: sums of any shape, or rows {@code [K, M]}, in float64.
     *
     * @param labels as they came
     * @param logits in float64
     */
    abstract NDArray observe(NDArray labels, NDArray logits);

    /** Whether {@link #observe} gives rows rather than sums. */
    boolean keepsRows() {
        return false;
    }

    /** Makes the numbers that go to the host of all rows; of sums, leaves them as they are. */
    NDArray condense(NDArray kept) {
        return kept;
    }

    /** The value from the numbers that came to the host; NaN if no row counted. */
    abstract double value(double[] numbers);

    /**
     * Measures one batch, and reads the numbers that takes to the host.
     *
     * @param labels one array of labels
     * @param predictions one array of logits
     * @return a scalar in float32
     */
    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
        NDManager manager = predictions.singletonOrThrow().getManager();
        try (NDManager scope = manager.newSubManager()) {
            double[] numbers = condense(observe(scope, labels, predictions)).toDoubleArray();
            return manager.create((float) value(numbers));
        }
    }

    private NDArray observe(NDManager scope, NDList labels, NDList predictions) {
        NDArray label = labels.singletonOrThrow();
        scope.tempAttachAll(label);
        NDArray logits = predictions.singletonOrThrow().stopGradient();
        logits.attach(scope);
        return observe(label, logits.toType(DataType.FLOAT64, false));
    }

    /** {@inheritDoc} */
    @Override
    public void addAccumulator(String key) {
        Map<Device, Kept> replaced = accumulators.put(key, new LinkedHashMap<>());
        if (replaced != null) {
            replaced.values().forEach(Kept::close);
        }
    }

    /** {@inheritDoc} */
    @Override
    public void updateAccumulator(String key, NDList labels, NDList predictions) {
        updateAccumulators(new String[] {key}, labels, predictions);
    }

    /** {@inheritDoc} */
    @Override
    public void updateAccumulators(String[] keys, NDList labels, NDList predictions) {
        NDArray logits = predictions.singletonOrThrow();
        Device device = logits.getDevice();
        Engine engine = logits.getManager().getEngine();
        try (NDManager scope = logits.getManager().newSubManager()) {
            NDArray observed = observe(scope, labels, predictions);
            for (String key : keys) {
                accumulator(key)
                        .computeIfAbsent(device, d -> new Kept(engine.newBaseManager(d)))
                        .add(observed, keepsRows());
            }
        }
    }

    /** {@inheritDoc} */
    @Override
    public void resetAccumulator(String key) {
        Map<Device, Kept> kept = accumulator(key);
        kept.values().forEach(Kept::close);
        kept.clear();
    }

    /**
     * Returns the value over the rows seen since the last reset, and reads the numbers that takes
     * to the host.
     *
     * @param key the key of the accumulator
     * @return the value; NaN if no row was seen
     * @throws IllegalArgumentException if there is no such accumulator
     */
    @Override
    public float getAccumulator(String key) {
        Map<Device, Kept> kept = accumulator(key);
        if (kept.isEmpty()) {
            return Float.NaN;
        }
        NDManager first = kept.values().iterator().next().manager;
        try (NDManager scope = first.newSubManager()) {
            NDList parts = new NDList();
            for (Kept part : kept.values()) {
                for (NDArray array : part.arrays) {
                    NDArray local = array.toDevice(first.getDevice(), true);
                    local.attach(scope);
                    parts.add(local);
                }
            }
            NDArray all =
                    keepsRows()
                            ? NDArrays.concat(parts, 1)
                            : NDArrays.stack(parts).sum(new int[] {0});
            return (float) value(condense(all).toDoubleArray());
        }
    }

    private Map<Device, Kept> accumulator(String key) {
        Map<Device, Kept> kept = accumulators.get(key);
        Checks.that(kept != null, "no accumulator '%s', there are %s", key, accumulators.keySet());
        return kept;
    }

    /** What one accumulator keeps on one device. */
    private static final class Kept implements AutoCloseable {

        private final NDManager manager;
        private final NDList arrays = new NDList();

        Kept(NDManager manager) {
            this.manager = manager;
        }

        void add(NDArray observed, boolean rows) {
            if (!rows && !arrays.isEmpty()) {
                arrays.head().addi(observed);
                return;
            }
            NDArray copy = observed.duplicate();
            copy.attach(manager);
            arrays.add(copy);
        }

        @Override
        public void close() {
            manager.close();
        }
    }
}
