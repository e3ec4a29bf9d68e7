package dev.candor.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.loss.Loss;
import dev.candor.internal.Checks;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * A loss that reports the value it was trained by. DJL evaluates the loss of a training batch a
 * second time for its report; here the first value is taken, and read from the device when someone
 * asks for the mean.
 *
 * <pre>{@code
 * DefaultTrainingConfig config = new DefaultTrainingConfig(SingleEvaluationLoss.of(loss));
 * }</pre>
 *
 * <p>The same values as the loss itself reports, up to the rounding of a mean. Validation batches,
 * which are not trained on, are reported by the loss. A {@link dev.candor.losses.CompositeLoss}
 * remembers its last values by itself; one whose parts are evaluators too is not to be wrapped, for
 * it fills these when it reports.
 */
public final class SingleEvaluationLoss extends Loss {

    private final Loss loss;
    private final List<Known> known = new ArrayList<>();
    private final Map<String, Sum> sums = new ConcurrentHashMap<>();

    private SingleEvaluationLoss(Loss loss) {
        super(loss.getName());
        this.loss = loss;
    }

    /**
     * Wraps a loss.
     *
     * @param loss any DJL loss
     * @return the loss that is evaluated once
     */
    public static SingleEvaluationLoss of(Loss loss) {
        return new SingleEvaluationLoss(loss);
    }

    /**
     * Returns the loss that is evaluated.
     *
     * @return what was wrapped
     */
    public Loss loss() {
        return loss;
    }

    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
        NDArray value = loss.evaluate(labels, predictions);
        synchronized (known) {
            known.removeIf(Known::isGone);
            known.add(new Known(new WeakReference<>(predictions.head()), value.stopGradient()));
        }
        return value;
    }

    /** The value of these predictions, if they were trained by; it is told once. */
    private NDArray valueOf(NDList predictions) {
        synchronized (known) {
            Iterator<Known> values = known.iterator();
            while (values.hasNext()) {
                Known candidate = values.next();
                if (candidate.predictions.get() == predictions.head()) {
                    values.remove();
                    return candidate.value;
                }
            }
        }
        return null;
    }

    @Override
    public void addAccumulator(String key) {
        loss.addAccumulator(key);
        sums.put(key, new Sum());
    }

    @Override
    public void updateAccumulator(String key, NDList labels, NDList predictions) {
        updateAccumulators(new String[] {key}, labels, predictions);
    }

    @Override
    public void updateAccumulators(String[] keys, NDList labels, NDList predictions) {
        NDArray value = valueOf(predictions);
        if (value == null) {
            loss.updateAccumulators(keys, labels, predictions);
            for (String key : keys) {
                sum(key).reported();
            }
            return;
        }
        try (value;
                NDArray number = value.toType(DataType.FLOAT64, true)) {
            for (String key : keys) {
                sum(key).add(number);
            }
        }
    }

    @Override
    public void resetAccumulator(String key) {
        loss.resetAccumulator(key);
        sum(key).reset();
    }

    @Override
    public float getAccumulator(String key) {
        return sum(key).mean(() -> loss.getAccumulator(key));
    }

    private Sum sum(String key) {
        Sum sum = sums.get(key);
        Checks.that(sum != null, "no accumulator %s in %s", key, getName());
        return sum;
    }

    /** The value of a training batch; the batch holds the predictions, and so their identity. */
    private record Known(WeakReference<NDArray> predictions, NDArray value) {

        boolean isGone() {
            return predictions.get() == null;
        }
    }

    /** Values known from training, summed on the device, and the mean of those reported. */
    private static final class Sum {

        private NDArray onDevice;
        private double onHost;
        private long trained;
        private long reported;

        synchronized void add(NDArray number) {
            if (onDevice != null && !onDevice.getDevice().equals(number.getDevice())) {
                fetch();
            }
            if (onDevice == null) {
                onDevice = number.duplicate();
                onDevice.detach();
            } else {
                onDevice.addi(number);
            }
            trained++;
        }

        synchronized void reported() {
            reported++;
        }

        synchronized void reset() {
            fetch();
            onHost = 0;
            trained = 0;
            reported = 0;
        }

        synchronized float mean(Supplier<Float> ofReported) {
            fetch();
            if (trained == 0) {
                return ofReported.get();
            }
            double others = reported == 0 ? 0 : reported * (double) ofReported.get();
            return (float) ((onHost + others) / (trained + reported));
        }

        private void fetch() {
            if (onDevice != null) {
                onHost += onDevice.getDouble();
                onDevice.close();
                onDevice = null;
            }
        }
    }
}
