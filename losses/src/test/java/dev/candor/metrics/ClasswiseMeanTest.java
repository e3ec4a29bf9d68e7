package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import org.junit.jupiter.api.Test;

class ClasswiseMeanTest {

    private static ClassForecasts withoutClassTwo() {
        try (NDManager manager = NDManager.newBaseManager()) {
            return ClassForecasts.ofProbabilities(
                    manager.create(new double[][] {{.7, .2, .1}, {.1, .6, .3}, {.5, .3, .2}}),
                    manager.create(new long[] {0, 1, 1}));
        }
    }

    @Test
    void isTheMeanOfTheMetricOverClasses() {
        assertThat(ClasswiseMean.of(forecasts -> 2 * forecasts.size()).measure(withoutClassTwo()))
                .isEqualTo(6);
        assertThat(ClasswiseMean.of(f -> f.outcomes()[0] ? 3 : 0, 2).measure(withoutClassTwo()))
                .isCloseTo(Math.sqrt(3), within(1e-15));
    }

    @Test
    void leavesOutClassesWithoutAValue() {
        assertThat(ClasswiseMean.of(AreaUnderRoc.of()).measure(withoutClassTwo())).isEqualTo(1);
        assertThat(ClasswiseMean.of(forecasts -> Double.NaN).measure(withoutClassTwo())).isNaN();
    }

    @Test
    void refusesAPowerBelowOne() {
        assertThatThrownBy(() -> ClasswiseMean.of(AreaUnderRoc.of(), 0.5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("power = 0.5");
    }
}
