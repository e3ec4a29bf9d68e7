package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class DebiasedCalibrationErrorTest {

    @Test
    void reproducesTheGoldenValues() {
        GoldenMetrics.assertForecasts(
                "verified_calibration debiased 15", DebiasedCalibrationError.of()::measure);
        GoldenMetrics.assertClasses(
                "verified_calibration marginal debiased 15",
                ClasswiseMean.of(DebiasedCalibrationError.of(), 2)::measure);
    }

    @Test
    void takesMuchOfTheBiasAwayThatCalibratedForecastsShow() {
        for (int norm : new int[] {1, 2}) {
            ExpectedCalibrationError plain =
                    ExpectedCalibrationError.builder()
                            .optBinning(Binning.EQUAL_MASS)
                            .optNorm(norm)
                            .build();
            DebiasedCalibrationError debiased =
                    DebiasedCalibrationError.builder().optNorm(norm).build();
            double before = 0;
            double after = 0;
            for (int seed = 0; seed < 20; seed++) {
                Forecasts calibrated = RandomForecasts.calibrated(2000, seed);
                before += plain.measure(calibrated);
                after += debiased.measure(calibrated);
            }
            assertThat(after).as("norm %d", norm).isLessThan(0.7 * before);
        }
    }

    @Test
    void leavesOutBinsOfASingleRow() {
        Forecasts two = Forecasts.of(new double[] {.2, .9}, new boolean[] {true, true});
        assertThat(DebiasedCalibrationError.of().measure(two)).isZero();
    }

    @Test
    void theSameSeedGivesTheSameValue() {
        Forecasts forecasts = PostHocData.B.topLabel();
        DebiasedCalibrationError.Builder builder = DebiasedCalibrationError.builder().optNorm(1);
        assertThat(builder.optSeed(1).build().measure(forecasts))
                .isEqualTo(builder.optSeed(1).build().measure(forecasts))
                .isNotEqualTo(builder.optSeed(2).build().measure(forecasts));
    }

    @Test
    void refusesOtherNorms() {
        assertThatThrownBy(() -> DebiasedCalibrationError.builder().optNorm(3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("norm = 3, expected 1 or 2");
    }
}
