package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AveragePrecisionTest {

    @Test
    void reproducesTheGoldenValues() {
        GoldenMetrics.assertForecasts("sklearn ap correct", AveragePrecision.ofCorrect()::measure);
        GoldenMetrics.assertForecasts("sklearn ap errors", AveragePrecision.ofErrors()::measure);
    }

    @Test
    void isTheShareWhenAllAreTied() {
        Forecasts tied =
                Forecasts.of(
                        new double[] {.5, .5, .5, .5}, new boolean[] {true, false, true, true});
        assertThat(AveragePrecision.ofCorrect().measure(tied)).isEqualTo(.75);
        assertThat(AveragePrecision.ofErrors().measure(tied)).isEqualTo(.25);
    }

    @Test
    void hasNoValueWhenThereIsNothingToFind() {
        Forecasts right = Forecasts.of(new double[] {.5}, new boolean[] {true});
        assertThat(AveragePrecision.ofErrors().measure(right)).isNaN();
        assertThat(AveragePrecision.ofCorrect().measure(right)).isEqualTo(1);
    }
}
