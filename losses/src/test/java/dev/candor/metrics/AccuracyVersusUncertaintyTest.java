package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import org.junit.jupiter.api.Test;

class AccuracyVersusUncertaintyTest {

    @Test
    void itsLogarithmByDegreesIsTheLossMadeOfIt() {
        GoldenMetrics.assertPredictions(
                "avuc loss",
                p -> -Math.log(AccuracyVersusUncertainty.ofSoft(.5).measure(p) + 1e-10));
    }

    @Test
    void countsRowsThatAreRightAndCertainOrWrongAndUncertain() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Predictions predictions =
                    Predictions.ofProbabilities(
                            manager.create(
                                    new double[][] {{1, 0}, {1, 0}, {.6, .4}, {.6, .4}, {.6, .4}}),
                            manager.create(new long[] {0, 1, 0, 1, 1}));
            assertThat(AccuracyVersusUncertainty.of().measure(predictions)).isEqualTo(3.0 / 5);
            assertThat(AccuracyVersusUncertainty.of(1).measure(predictions)).isEqualTo(2.0 / 5);
        }
    }

    @Test
    void refusesAThresholdThatIsNoShare() {
        assertThatThrownBy(() -> AccuracyVersusUncertainty.of(2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("threshold = 2.0, expected 0.0..1.0");
    }
}
