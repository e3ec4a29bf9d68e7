package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class SweepCalibrationErrorTest {

    @Test
    void reproducesTheGoldenValues() {
        GoldenMetrics.assertForecasts("sweep bins", SweepCalibrationError.of()::bins);
        GoldenMetrics.assertForecasts("sweep l1", SweepCalibrationError.of(1)::measure);
        GoldenMetrics.assertForecasts("sweep l2", SweepCalibrationError.of()::measure);
    }

    @Test
    void takesOneBinWhereTwoAlreadyDecrease() {
        Forecasts reversed =
                Forecasts.of(
                        new double[] {.6, .7, .8, .9}, new boolean[] {true, true, false, false});
        assertThat(SweepCalibrationError.of().bins(reversed)).isEqualTo(1);
        assertThat(SweepCalibrationError.of(1).measure(reversed)).isCloseTo(.25, within(1e-15));
    }

    @Test
    void takesAsManyBinsAsRowsWhereTheRankingIsPerfect() {
        double[] confidence = new double[100_000];
        boolean[] correct = new boolean[confidence.length];
        for (int row = 0; row < confidence.length; row++) {
            confidence[row] = (row + 1.0) / confidence.length;
            correct[row] = row > 40_000;
        }
        assertThat(SweepCalibrationError.of().bins(Forecasts.of(confidence, correct)))
                .isEqualTo(confidence.length);
    }

    @Test
    void refusesANormBelowOne() {
        assertThatThrownBy(() -> SweepCalibrationError.of(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("norm = 0.0");
    }
}
