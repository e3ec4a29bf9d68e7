package dev.candor.metrics;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.RowStatistics;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Any metric as an evaluator of a trainer.
 *
 * <p>Takes logits {@code [N, C]} or {@code [N, T, C]} and class indices. Keeps 56 bytes a row on
 * the device during an epoch and reads them to the host when the value is asked for, which the
 * listeners of DJL do once an epoch, and, where metrics are recorded, once a batch for that batch.
 * Metrics that get by with sums, such as {@link ExpectedCalibrationError}, are evaluators
 * themselves and cheaper.
 */
public final class MetricEvaluator extends LogitEvaluator {

    private static final int COLUMNS = 7;

    private final Metric<Predictions> metric;

    private MetricEvaluator(Builder builder, Metric<Predictions> metric) {
        super(builder);
        this.metric = metric;
    }

    /**
     * Returns the evaluator of a metric of predictions.
     *
     * @param name the name under which the trainer reports the value
     * @param metric the metric
     * @return the evaluator
     */
    public static MetricEvaluator of(String name, Metric<Predictions> metric) {
        return new MetricEvaluator(new Builder(name), metric);
    }

    /**
     * Returns the evaluator of a metric of confidences.
     *
     * @param name the name under which the trainer reports the value
     * @param metric the metric
     * @return the evaluator
     */
    public static MetricEvaluator ofTopLabel(String name, Metric<Forecasts> metric) {
        return of(name, predictions -> metric.measure(predictions.topLabel()));
    }

    @Override
    boolean keepsRows() {
        return true;
    }

    @Override
    NDArray observe(LogitBatch batch) {
        NDArray label = batch.labels().toType(batch.dataType(), false);
        NDArray mask = batch.mask();
        NDArray probabilities = batch.probabilities();
        NDArray squares = probabilities.square().sum(new int[] {1});
        NDArray labelLog = batch.labelLogProbabilities();
        return NDArrays.stack(
                new NDList(
                        mask == null ? label : label.mul(mask).add(mask.sub(1)),
                        batch.predicted().toType(batch.dataType(), false),
                        batch.confidence(),
                        labelLog.neg(),
                        squares.sub(labelLog.exp().mul(2)).add(1),
                        batch.entropy(),
                        batch.confidence().onesLike().mul(batch.classes())));
    }

    @Override
    double value(double[] numbers) {
        if (DoubleStream.of(numbers).anyMatch(Double::isNaN)) {
            return Double.NaN;
        }
        int all = numbers.length / COLUMNS;
        int[] counted = IntStream.range(0, all).filter(row -> numbers[row] >= 0).toArray();
        if (counted.length == 0) {
            return Double.NaN;
        }
        int classes = (int) numbers[(COLUMNS - 1) * all];
        RowStatistics rows =
                RowStatistics.of(
                        classes,
                        whole(numbers, 0, counted),
                        whole(numbers, all, counted),
                        column(numbers, 2 * all, counted),
                        column(numbers, 3 * all, counted),
                        column(numbers, 4 * all, counted),
                        column(numbers, 5 * all, counted));
        return metric.measure(new Predictions(rows));
    }

    private static double[] column(double[] numbers, int from, int[] rows) {
        return IntStream.of(rows).mapToDouble(row -> numbers[from + row]).toArray();
    }

    private static int[] whole(double[] numbers, int from, int[] rows) {
        return IntStream.of(rows).map(row -> (int) numbers[from + row]).toArray();
    }

    private static final class Builder extends LogitEvaluator.Builder<Builder> {

        private Builder(String name) {
            super(name);
        }

        @Override
        Builder self() {
            return this;
        }
    }
}
