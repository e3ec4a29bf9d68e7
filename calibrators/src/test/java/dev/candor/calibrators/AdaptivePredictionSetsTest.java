package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.candor.internal.LogitBatch;
import org.junit.jupiter.api.Test;

class AdaptivePredictionSetsTest extends ConformalContract {

    @Override
    ConformalPredictor.Builder<?, ?> builder() {
        return AdaptivePredictionSets.builder();
    }

    @Test
    void reproducesTheGoldenScores() {
        NDArray logits = logits(DataSets.a());
        ConformalPredictor predictor = AdaptivePredictionSets.fit(logits, labels(DataSets.a()));
        double[] scores =
                LogitBatch.pick(predictor.scoresOf(logits), labels(DataSets.a())).toDoubleArray();
        assertThat(scores)
                .containsExactly(
                        new double[] {
                            .9464991226,
                            .9513891760,
                            .9362395519,
                            .9699411124,
                            .9908674726,
                            .8214090195,
                            .6037488961,
                            .9425994054,
                            1,
                            .9755587549,
                            .6652409558,
                            .9909993161
                        },
                        within(GOLDEN_TOLERANCE));
        assertThat(predictor.thresholds()[0]).isCloseTo(1, within(GOLDEN_TOLERANCE));
        assertThat(predictor.sets(logits).all().getBoolean()).isTrue();
    }

    @Test
    void setsAreTheMostProbableClasses() {
        DataSets data = DataSets.random(21, 300, CLASSES);
        NDArray logits = logits(data);
        boolean[] sets = builder().fit(logits, labels(data)).sets(logits).toBooleanArray();
        for (int i = 0; i < 300; i++) {
            for (int k = 0; k < CLASSES; k++) {
                for (int j = 0; j < CLASSES; j++) {
                    boolean moreProbable = data.logits()[i][j] > data.logits()[i][k];
                    assertThat(moreProbable && sets[i * CLASSES + k] && !sets[i * CLASSES + j])
                            .isFalse();
                }
            }
        }
    }
}
