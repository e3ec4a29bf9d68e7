package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.candor.calibrators.internal.LabelledLogits;
import dev.candor.internal.SoftBinning;
import dev.candor.internal.Softmax;

/**
 * The temperature of the least soft-binned calibration error.
 *
 * <pre>
 *   f = ( sum_b (m_b/W) (g_b/m_b)^2 )^(1/2),  m_b = sum_i w_i u_ib,  g_b = sum_i w_i u_ib (a_i - c_i)
 * </pre>
 *
 * <p>{@code c_i} is the confidence and {@code a_i} tells whether the prediction is right; {@code
 * u_ib} is the membership in bin b of 15, W the sum of weights. f has several minima: a grid of
 * temperatures finds the basin, a golden section its bottom.
 */
final class SoftBinnedTemperatureFit {

    private static final int BINS = 15;
    private static final double SHARPNESS = 0.01;
    private static final double SMALLEST_MASS = 1e-300;

    /** Around the logarithm of the temperature of the greatest likelihood. */
    private static final double REACH = 2;

    private static final int GRID_STEPS = 20;
    private static final int SECTIONS = 30;
    private static final double GOLDEN = (Math.sqrt(5) - 1) / 2;

    private SoftBinnedTemperatureFit() {}

    /** Searches around the temperature of the greatest likelihood. */
    static double of(LabelledLogits data, double likely) {
        double middle = Math.log(likely);
        double step = REACH / GRID_STEPS;
        double best = middle;
        double least = error(data, Math.exp(middle));
        for (int i = -GRID_STEPS; i <= GRID_STEPS; i++) {
            double logTemperature = middle + i * step;
            double error = error(data, Math.exp(logTemperature));
            if (error < least) {
                least = error;
                best = logTemperature;
            }
        }
        double low = best - step;
        double high = best + step;
        for (int i = 0; i < SECTIONS; i++) {
            double left = high - GOLDEN * (high - low);
            double right = low + GOLDEN * (high - low);
            if (error(data, Math.exp(left)) < error(data, Math.exp(right))) {
                high = right;
            } else {
                low = left;
            }
        }
        double found = (low + high) / 2;
        return Math.exp(error(data, Math.exp(found)) < least ? found : best);
    }

    /** The error at a temperature. */
    static double error(LabelledLogits data, double temperature) {
        try (NDManager manager = data.scope().newSubManager()) {
            NDArray sums = manager.zeros(new Shape(2, BINS), DataType.FLOAT64);
            Float64Chunk.forEach(
                    data,
                    chunk -> {
                        NDArray p = Softmax.of(chunk.logits().divi(temperature));
                        NDArray confidence = p.max(new int[] {1});
                        NDArray correct =
                                p.argMax(1).eq(chunk.labels()).toType(DataType.FLOAT64, false);
                        NDArray member = SoftBinning.membership(confidence, BINS, 0, SHARPNESS);
                        NDArray gap = correct.sub(confidence).mul(chunk.weights());
                        sums.addi(chunk.weights().stack(gap).matMul(member));
                    });
            double[] values = sums.toDoubleArray();
            double total = 0;
            for (int bin = 0; bin < BINS; bin++) {
                double mass = Math.max(values[bin], SMALLEST_MASS);
                double gap = values[BINS + bin];
                total += gap * gap / mass;
            }
            return Math.sqrt(total / data.totalWeight());
        }
    }
}
