package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class InversePairRatioTest {

    @Test
    void countsPairsOfBinsInTheWrongOrder() {
        double[] accuracy = {.1, .3, .2, .6, .5};
        double[] confidence = new double[50];
        boolean[] correct = new boolean[50];
        for (int row = 0; row < 50; row++) {
            confidence[row] = .15 + .1 * (row / 10);
            correct[row] = row % 10 < Math.rint(10 * accuracy[row / 10]);
        }
        assertThat(InversePairRatio.of().measure(Forecasts.of(confidence, correct)))
                .isCloseTo(.2, within(1e-15));
    }

    @Test
    void isZeroWithASingleBinThatHoldsRows() {
        assertThat(
                        InversePairRatio.of()
                                .measure(
                                        Forecasts.of(
                                                new double[] {.91, .99},
                                                new boolean[] {true, false})))
                .isZero();
    }

    @Test
    void refusesNoBins() {
        assertThatThrownBy(() -> InversePairRatio.of(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("bins = 0, expected at least 1");
    }
}
