package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AreaUnderRocTest {

    @Test
    void reproducesTheGoldenValues() {
        GoldenMetrics.assertForecasts("sklearn auroc", AreaUnderRoc.of()::measure);
    }

    @Test
    void countsTiesByHalf() {
        assertThat(
                        AreaUnderRoc.of()
                                .measure(
                                        Forecasts.of(
                                                new double[] {.5, .5, .5},
                                                new boolean[] {true, false, true})))
                .isEqualTo(0.5);
    }

    @Test
    void hasNoValueWhenAllOutcomesAreTheSame() {
        double[] confidence = {.5, .7};
        assertThat(AreaUnderRoc.of().measure(Forecasts.of(confidence, new boolean[2]))).isNaN();
        assertThat(AreaUnderRoc.of().measure(Forecasts.of(confidence, new boolean[] {true, true})))
                .isNaN();
    }

    @Test
    void ranksByEntropyToo() {
        Forecasts byEntropy = PostHocData.B.predictions().certainty();
        assertThat(AreaUnderRoc.of().measure(byEntropy)).isBetween(0.4, 0.6);
        assertThat(byEntropy.outcomes()).isEqualTo(PostHocData.B.topLabel().outcomes());
    }
}
