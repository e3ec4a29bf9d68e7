package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import ai.djl.training.evaluator.Evaluator;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ClasswiseCalibrationErrorTest extends EvaluatorContract {

    private static ClasswiseCalibrationError leftClosed() {
        return ClasswiseCalibrationError.builder().optBins(10).optEdge(BinEdge.LEFT_CLOSED).build();
    }

    @Override
    Map<String, Evaluator> goldens() {
        return Map.of("sce 15", ClasswiseCalibrationError.of(), "sce 10 left closed", leftClosed());
    }

    @Override
    Evaluator evaluator() {
        return ClasswiseCalibrationError.of();
    }

    @Test
    void reproducesTheGoldenValuesOfForecasts() {
        GoldenMetrics.assertClasses("sce 15", ClasswiseCalibrationError.of()::measure);
        GoldenMetrics.assertClasses("sce 10 left closed", leftClosed()::measure);
    }

    @Test
    void measuresSeveralLabelsAtOnce() {
        try (NDManager manager = NDManager.newBaseManager()) {
            ClassForecasts labels =
                    ClassForecasts.ofMultiLabelProbabilities(
                            manager.create(new double[][] {{.9, .2}, {.7, .2}}),
                            manager.create(new long[][] {{1, 1}, {0, 0}}));
            assertThat(ClasswiseCalibrationError.of(2).measure(labels))
                    .isCloseTo((.3 + .3) / 2, within(1e-15));
        }
    }

    @Test
    void refusesNoBins() {
        assertThatThrownBy(() -> ClasswiseCalibrationError.of(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("bins = 0, expected at least 1");
    }
}
