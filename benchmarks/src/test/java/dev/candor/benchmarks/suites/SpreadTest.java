package dev.candor.benchmarks.suites;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SpreadTest {

    @Test
    void tellsMedianAndRange() {
        assertThat(Spread.of(3, 1, 2)).isEqualTo(new Spread(2, 1, 3));
        assertThat(Spread.of(4, 1, 2, 3)).isEqualTo(new Spread(2.5, 1, 4));
        assertThat(Spread.of(5)).isEqualTo(new Spread(5, 5, 5));
    }

    @Test
    void readsAsMedianWithRange() {
        assertThat(Spread.of(1, 1.25, 0.5)).hasToString("1.000 (0.500..1.250)");
    }
}
