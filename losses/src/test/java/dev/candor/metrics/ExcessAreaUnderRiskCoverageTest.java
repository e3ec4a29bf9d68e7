package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ExcessAreaUnderRiskCoverageTest {

    @Test
    void reproducesTheGoldenValues() {
        GoldenMetrics.assertForecasts(
                "e-aurc", f -> ExcessAreaUnderRiskCoverage.of().measure(RandomForecasts.untied(f)));
        GoldenMetrics.assertForecasts(
                "e-aurc exact",
                f -> ExcessAreaUnderRiskCoverage.ofExact().measure(RandomForecasts.untied(f)));
    }

    @Test
    void isZeroForThePerfectRankingWhenExact() {
        Forecasts perfect =
                Forecasts.of(
                        new double[] {.9, .8, .3, .2}, new boolean[] {true, true, false, false});
        assertThat(ExcessAreaUnderRiskCoverage.ofExact().measure(perfect))
                .isCloseTo(0, within(1e-15));
    }

    @Test
    void isZeroWhenAllAreRightOrAllAreWrong() {
        for (boolean outcome : new boolean[] {true, false}) {
            Forecasts forecasts =
                    Forecasts.of(new double[] {.9, .8}, new boolean[] {outcome, outcome});
            assertThat(ExcessAreaUnderRiskCoverage.of().measure(forecasts)).isZero();
            assertThat(ExcessAreaUnderRiskCoverage.ofExact().measure(forecasts)).isZero();
        }
    }
}
