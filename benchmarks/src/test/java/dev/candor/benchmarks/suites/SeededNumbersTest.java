package dev.candor.benchmarks.suites;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SeededNumbersTest {

    private static final int MANY = 100_000;
    private static final double TOLERANCE = 0.02;

    private final SeededNumbers numbers = new SeededNumbers(7);

    @Test
    void agreesWithTheTorchSide() {
        // Printed by peers/losses.py: splitmix64 and uniform with seed 7.
        assertThat(numbers.integers(0, 4, 10)).containsExactly(7, 1, 4, 3);
        assertThat(numbers.uniform(3, 3))
                .containsExactly(
                        new double[] {
                            0.021102296805021126, 0.30644157790912935, 0.19674306335058162
                        },
                        within(1e-15));
        assertThat(numbers.normal(1, 3))
                .containsExactly(
                        new double[] {
                            -0.23102281417079695, 1.1144107167362165, -0.9646161596581202
                        },
                        within(1e-12));
    }

    @Test
    void isGaussian() {
        double[] values = numbers.normal(1, MANY);
        assertThat(Arrays.stream(values).average().orElseThrow()).isCloseTo(0, within(TOLERANCE));
        assertThat(Arrays.stream(values).map(v -> v * v).average().orElseThrow())
                .isCloseTo(1, within(TOLERANCE));
    }

    @Test
    void differsBetweenSeedsAndStreams() {
        assertThat(numbers.uniform(0, 8)).isNotEqualTo(numbers.uniform(1, 8));
        assertThat(numbers.uniform(0, 8)).isNotEqualTo(new SeededNumbers(8).uniform(0, 8));
    }
}
