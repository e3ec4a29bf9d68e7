package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import org.junit.jupiter.api.Test;

class RegularizedAdaptivePredictionSetsTest extends ConformalContract {

    @Override
    ConformalPredictor.Builder<?, ?> builder() {
        return RegularizedAdaptivePredictionSets.builder();
    }

    @Test
    void withoutPenaltyTheyAreAdaptiveSets() {
        DataSets data = DataSets.random(31, 300, CLASSES);
        NDArray logits = logits(data);
        ConformalPredictor plain = AdaptivePredictionSets.fit(logits, labels(data));
        ConformalPredictor free =
                RegularizedAdaptivePredictionSets.builder()
                        .optPenalty(0)
                        .optFreeRank(2)
                        .fit(logits, labels(data));
        assertThat(free.thresholds()).containsExactly(plain.thresholds());
        assertThat(free.sets(logits).contentEquals(plain.sets(logits))).isTrue();
    }

    @Test
    void theScoreIsPenalisedBeyondTheFreeRanks() {
        DataSets data = DataSets.a();
        NDArray logits = logits(data);
        double[] plain =
                AdaptivePredictionSets.fit(logits, labels(data)).scoresOf(logits).toDoubleArray();
        double[] scores =
                RegularizedAdaptivePredictionSets.builder()
                        .optPenalty(.25)
                        .optFreeRank(1)
                        .fit(logits, labels(data))
                        .scoresOf(logits)
                        .toDoubleArray();
        for (int i = 0; i < scores.length; i++) {
            int rank = 1;
            for (double other : data.logits()[i / 3]) {
                rank += other > data.logits()[i / 3][i % 3] ? 1 : 0;
            }
            assertThat(scores[i]).isEqualTo(plain[i] + .25 * (rank - 1));
        }
    }

    @Test
    void tuningMakesSetsSmallWhereTheTailIsLong() {
        DataSets data = DataSets.random(32, 1500, 100);
        NDArray logits = logits(data);
        RegularizedAdaptivePredictionSets tuned =
                RegularizedAdaptivePredictionSets.fit(logits, labels(data));
        assertThat(tuned.freeRank()).isBetween(1, 100);
        assertThat(tuned.penalty()).isIn(.001, .01, .1, .2, .5);
        ConformalPredictor plain = AdaptivePredictionSets.fit(logits, labels(data));
        assertThat(size(tuned, logits)).isLessThan(size(plain, logits));
    }

    private static long size(ConformalPredictor predictor, NDArray logits) {
        return predictor.sets(logits).toType(DataType.INT64, false).sum().getLong();
    }

    @Test
    void refusesNegativeOptions() {
        assertThatThrownBy(() -> RegularizedAdaptivePredictionSets.builder().optPenalty(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("penalty = -1.0, expected a finite value >= 0");
        assertThatThrownBy(() -> RegularizedAdaptivePredictionSets.builder().optFreeRank(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("freeRank = -1, expected at least 0");
    }
}
