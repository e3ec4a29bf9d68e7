package dev.candor.metrics;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import dev.candor.internal.Checks;

/**
 * Any metric of forecasts as an evaluator of a binary or multi-label trainer.
 *
 * <p>Takes logits of any shape and labels 0 and 1 of the same shape; of several labels all are
 * measured together. The forecast is {@code 1 / (1 + exp(-z))}. Keeps 16 bytes a value on the
 * device during an epoch and reads them to the host when the value is asked for. A label other than
 * 0 counts as 1: values are not checked, for that would synchronise the device.
 */
public final class BinaryMetricEvaluator extends EpochEvaluator {

    private final Metric<Forecasts> metric;

    private BinaryMetricEvaluator(String name, Metric<Forecasts> metric) {
        super(name);
        this.metric = metric;
    }

    /**
     * Returns the evaluator of a metric.
     *
     * @param name the name under which the trainer reports the value
     * @param metric the metric
     * @return the evaluator
     */
    public static BinaryMetricEvaluator of(String name, Metric<Forecasts> metric) {
        return new BinaryMetricEvaluator(name, metric);
    }

    @Override
    boolean keepsRows() {
        return true;
    }

    @Override
    NDArray observe(NDArray labels, NDArray logits) {
        Checks.that(
                labels.getShape().equals(logits.getShape()),
                "labels have shape %s for logits of shape %s, expected the same",
                labels.getShape(),
                logits.getShape());
        NDArray probabilities = logits.flatten().neg().exp().add(1).pow(-1);
        NDArray positive = labels.flatten().neq(0).toType(DataType.FLOAT64, false);
        return NDArrays.stack(new NDList(probabilities, positive));
    }

    @Override
    double value(double[] numbers) {
        int size = numbers.length / 2;
        double[] probabilities = new double[size];
        boolean[] outcomes = new boolean[size];
        for (int row = 0; row < size; row++) {
            if (Double.isNaN(numbers[row])) {
                return Double.NaN;
            }
            probabilities[row] = numbers[row];
            outcomes[row] = numbers[size + row] != 0;
        }
        return metric.measure(new Forecasts(probabilities, outcomes));
    }
}
