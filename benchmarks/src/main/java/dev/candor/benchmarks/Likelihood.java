package dev.candor.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import dev.candor.internal.LogitBatch;
import java.util.function.UnaryOperator;

/** Mean negative log-likelihoods in float64, a few rows at a time. */
final class Likelihood {

    private static final long ELEMENTS_AT_ONCE = 1L << 20;

    private Likelihood() {}

    /**
     * Measures.
     *
     * @param logits {@code [N, C]}
     * @param labels class indices {@code [N]}
     * @param map from float64 logits to those that are measured
     * @return in nats; infinite where a label has probability zero
     */
    static double of(NDArray logits, NDArray labels, UnaryOperator<NDArray> map) {
        long rows = labels.size();
        long step = Math.max(1, ELEMENTS_AT_ONCE / logits.getShape().get(1));
        double sum = 0;
        for (long first = 0; first < rows; first += step) {
            NDIndex part = new NDIndex().addSliceDim(first, Math.min(rows, first + step));
            try (NDManager scope = logits.getManager().newSubManager()) {
                NDArray wide = logits.get(scope, part).toType(DataType.FLOAT64, false);
                NDArray indices = labels.get(scope, part).toType(DataType.INT64, false);
                NDArray likelihoods = map.apply(wide).logSoftmax(1);
                sum -= LogitBatch.pick(likelihoods, indices).sum().getDouble();
            }
        }
        return sum / rows;
    }
}
