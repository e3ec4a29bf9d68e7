package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BinaryMetricEvaluatorTest {

    private static final String KEY = "epoch";
    private static final float FLOAT_TOLERANCE = 1e-6f;

    private final NDManager manager = NDManager.newBaseManager();
    private final BinaryMetricEvaluator evaluator =
            BinaryMetricEvaluator.of("ECE", ExpectedCalibrationError.of(10));

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void measuresTheLogitsOfAnEpoch() {
        NDArray logits = manager.randomNormal(new Shape(30, 4));
        NDArray labels = manager.randomNormal(new Shape(30, 4)).gt(0);
        NDArray zeroOne = labels.toType(DataType.INT64, false);
        evaluator.addAccumulator(KEY);
        EvaluatorContract.update(evaluator, new String[] {KEY}, logits, zeroOne, 30);
        assertThat(evaluator.getAccumulator(KEY))
                .isCloseTo(
                        (float)
                                ExpectedCalibrationError.of(10)
                                        .measure(Forecasts.ofLogits(logits, zeroOne)),
                        within(FLOAT_TOLERANCE));
        evaluator.resetAccumulator(KEY);
        assertThat(evaluator.getAccumulator(KEY)).isNaN();
    }

    @Test
    void hasNoValueOnceALogitWasNaN() {
        NDList logits = new NDList(manager.create(new float[] {1, Float.NaN}));
        NDList labels = new NDList(manager.create(new long[] {0, 1}));
        assertThat(evaluator.evaluate(labels, logits).getFloat()).isNaN();
    }

    @Test
    void refusesLabelsThatDoNotFit() {
        NDList logits = new NDList(manager.zeros(new Shape(3, 2)));
        NDList labels = new NDList(manager.zeros(new Shape(3)));
        assertThatThrownBy(() -> evaluator.evaluate(labels, logits))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("labels have shape (3) for logits of shape (3, 2), expected the same");
    }
}
