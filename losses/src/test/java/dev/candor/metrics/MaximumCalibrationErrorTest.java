package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.training.evaluator.Evaluator;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MaximumCalibrationErrorTest extends EvaluatorContract {

    @Override
    Map<String, Evaluator> goldens() {
        return Map.of(
                "mce 10", MaximumCalibrationError.of(10),
                "mce 15", MaximumCalibrationError.of(),
                "equal-mass mce 10", equalMass(10),
                "equal-mass mce 15", equalMass(15));
    }

    private static MaximumCalibrationError equalMass(int bins) {
        return MaximumCalibrationError.builder()
                .optBins(bins)
                .optBinning(Binning.EQUAL_MASS)
                .build();
    }

    @Override
    Evaluator evaluator() {
        return MaximumCalibrationError.of();
    }

    @Test
    void reproducesTheGoldenValuesOfForecasts() {
        GoldenMetrics.assertForecasts("mce 10", MaximumCalibrationError.of(10)::measure);
        GoldenMetrics.assertForecasts("mce 15", MaximumCalibrationError.of()::measure);
        GoldenMetrics.assertForecasts("equal-mass mce 10", equalMass(10)::measure);
    }

    @Test
    void agreesWithOtherLibraries() {
        GoldenMetrics.assertForecasts(
                "torchmetrics mce 15",
                MaximumCalibrationError.builder().optEdge(BinEdge.LEFT_CLOSED).build()::measure);
        GoldenMetrics.assertForecasts("netcal mce 10", MaximumCalibrationError.of(10)::measure);
    }

    @Test
    void isNeverBelowTheExpectedError() {
        for (PostHocData set : PostHocData.values()) {
            Forecasts forecasts = set.topLabel();
            assertThat(MaximumCalibrationError.of().measure(forecasts))
                    .isGreaterThan(ExpectedCalibrationError.of().measure(forecasts));
        }
    }
}
