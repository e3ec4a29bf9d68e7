package dev.candor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AxisTest {

    private static final double TOLERANCE = 1e-12;

    @Test
    void mapsValuesToPositionsAndStaysWithinItsEnds() {
        Axis axis = new Axis(1, 3, 100, 0);
        assertThat(axis.at(1)).isEqualTo(100);
        assertThat(axis.at(2.5)).isCloseTo(25, within(TOLERANCE));
        assertThat(axis.at(9)).isZero();
        assertThat(axis.at(-9)).isEqualTo(100);
    }

    @Test
    void ticksAreRound() {
        assertThat(new Axis(0, 1, 0, 1).ticks(6))
                .extracting(Axis::label)
                .containsExactly("0", "0.2", "0.4", "0.6", "0.8", "1");
        assertThat(new Axis(1, 60, 0, 1).ticks(5))
                .extracting(Axis::label)
                .containsExactly("20", "40", "60");
        assertThat(new Axis(0, 0.1, 0, 1).ticks(5))
                .extracting(Axis::label)
                .containsExactly("0", "0.025", "0.05", "0.075", "0.1");
    }

    @ParameterizedTest
    @ValueSource(doubles = {1e-4, 0.0123, 0.083, 0.3, 0.999, 1, 1.2, 7, 43, 1999})
    void reachesARoundValueNotBelowTheHighest(double highest) {
        Axis axis = Axis.fromZero(highest, 5, 0, 1);
        assertThat(axis.high()).isBetween(highest, 2.6 * highest);
        assertThat(axis.ticks(5)).hasSizeBetween(2, 5).contains(0.0).contains(axis.high());
    }

    @Test
    void hasAnExtentWhereEverythingIsZero() {
        assertThat(Axis.fromZero(0, 5, 0, 1).high()).isEqualTo(1);
    }

    @Test
    void refusesAnInfiniteExtent() {
        assertThatThrownBy(() -> Axis.step(Double.POSITIVE_INFINITY, 4))
                .hasMessage("extent = Infinity, expected a finite value > 0");
    }
}
