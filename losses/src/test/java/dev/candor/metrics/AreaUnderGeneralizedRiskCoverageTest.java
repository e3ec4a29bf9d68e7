package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class AreaUnderGeneralizedRiskCoverageTest {

    @Test
    void reproducesTheGoldenValues() {
        GoldenMetrics.assertForecasts(
                "torch-uncertainty augrc",
                f ->
                        AreaUnderGeneralizedRiskCoverage.ofTrapezoid()
                                .measure(RandomForecasts.untied(f)));
    }

    @Test
    void hasTheClosedFormOfAurocAndAccuracy() {
        for (PostHocData set : PostHocData.values()) {
            Forecasts forecasts = set.topLabel();
            double accuracy = set.predictions().accuracy();
            double auroc = AreaUnderRoc.of().measure(forecasts);
            assertThat(AreaUnderGeneralizedRiskCoverage.of().measure(forecasts))
                    .isCloseTo(
                            (1 - auroc) * accuracy * (1 - accuracy)
                                    + (1 - accuracy) * (1 - accuracy) / 2,
                            within(1e-14));
        }
    }

    @Test
    void isHalfTheErrorOfASingleRow() {
        Forecasts wrong = Forecasts.of(new double[] {.5}, new boolean[] {false});
        assertThat(AreaUnderGeneralizedRiskCoverage.of().measure(wrong)).isEqualTo(.5);
        assertThat(AreaUnderGeneralizedRiskCoverage.ofTrapezoid().measure(wrong)).isEqualTo(.5);
    }
}
