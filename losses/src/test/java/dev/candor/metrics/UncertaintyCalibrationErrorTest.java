package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import org.junit.jupiter.api.Test;

class UncertaintyCalibrationErrorTest {

    @Test
    void comparesErrorsWithTheShareOfTheLargestEntropy() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Predictions predictions =
                    Predictions.ofProbabilities(
                            manager.create(new double[][] {{1, 0}, {.5, .5}, {.5, .5}}),
                            manager.create(new long[] {0, 0, 1}));
            assertThat(UncertaintyCalibrationError.of().measure(predictions))
                    .isCloseTo(2.0 / 3 * Math.abs(.5 - 1), within(1e-15));
        }
    }

    @Test
    void refusesNoBins() {
        assertThatThrownBy(() -> UncertaintyCalibrationError.of(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("bins = 0, expected at least 1");
    }
}
