package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class SmoothCalibrationErrorTest {

    @Test
    void reproducesTheGoldenValues() {
        SmoothCalibrationError plain = SmoothCalibrationError.of();
        GoldenMetrics.assertForecasts("relplot smece", plain::measure);
        GoldenMetrics.assertForecasts("relplot smece bandwidth", plain::bandwidth);
        SmoothCalibrationError logit = SmoothCalibrationError.ofLogitScale();
        GoldenMetrics.assertForecasts("relplot smece logit", logit::measure);
        GoldenMetrics.assertForecasts("relplot smece logit bandwidth", logit::bandwidth);
    }

    @Test
    void isCloseToItsBandwidth() {
        Forecasts forecasts = RandomForecasts.calibrated(20_000, 3);
        SmoothCalibrationError metric = SmoothCalibrationError.of();
        double value = metric.measure(forecasts);
        assertThat(value).isLessThan(0.02).isCloseTo(metric.bandwidth(forecasts), within(1e-3));
    }

    @Test
    void movesLittleWhenForecastsMoveLittle() {
        boolean[] outcomes = {true, false, true, true};
        double below =
                SmoothCalibrationError.of()
                        .measure(Forecasts.of(new double[] {.5999, .2, .6, .9}, outcomes));
        double above =
                SmoothCalibrationError.of()
                        .measure(Forecasts.of(new double[] {.6001, .2, .6, .9}, outcomes));
        assertThat(above).isCloseTo(below, within(2e-3));
    }

    @Test
    void staysFiniteAtTheEndsOfTheRange() {
        Forecasts ends =
                Forecasts.of(new double[] {0, 1, 0, 1}, new boolean[] {true, false, false, true});
        assertThat(SmoothCalibrationError.of().measure(ends)).isBetween(0.3, 0.6);
        assertThat(SmoothCalibrationError.ofLogitScale().measure(ends)).isBetween(0.3, 0.6);
        Forecasts perfect = Forecasts.of(new double[] {0, 1}, new boolean[] {false, true});
        assertThat(SmoothCalibrationError.of().measure(perfect)).isZero();
        assertThat(SmoothCalibrationError.ofLogitScale().measure(perfect)).isZero();
    }
}
