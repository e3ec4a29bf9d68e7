package dev.candor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class LogAxisTest {

    private static final double TOLERANCE = 1e-9;

    @Test
    void mapsEqualRatiosToEqualDistances() {
        LogAxis axis = new LogAxis(0.1, 10, 0, 100);
        assertThat(axis.at(0.1)).isCloseTo(0, within(TOLERANCE));
        assertThat(axis.at(1)).isCloseTo(50, within(TOLERANCE));
        assertThat(axis.at(10)).isCloseTo(100, within(TOLERANCE));
    }

    @Test
    void staysWithinItsEnds() {
        LogAxis axis = new LogAxis(1, 10, 0, 100);
        assertThat(axis.at(0)).isZero();
        assertThat(axis.at(1e9)).isEqualTo(100);
    }

    @Test
    void endsAtRoundValuesAroundThoseGiven() {
        LogAxis axis = LogAxis.around(0.31, 3.9, 0, 100);
        assertThat(axis.low()).isCloseTo(0.2, within(TOLERANCE));
        assertThat(axis.high()).isCloseTo(5, within(TOLERANCE));
        assertThat(LogAxis.around(1, 1, 0, 100).high()).isEqualTo(10);
    }

    @Test
    void ticksAreRoundAndNotTooMany() {
        assertThat(new LogAxis(0.5, 5, 0, 1).ticks(5))
                .extracting(Axis::label)
                .containsExactly("0.5", "1", "2", "5");
        assertThat(new LogAxis(0.1, 30, 0, 1).ticks(6))
                .extracting(Axis::label)
                .containsExactly("0.1", "0.3", "1", "3", "10", "30");
        assertThat(new LogAxis(1e-3, 1e5, 0, 1).ticks(4)).hasSizeBetween(2, 4).contains(1.0);
    }
}
