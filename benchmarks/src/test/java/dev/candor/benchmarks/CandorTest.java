package dev.candor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CandorTest {

    @Test
    void listsItsCommands() {
        CommandRun run = CommandRun.of("--help");
        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains("demo", "evaluate", "calibrate", "apply", "Exit codes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"demo", "evaluate", "calibrate", "apply", "choices", "rcft", "report"})
    void explainsEachCommand(String name) {
        CommandRun run = CommandRun.of(name, "--help");
        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("Usage: candor " + name).doesNotContain("null");
        assertThat(run.out().lines()).allMatch(line -> line.length() <= 80);
    }

    @Test
    void tellsItsVersion() {
        assertThat(CommandRun.of("--version").out()).matches("candor \\d+\\.\\d+\\.\\d+\\S*\\R");
    }

    @Test
    void refusesACommandItDoesNotHave() {
        CommandRun run = CommandRun.of("train");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines())
                .containsExactly(
                        "candor: Unmatched argument at index 0: 'train'", "Try 'candor --help'.");
    }
}
