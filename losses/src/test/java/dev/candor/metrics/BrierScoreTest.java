package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.evaluator.Evaluator;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BrierScoreTest extends EvaluatorContract {

    @Override
    Map<String, Evaluator> goldens() {
        return Map.of("brier", BrierScore.of());
    }

    @Override
    Evaluator evaluator() {
        return BrierScore.of();
    }

    @Test
    void reproducesTheGoldenValuesOfPredictions() {
        GoldenMetrics.assertPredictions("brier", BrierScore.of()::measure);
    }

    @Test
    void isTwoForTheUtmostMistakeAndZeroForCertainty() {
        try (NDManager manager = NDManager.newBaseManager()) {
            double[][] certain = {{1, 0, 0}};
            assertThat(
                            BrierScore.of()
                                    .measure(
                                            Predictions.ofProbabilities(
                                                    manager.create(certain),
                                                    manager.create(new long[] {1}))))
                    .isEqualTo(2);
            assertThat(
                            BrierScore.of()
                                    .measure(
                                            Predictions.ofProbabilities(
                                                    manager.create(certain),
                                                    manager.create(new long[] {0}))))
                    .isZero();
        }
    }

    @Test
    void readsOneHotRowsAsItReadsIndices() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList logits = new NDList(PostHocData.A.logits(manager));
            NDList rows = new NDList(PostHocData.A.labels(manager).oneHot(3, DataType.FLOAT64));
            assertThat((double) BrierScore.of().evaluate(rows, logits).getFloat())
                    .isCloseTo(GoldenMetrics.value("brier", "A"), within(FLOAT_TOLERANCE));
        }
    }
}
