package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import org.junit.jupiter.api.Test;

class EntropyGapTest {

    @Test
    void isWhatTheLabelsSurpriseBeyondWhatWasExpected() {
        GoldenMetrics.assertPredictions(
                "nll", p -> EntropyGap.of().measure(p) + MeanEntropy.of().measure(p));
    }

    @Test
    void vanishesWhereLabelsComeAsOftenAsPredicted() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Predictions calibrated =
                    Predictions.ofProbabilities(
                            manager.create(new double[][] {{.75, .25}}).repeat(0, 4),
                            manager.create(new long[] {0, 0, 1, 0}));
            assertThat(EntropyGap.of().measure(calibrated)).isCloseTo(0, within(1e-15));
        }
    }
}
