package dev.candor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ProgressTest {

    private final StringWriter written = new StringWriter();

    @Test
    void writesALineForEachTaskWhereNobodyWatches() {
        run(new Terminal(false, 80));
        assertThat(written.toString().lines()).containsExactly("one done", "two done");
    }

    @Test
    void drawsABarWhereSomeoneWatchesAndTakesItAway() {
        run(new Terminal(true, 60));
        String[] drawn = written.toString().split("\r");
        assertThat(drawn).anyMatch(line -> line.startsWith("one") && line.contains("3/3"));
        assertThat(drawn).anyMatch(line -> line.startsWith("two") && line.contains("loss 0.5"));
        assertThat(drawn).allMatch(line -> line.lines().findFirst().orElse("").length() < 60);
        assertThat(written.toString().split("\n"))
                .extracting(ProgressTest::visible)
                .containsExactly("one done", "two done");
    }

    private void run(Terminal terminal) {
        try (Progress progress = new Progress(new PrintWriter(written), terminal)) {
            progress.begin("one", 3);
            for (int step = 0; step < 3; step++) {
                progress.step();
            }
            progress.end("one done");
            progress.begin("two", 5);
            progress.note("loss 0.5");
            progress.step();
            progress.end("two done");
        }
    }

    /** What is left of a line after its carriage returns. */
    private static String visible(String line) {
        StringBuilder shown = new StringBuilder();
        for (String part : line.split("\r")) {
            shown.replace(0, Math.min(part.length(), shown.length()), part);
        }
        return shown.toString().stripTrailing();
    }
}
