package dev.candor.benchmarks.suites;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LossShapeTest {

    @Test
    void readsWhatItPrints() {
        LossShape shape = new LossShape(4096, 100);
        assertThat(LossShape.parse(shape.toString())).isEqualTo(shape);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "12", "x", "-1x3", "3x", "4x4x4", "99999999999x2"})
    void refusesOtherForms(String text) {
        assertThatThrownBy(() -> LossShape.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("shape = " + text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0x10", "4x1"})
    void refusesShapesWithoutRowsOrChoice(String text) {
        assertThatThrownBy(() -> LossShape.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("shape = %s, expected at least 1x2", text);
    }
}
