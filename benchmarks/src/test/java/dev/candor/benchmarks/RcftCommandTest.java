package dev.candor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RcftCommandTest {

    @TempDir private Path folder;

    private Path text(int sentences) throws IOException {
        return Files.write(folder.resolve("text.txt"), Words.generated(sentences, 1));
    }

    @Test
    void comparesTheWays() throws IOException {
        CommandRun run =
                CommandRun.of("rcft", "--text", text(600), "--epochs", "1,1,1", "--lambda", "2");
        assertThat(run.code()).as(run.err()).isZero();
        List<String> lines = run.out().lines().toList();
        assertThat(lines).hasSize(8);
        assertThat(lines.stream().skip(2).map(line -> line.split("\\|")[1].trim()))
                .containsExactly(
                        "as trained on text",
                        "few questions, for long",
                        "+ temperature scaling",
                        "+ SFT",
                        "+ CFT",
                        "+ RCFT, lambda 2.0");
        String[] aligned = lines.get(3).split("\\|");
        String[] scaled = lines.get(4).split("\\|");
        assertThat(scaled[2]).isEqualTo(aligned[2]);
        assertThat(scaled[3]).isEqualTo(aligned[7]);
        for (String line : lines.subList(2, 8)) {
            double accuracy = Double.parseDouble(line.split("\\|")[2].trim());
            assertThat(accuracy).isBetween(.2, 1.0);
        }
    }

    @Test
    void refusesWhatItCannotTrainOn() throws IOException {
        CommandRun run = CommandRun.of("rcft", "--text", text(50));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("50 sentences, expected at least 200");
        assertThat(CommandRun.of("rcft", "--text", folder.resolve("none.txt")).err())
                .contains("none.txt: no such file");
        assertThat(CommandRun.of("rcft", "--seeds", "0").err())
                .contains("--seeds = 0, expected at least 1");
        assertThat(CommandRun.of("rcft", "--lambda", "0").err())
                .contains("--lambda = 0.0, expected a finite value > 0");
        assertThat(CommandRun.of("rcft", "--epochs", "1,2").err())
                .contains("--epochs = [1, 2], expected three numbers of at least 1");
    }

    @Test
    void wordsBecomeTokensByTheirFrequency() {
        Words words = Words.of(List.of("b a, B c!", "a b b a", "d's a b", "c c d's", "d's"), 100);
        assertThat(words.size()).isEqualTo(3 + 4);
        assertThat(words.tokens("B, x d's", 9)).containsExactly(2, 3, 1, 6);
        assertThat(words.tokens("b b b b", 3)).hasSize(3);
        assertThat(words.tokens("", 3)).containsExactly(Words.BEGINNING);
        long[] drawn = words.draw(3, 3, new Random(1));
        assertThat(Arrays.stream(drawn).boxed()).containsExactlyInAnyOrder(4L, 5L, 6L);
    }
}
