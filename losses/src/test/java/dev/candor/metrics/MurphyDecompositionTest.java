package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class MurphyDecompositionTest {

    @Test
    void reproducesTheGoldenValues() {
        GoldenMetrics.assertForecasts("brier, top label", f -> MurphyDecomposition.of(f).brier());
        GoldenMetrics.assertForecasts(
                "reliability 10", f -> MurphyDecomposition.of(f, 10).reliability());
        GoldenMetrics.assertForecasts(
                "resolution 10", f -> MurphyDecomposition.of(f, 10).resolution());
        GoldenMetrics.assertForecasts("uncertainty", f -> MurphyDecomposition.of(f).uncertainty());
        GoldenMetrics.assertForecasts(
                "within-bin variance 10", f -> MurphyDecomposition.of(f, 10).withinBinVariance());
        GoldenMetrics.assertForecasts(
                "within-bin covariance 10",
                f -> MurphyDecomposition.of(f, 10).withinBinCovariance());
    }

    @Test
    void thePartsMakeUpTheScoreExactly() {
        for (int bins : new int[] {1, 2, 7, 15, 100}) {
            MurphyDecomposition parts =
                    MurphyDecomposition.of(RandomForecasts.calibrated(1000, 9), bins);
            assertThat(
                            parts.reliability()
                                    - parts.resolution()
                                    + parts.uncertainty()
                                    + parts.withinBinVariance()
                                    - parts.withinBinCovariance())
                    .isCloseTo(parts.brier(), within(1e-14));
        }
    }

    @Test
    void saysWhatTheScoreIsMadeOf() {
        assertThat(MurphyDecomposition.of(PostHocData.binary(), 10))
                .hasToString(
                        "brier 0.2138 = reliability 0.0565 - resolution 0.0917 + uncertainty 0.2500"
                                + " + within-bin variance 0.0006 - within-bin covariance 0.0017");
    }

    @Test
    void refusesNoBins() {
        assertThatThrownBy(() -> MurphyDecomposition.of(PostHocData.binary(), 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("bins = 0, expected at least 1");
    }
}
