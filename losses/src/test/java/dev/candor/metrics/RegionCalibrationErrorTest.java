package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class RegionCalibrationErrorTest {

    private static RegionCalibrationError.Builder ten() {
        return RegionCalibrationError.builder().optBins(10);
    }

    @Test
    void reproducesTheGoldenValues() {
        GoldenMetrics.assertPredictions("region ece 10 mean", ten().build()::measure);
        GoldenMetrics.assertPredictions("region ece 10 max", ten().optWorst(true).build()::measure);
    }

    @Test
    void seesRegionsThatErrInOppositeDirections() {
        Forecasts forecasts =
                Forecasts.of(
                        new double[] {.5, .5, .5, .5}, new boolean[] {true, true, false, false});
        int[] groups = {0, 0, 1, 1};
        assertThat(ExpectedCalibrationError.of().measure(forecasts)).isZero();
        assertThat(RegionCalibrationError.of().measure(forecasts, groups)).isEqualTo(.5);
        assertThat(RegionCalibrationError.of().errors(forecasts, new int[] {7, 7, 7, -2}))
                .containsOnlyKeys(-2, 7)
                .containsEntry(-2, .5);
    }

    @Test
    void aRegionOfConfidenceIsATenthOfItsRange() {
        Predictions predictions = PostHocData.B.predictions();
        assertThat(
                        ten().optRegion(RegionCalibrationError.Region.CONFIDENCE)
                                .build()
                                .measure(predictions))
                .isCloseTo(
                        RegionBalancedCalibrationError.of(10).measure(predictions.topLabel()),
                        within(1e-14));
    }

    @Test
    void aRegionMayBeALabel() {
        Predictions predictions = PostHocData.B.predictions();
        assertThat(
                        ten().optRegion(RegionCalibrationError.Region.LABEL)
                                .build()
                                .measure(predictions))
                .isEqualTo(ten().build().measure(predictions.topLabel(), predictions.labels()));
    }

    @Test
    void refusesRegionsThatDoNotFit() {
        assertThatThrownBy(
                        () -> RegionCalibrationError.of().measure(PostHocData.binary(), new int[3]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("3 regions for 20 forecasts, expected as many");
    }
}
