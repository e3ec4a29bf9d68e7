package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import org.junit.jupiter.api.Test;

class RefinementSplitTest {

    @Test
    void splitsAScoreIntoWhatRecalibrationRemovesAndWhatStays() {
        RefinementSplit split = RefinementSplit.of(1.71705193519, 1.09670138117);
        assertThat(split.total()).isEqualTo(1.71705193519);
        assertThat(split.refinement()).isEqualTo(1.09670138117);
        assertThat(split.calibration()).isCloseTo(.62035055402, within(1e-14));
        assertThat(split).hasToString("total 1.7171 = refinement 1.0967 + calibration 0.6204");
    }

    @Test
    void measuresPredictionsBeforeAndAfter() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray logits = PostHocData.B.logits(manager);
            NDArray labels = PostHocData.B.labels(manager);
            RefinementSplit split =
                    RefinementSplit.of(
                            Predictions.ofLogits(logits, labels),
                            Predictions.ofLogits(logits.mul(.299807399043), labels));
            assertThat(split.refinement()).isCloseTo(1.09670138117, within(1e-11));
        }
    }

    @Test
    void refusesScoresThatAreNone() {
        assertThatThrownBy(() -> RefinementSplit.of(Double.NaN, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("score = NaN, expected a finite value >= 0");
        assertThatThrownBy(
                        () ->
                                RefinementSplit.of(
                                        PostHocData.A.predictions(), PostHocData.B.predictions()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("200 rows recalibrated from 12, expected as many");
    }
}
