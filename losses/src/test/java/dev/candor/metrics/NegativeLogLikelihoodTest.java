package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import ai.djl.training.evaluator.Evaluator;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NegativeLogLikelihoodTest extends EvaluatorContract {

    @Override
    Map<String, Evaluator> goldens() {
        return Map.of("nll", NegativeLogLikelihood.of());
    }

    @Override
    Evaluator evaluator() {
        return NegativeLogLikelihood.of();
    }

    @Test
    void reproducesTheGoldenValuesOfPredictions() {
        GoldenMetrics.assertPredictions("nll", NegativeLogLikelihood.of()::measure);
    }

    @Test
    void isInfiniteWhenALabelHadProbabilityZero() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Predictions predictions =
                    Predictions.ofProbabilities(
                            manager.create(new double[][] {{1, 0}, {.5, .5}}),
                            manager.create(new long[] {1, 0}));
            assertThat(NegativeLogLikelihood.of().measure(predictions))
                    .isEqualTo(Double.POSITIVE_INFINITY);
        }
    }
}
