package dev.candor.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SoftmaxTest {

    private static final double LARGEST = 1e4;

    private static double tolerance(DataType type) {
        return type == DataType.FLOAT32 ? 2e-6 : 1e-14;
    }

    /** Values, then the gradient of the sum of their squares. */
    private static double[][] valuesAndGradient(NDArray rows, UnaryOperator<NDArray> softmax) {
        rows.setRequiresGradient(true);
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            collector.zeroGradients();
            NDArray found = softmax.apply(rows);
            collector.backward(found.square().sum());
            double[][] both = {doubles(found), doubles(rows.getGradient())};
            assertThat(found.getShape()).isEqualTo(rows.getShape());
            return both;
        }
    }

    private static double[] doubles(NDArray array) {
        return array.toType(DataType.FLOAT64, true).toDoubleArray();
    }

    @ParameterizedTest
    @CsvSource({
        "1, 2, FLOAT32",
        "2100, 2, FLOAT32",
        "411, 10, FLOAT32",
        "300, 15, FLOAT32",
        "300, 16, FLOAT32",
        "1, 10, FLOAT64",
        "1401, 3, FLOAT64",
        "141, 31, FLOAT64",
        "141, 32, FLOAT64"
    })
    void isThatOfTheEngineForRowsOfAnyLength(int rows, int classes, DataType type) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray logits =
                    manager.randomNormal(new Shape(rows, classes)).mul(30).toType(type, true);
            logits.set(new NDIndex("0, 0"), LARGEST);
            logits.set(new NDIndex("0, 1"), -LARGEST);
            double[][] plain = valuesAndGradient(logits, z -> z.softmax(1));
            double[][] plainLog = valuesAndGradient(logits, z -> z.logSoftmax(1));
            double[][] own = valuesAndGradient(logits, Softmax::of);
            double[][] ownLog = valuesAndGradient(logits, Softmax::log);
            double extreme = LARGEST * tolerance(type);
            for (int i = 0; i < 2; i++) {
                assertThat(own[i]).containsExactly(plain[i], within(tolerance(type)));
                assertThat(ownLog[i]).containsExactly(plainLog[i], within(extreme));
            }
        }
    }
}
