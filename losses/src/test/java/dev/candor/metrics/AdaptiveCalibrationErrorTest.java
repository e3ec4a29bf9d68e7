package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class AdaptiveCalibrationErrorTest {

    @Test
    void reproducesTheGoldenValues() {
        GoldenMetrics.assertClasses("ace 10", AdaptiveCalibrationError.of(10)::measure);
        GoldenMetrics.assertClasses(
                "tace 10 0.01", AdaptiveCalibrationError.ofThreshold(10, .01)::measure);
    }

    @Test
    void aThresholdOfZeroLeavesOutNoRow() {
        ClassForecasts forecasts = PostHocData.B.classes();
        assertThat(AdaptiveCalibrationError.ofThreshold(15, 0).measure(forecasts))
                .isEqualTo(AdaptiveCalibrationError.of().measure(forecasts));
    }

    @Test
    void aThresholdOfOneLeavesOutAll() {
        assertThat(AdaptiveCalibrationError.ofThreshold(15, 1).measure(PostHocData.B.classes()))
                .isZero();
    }

    @Test
    void refusesAThresholdThatIsNoProbability() {
        assertThatThrownBy(() -> AdaptiveCalibrationError.ofThreshold(15, 1.5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("threshold = 1.5, expected 0.0..1.0");
    }
}
