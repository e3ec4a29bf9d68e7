package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import java.util.function.Function;

/** Golden batch A as the first of three predictions for each sample. */
final class MonteCarlo {

    private static final GoldenLosses.Batch A = GoldenLosses.INSTANCE.batches().get("A");
    private static final double[] OFFSETS = {
        0.5, -0.4, 0.3, -1.0, 0.2, 0.6, 0.9, 0.1, -0.8, -0.6, 0.7, 0.2
    };

    private MonteCarlo() {}

    static void assertReproduces(Loss loss, double value, double... gradient) {
        for (LossProbe probe :
                new LossProbe[] {
                    probe(loss, MonteCarlo::labels), probe(loss, MonteCarlo::labelsOfEach)
                }) {
            assertThat(probe.value()).isCloseTo(value, within(LossContract.FLOAT64_TOLERANCE));
            assertThat(probe.gradient())
                    .containsExactly(gradient, within(LossContract.FLOAT64_TOLERANCE));
        }
    }

    static LossProbe probe(Loss loss, Function<NDManager, NDArray> labels) {
        double[] first = LossProbe.flat(A.logits());
        double[] logits = new double[36];
        for (int i = 0; i < 12; i++) {
            logits[i] = first[i];
            logits[12 + i] = first[i] + OFFSETS[i];
            logits[24 + i] = first[i] / 2;
        }
        return LossProbe.of(loss, logits, new Shape(3, 4, 3), DataType.FLOAT64, labels);
    }

    /** Labels {@code [N]}. */
    static NDArray labels(NDManager manager) {
        return manager.create(A.labels());
    }

    /** Labels {@code [S, N]}. */
    static NDArray labelsOfEach(NDManager manager) {
        return manager.create(A.labels()).expandDims(0).repeat(0, 3);
    }
}
