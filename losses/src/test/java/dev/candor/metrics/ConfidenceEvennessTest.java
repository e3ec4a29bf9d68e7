package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ConfidenceEvennessTest {

    private static Forecasts withCounts(int... counts) {
        double[] confidence = new double[Arrays.stream(counts).sum()];
        int row = 0;
        for (int b = 0; b < counts.length; b++) {
            for (int i = 0; i < counts[b]; i++) {
                confidence[row++] = (b + .5) / counts.length;
            }
        }
        return Forecasts.of(confidence, new boolean[confidence.length]);
    }

    @Test
    void isTheEntropyOfTheHistogramOverThatOfAnEvenOne() {
        assertThat(ConfidenceEvenness.of().measure(withCounts(10, 0, 20, 30, 0, 0, 0, 0, 0, 40)))
                .isCloseTo(.55583362792, within(1e-11));
    }

    @Test
    void runsFromZeroToOne() {
        assertThat(ConfidenceEvenness.of().measure(withCounts(0, 0, 0, 0, 0, 0, 0, 0, 0, 9)))
                .isZero();
        assertThat(ConfidenceEvenness.of(4).measure(withCounts(3, 3, 3, 3)))
                .isCloseTo(1, within(1e-15));
        assertThat(ConfidenceEvenness.of(1).measure(withCounts(5))).isZero();
    }

    @Test
    void refusesNoBins() {
        assertThatThrownBy(() -> ConfidenceEvenness.of(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("bins = 0, expected at least 1");
    }
}
