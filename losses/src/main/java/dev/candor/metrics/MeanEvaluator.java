package dev.candor.metrics;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.RowStatistics;
import java.util.Arrays;

/** An evaluator of a mean over rows. Keeps {@code [2]}: the number of rows that count and a sum. */
abstract class MeanEvaluator extends LogitEvaluator implements Metric<Predictions> {

    MeanEvaluator(LogitEvaluator.Builder<?> builder) {
        super(builder);
    }

    /** The score of each row, {@code [M]}. */
    abstract NDArray scores(LogitBatch batch);

    /** The score of each row. */
    abstract double[] scores(RowStatistics rows);

    @Override
    public final double measure(Predictions predictions) {
        return Arrays.stream(scores(predictions.rows())).sum() / predictions.size();
    }

    @Override
    NDArray observe(LogitBatch batch) {
        NDArray scores = scores(batch);
        return NDArrays.stack(new NDList(batch.sum(scores.onesLike()), batch.sum(scores)));
    }

    @Override
    double value(double[] numbers) {
        return numbers[1] / numbers[0];
    }
}
