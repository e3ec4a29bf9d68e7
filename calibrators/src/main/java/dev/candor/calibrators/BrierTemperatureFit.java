package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.candor.calibrators.internal.LabelledLogits;
import dev.candor.calibrators.internal.Lbfgs;
import dev.candor.internal.Softmax;

/**
 * The temperature of the least Brier score near that of the greatest likelihood.
 *
 * <p>With {@code u = log(1/T)}, {@code v = e^u (z - max z)} and {@code p = softmax(v)}, the score
 * of a row and its slope in u are
 *
 * <pre>
 *   f = sum_k (p_k - y_k)^2,  f' = 2 sum_k (p_k - y_k) p_k (v_k - E v)
 * </pre>
 */
final class BrierTemperatureFit {

    private static final double GRADIENT_TOLERANCE = 1e-11;

    private BrierTemperatureFit() {}

    /** Searches from the temperature of the greatest likelihood. */
    static double of(LabelledLogits data, double likely, int maxIterations) {
        double start = -Math.log(likely);
        Lbfgs.Result found =
                new Lbfgs(maxIterations, GRADIENT_TOLERANCE)
                        .minimize(
                                (step, slope) -> evaluate(data, start + step[0], slope),
                                new double[1]);
        return Math.exp(-start - found.x()[0]);
    }

    /** The score at a temperature. */
    static double score(LabelledLogits data, double temperature) {
        return evaluate(data, -Math.log(temperature), new double[1]);
    }

    private static double evaluate(LabelledLogits data, double u, double[] slope) {
        double beta = Math.exp(u);
        try (NDManager manager = data.scope().newSubManager()) {
            NDArray sums = manager.zeros(new Shape(2), DataType.FLOAT64);
            Float64Chunk.forEach(
                    data,
                    chunk -> {
                        NDArray z = chunk.logits();
                        NDArray v = z.subi(z.max(new int[] {1}, true)).muli(beta);
                        NDArray p = Softmax.of(v);
                        NDArray columns =
                                z.getManager().arange(0, (int) data.classes(), 1, DataType.INT64);
                        NDArray target =
                                chunk.labels()
                                        .expandDims(1)
                                        .eq(columns)
                                        .toType(DataType.FLOAT64, false);
                        NDArray miss = p.sub(target);
                        NDArray mean = p.mul(v).sum(new int[] {1}, true);
                        NDArray rise = v.subi(mean).muli(p).muli(miss).muli(2);
                        NDArray score = miss.square().sum(new int[] {1});
                        NDArray rows = score.stack(rise.sum(new int[] {1}));
                        sums.addi(rows.matMul(chunk.weights()));
                    });
            double[] means = sums.divi(data.totalWeight()).toDoubleArray();
            slope[0] = means[1];
            return means[0];
        }
    }
}
