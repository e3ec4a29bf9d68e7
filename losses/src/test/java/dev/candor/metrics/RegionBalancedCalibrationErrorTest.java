package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class RegionBalancedCalibrationErrorTest {

    @Test
    void reproducesTheGoldenValues() {
        GoldenMetrics.assertForecasts("rbece 10", RegionBalancedCalibrationError.of(10)::measure);
        GoldenMetrics.assertForecasts("rbece 15", RegionBalancedCalibrationError.of()::measure);
    }

    @Test
    void countsASparseRegionAsMuchAsAFullOne() {
        double[] confidence = new double[101];
        boolean[] correct = new boolean[101];
        Arrays.fill(confidence, 1);
        Arrays.fill(correct, true);
        confidence[0] = .5;
        correct[0] = false;
        assertThat(RegionBalancedCalibrationError.of().measure(Forecasts.of(confidence, correct)))
                .isCloseTo(.25, within(1e-15));
    }

    @Test
    void refusesNoRegions() {
        assertThatThrownBy(() -> RegionBalancedCalibrationError.of(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("regions = 0, expected at least 1");
    }
}
