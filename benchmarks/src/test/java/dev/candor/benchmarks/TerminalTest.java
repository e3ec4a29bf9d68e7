package dev.candor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TerminalTest {

    @ParameterizedTest
    @CsvSource({
        "'24 132', true, 132",
        "'50 20', true, 20",
        "'0 0', true, 80",
        "unknown, true, 80",
        "'', false, 80"
    })
    void understandsTheShell(String answer, boolean interactive, int width) {
        assertThat(Terminal.of(answer)).isEqualTo(new Terminal(interactive, width));
    }
}
