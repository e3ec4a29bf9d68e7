package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.SplittableRandom;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BootstrapIntervalTest {

    private static final Metric<Forecasts> MEAN =
            forecasts -> (double) forecasts.positives() / forecasts.size();

    @Test
    void coversTheStandardErrorOfAMean() {
        Forecasts forecasts = RandomForecasts.calibrated(2500, 4);
        BootstrapInterval interval =
                BootstrapInterval.<Forecasts>builder()
                        .setMetric(MEAN)
                        .setSample(forecasts)
                        .optResamples(4000)
                        .build();
        double mean = MEAN.measure(forecasts);
        double standardError = Math.sqrt(mean * (1 - mean) / 2500);
        assertThat(interval.value()).isEqualTo(mean);
        assertThat(interval.standardError()).isCloseTo(standardError, withinPercentage(5));
        assertThat(interval.low()).isCloseTo(mean - 1.96 * standardError, within(0.002));
        assertThat(interval.high()).isCloseTo(mean + 1.96 * standardError, within(0.002));
        assertThat(interval.bias()).isCloseTo(0, within(0.001));
        assertThat(interval.level()).isEqualTo(0.95);
        assertThat(interval.resamples()).isEqualTo(4000);
    }

    @Test
    void theSameSeedGivesTheSameIntervalOnAnyNumberOfThreads() throws Exception {
        Forecasts forecasts = PostHocData.B.topLabel();
        BootstrapInterval many = BootstrapInterval.of(ExpectedCalibrationError.of(), forecasts);
        ForkJoinPool one = new ForkJoinPool(1);
        try {
            BootstrapInterval single =
                    one.submit(() -> BootstrapInterval.of(ExpectedCalibrationError.of(), forecasts))
                            .get();
            assertThat(single.low()).isEqualTo(many.low());
            assertThat(single.high()).isEqualTo(many.high());
        } finally {
            one.shutdown();
        }
        BootstrapInterval other =
                BootstrapInterval.<Forecasts>builder()
                        .setMetric(ExpectedCalibrationError.of())
                        .setSample(forecasts)
                        .optSeed(1)
                        .build();
        assertThat(other.low()).isNotEqualTo(many.low());
    }

    @Test
    void theBasicIntervalTurnsTheBiasRound() {
        BootstrapInterval.Builder<Forecasts> builder =
                BootstrapInterval.<Forecasts>builder()
                        .setMetric(ExpectedCalibrationError.of())
                        .setSample(RandomForecasts.calibrated(500, 8));
        BootstrapInterval percentile = builder.build();
        BootstrapInterval basic = builder.optMethod(BootstrapInterval.Method.BASIC).build();
        assertThat(percentile.bias()).isGreaterThan(0.005);
        assertThat(basic.low()).isCloseTo(2 * basic.value() - percentile.high(), within(1e-15));
        assertThat(basic.high()).isCloseTo(2 * basic.value() - percentile.low(), within(1e-15));
    }

    @Test
    void takesEveryKindOfSample() {
        assertThat(
                        BootstrapInterval.of(
                                        NegativeLogLikelihood.of(), PostHocData.B.predictions())
                                .low())
                .isLessThan(GoldenMetrics.value("nll", "B"));
        assertThat(
                        BootstrapInterval.of(
                                        ClasswiseCalibrationError.of(), PostHocData.A.classes())
                                .high())
                .isGreaterThan(GoldenMetrics.value("sce 15", "A"));
        assertThat(
                        BootstrapInterval.of(
                                        OodAreaUnderRoc.of(),
                                        OodScores.of(new double[] {2, 3}, new double[] {0, 1}))
                                .low())
                .isEqualTo(1);
    }

    @Test
    void resamplesPredictionsByWholeRows() {
        Predictions drawn = PostHocData.A.predictions().resample(new SplittableRandom(2));
        Predictions all = PostHocData.A.predictions();
        for (int i = 0; i < drawn.size(); i++) {
            double nll = drawn.nll()[i];
            int row =
                    IntStream.range(0, all.size())
                            .filter(r -> all.nll()[r] == nll)
                            .findFirst()
                            .orElseThrow();
            assertThat(drawn.brier()[i]).isEqualTo(all.brier()[row]);
            assertThat(drawn.correct()[i]).isEqualTo(all.correct()[row]);
        }
    }

    @Test
    void countsTheSetsOnWhichTheMetricHasNoValue() {
        Forecasts rare =
                Forecasts.of(
                        new double[] {.1, .4, .6, .9}, new boolean[] {true, true, false, true});
        BootstrapInterval interval = BootstrapInterval.of(AreaUnderRoc.of(), rare);
        assertThat(interval.undefined()).isBetween(200, 500);
        assertThat(interval.low()).isNotNaN();
        BootstrapInterval none =
                BootstrapInterval.of(
                        AreaUnderRoc.of(),
                        Forecasts.of(new double[] {.1, .4}, new boolean[] {true, true}));
        assertThat(none.undefined()).isEqualTo(none.resamples());
        assertThat(none.low()).isNaN();
    }

    @Test
    void refusesWhatItCannotDraw() {
        assertThatThrownBy(() -> BootstrapInterval.<Forecasts>builder().build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no metric was set");
        assertThatThrownBy(() -> BootstrapInterval.<Forecasts>builder().optLevel(1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("level = 1.0, expected more than 0.0 and less than 1.0");
        assertThatThrownBy(() -> BootstrapInterval.<Forecasts>builder().optResamples(1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("resamples = 1, expected at least 2");
    }
}
