package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AreaUnderRiskCoverageTest {

    @Test
    void reproducesTheGoldenValues() {
        GoldenMetrics.assertForecasts(
                "aurc", f -> AreaUnderRiskCoverage.of().measure(RandomForecasts.untied(f)));
        GoldenMetrics.assertForecasts(
                "torch-uncertainty aurc",
                f -> AreaUnderRiskCoverage.ofTrapezoid().measure(RandomForecasts.untied(f)));
    }

    @Test
    void countsTiesByTheirMeanOverAllOrders() {
        Forecasts tied = Forecasts.of(new double[] {.5, .5}, new boolean[] {true, false});
        assertThat(AreaUnderRiskCoverage.of().measure(tied)).isEqualTo((0 + .5 + 1 + .5) / 4);
    }

    @Test
    void isTheErrorOfASingleRow() {
        Forecasts wrong = Forecasts.of(new double[] {.5}, new boolean[] {false});
        assertThat(AreaUnderRiskCoverage.of().measure(wrong)).isEqualTo(1);
        assertThat(AreaUnderRiskCoverage.ofTrapezoid().measure(wrong)).isEqualTo(1);
    }
}
