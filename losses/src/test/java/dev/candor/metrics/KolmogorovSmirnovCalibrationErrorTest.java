package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class KolmogorovSmirnovCalibrationErrorTest {

    private static final KolmogorovSmirnovCalibrationError KS =
            KolmogorovSmirnovCalibrationError.of();

    @Test
    void reproducesTheGoldenValues() {
        GoldenMetrics.assertForecasts("ks", KS::measure);
    }

    @Test
    void isTheDifferenceOfMeansWhereConfidenceIsTooHighThroughout() {
        Forecasts forecasts =
                Forecasts.of(new double[] {.6, .7, .9}, new boolean[] {false, false, true});
        assertThat(KS.measure(forecasts)).isCloseTo((.6 + .7) / 3, within(1e-15));
    }

    @Test
    void countsAllRowsOfOneConfidenceTogether() {
        Forecasts half =
                Forecasts.of(
                        new double[] {.5, .5, .5, .5}, new boolean[] {true, true, false, false});
        assertThat(KS.measure(half)).isZero();
    }
}
