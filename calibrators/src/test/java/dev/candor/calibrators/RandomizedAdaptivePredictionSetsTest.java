package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import org.junit.jupiter.api.Test;

/** The promises of all conformal predictors, kept by randomised scores. */
class RandomizedAdaptivePredictionSetsTest extends ConformalContract {

    private static final int SAMPLES = 20_000;

    @Override
    ConformalPredictor.Builder<?, ?> builder() {
        return AdaptivePredictionSets.builder().optRandomized(5);
    }

    @Test
    void coverageIsExactWhereDeterministicScoresExceedIt() {
        DataSets fit = DataSets.random(22, SAMPLES, CLASSES);
        DataSets unseen = DataSets.random(23, SAMPLES, CLASSES);
        ConformalPredictor predictor = builder().optMiscoverage(.3).fit(logits(fit), labels(fit));
        boolean[] sets = predictor.sets(logits(unseen)).toBooleanArray();
        int covered = 0;
        for (int i = 0; i < SAMPLES; i++) {
            covered += sets[i * CLASSES + (int) unseen.labels()[i]] ? 1 : 0;
        }
        double deviation = Math.sqrt(.3 * .7 * 2 / SAMPLES);
        assertThat(covered / (double) SAMPLES).isCloseTo(.7, within(4 * deviation));
    }

    @Test
    void anotherSeedDrawsOtherSets() {
        DataSets data = DataSets.random(24, 500, CLASSES);
        NDArray logits = logits(data);
        NDArray first = builder().fit(logits, labels(data)).sets(logits);
        NDArray second =
                AdaptivePredictionSets.builder()
                        .optRandomized(6)
                        .fit(logits, labels(data))
                        .sets(logits);
        assertThat(second.contentEquals(first)).isFalse();
    }
}
