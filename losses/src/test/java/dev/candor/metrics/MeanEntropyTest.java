package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.evaluator.Evaluator;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MeanEntropyTest extends EvaluatorContract {

    @Override
    Map<String, Evaluator> goldens() {
        return Map.of("mean entropy", MeanEntropy.of());
    }

    @Override
    Evaluator evaluator() {
        return MeanEntropy.of();
    }

    @Test
    void reproducesTheGoldenValuesOfPredictions() {
        GoldenMetrics.assertPredictions("mean entropy", MeanEntropy.of()::measure);
    }

    @Test
    void isTheLogarithmOfTheClassesForUniformPredictions() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Predictions uniform =
                    Predictions.ofLogits(
                            manager.zeros(new Shape(3, 8)), manager.create(new long[] {0, 1, 2}));
            assertThat(MeanEntropy.of().measure(uniform)).isCloseTo(Math.log(8), within(1e-15));
        }
    }
}
