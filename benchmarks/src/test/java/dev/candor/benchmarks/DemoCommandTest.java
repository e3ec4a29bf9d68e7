package dev.candor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DemoCommandTest {

    private static final DemoResult RESULT = MadeUpResults.threeArms();

    @TempDir private Path folder;

    private final List<DemoSettings> asked = new ArrayList<>();

    private DemoResult experiment(DemoSettings settings, Progress progress) {
        asked.add(settings);
        progress.begin("cross-entropy", 1);
        progress.end("cross-entropy trained");
        return RESULT;
    }

    private CommandRun run(Object... arguments) {
        return CommandRun.of(this::experiment, arguments);
    }

    @Test
    void printsTheTableAndWritesTheReports() throws IOException {
        CommandRun run = run("demo", "--out", folder);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err().lines()).containsExactly("cross-entropy trained");
        Path html = folder.resolve("report.html");
        Path json = folder.resolve("report.json");
        assertThat(run.out())
                .startsWith(new ResultTable(RESULT).toString(80))
                .contains(html.toString(), json.toString());
        assertThat(Files.readString(html)).isEqualTo(new HtmlReport(RESULT).toString());
        assertThat(Files.readString(json)).isEqualTo(JsonReport.of(RESULT));
    }

    @Test
    void hasItsOwnSeedAndSchedule() {
        run("demo", "--out", folder);
        assertThat(asked).containsExactly(new DemoSettings(null, 1, OptionalInt.empty(), null));
    }

    @Test
    void takesDataSeedAndEpochs() {
        run(
                "demo",
                "--out",
                folder,
                "--data",
                folder,
                "--seed",
                -5,
                "--epochs",
                2,
                "--logits",
                folder);
        assertThat(asked).containsExactly(new DemoSettings(folder, -5, OptionalInt.of(2), folder));
    }

    @Test
    void looksWhereItShallWriteBeforeItTrains() {
        Path missing = folder.resolve("missing");
        CommandRun run = run("demo", "--out", missing);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err().lines())
                .containsExactly(
                        "candor: %s: cannot write, there is no folder %s"
                                .formatted(missing.resolve("report.html"), missing));
        assertThat(asked).isEmpty();
    }

    @Test
    void refusesAFolderOfDataThatIsMissing() {
        Path missing = folder.resolve("missing");
        CommandRun run = run("demo", "--out", folder, "--data", missing);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err().lines())
                .containsExactly("candor: %s: no such folder".formatted(missing));
        assertThat(asked).isEmpty();
    }

    @Test
    void refusesAFolderOfLogitsThatIsMissing() {
        Path missing = folder.resolve("missing");
        CommandRun run = run("demo", "--out", folder, "--logits", missing);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err().lines())
                .containsExactly("candor: %s: no such folder".formatted(missing));
        assertThat(asked).isEmpty();
    }

    @Test
    void tellsWhatWentWrongWithTheData() {
        CommandRun run =
                CommandRun.of(
                        (settings, progress) -> {
                            throw new IOException("train-images-idx3-ubyte: truncated");
                        },
                        "demo",
                        "--out",
                        folder);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err().lines()).containsExactly("candor: train-images-idx3-ubyte: truncated");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void showsWhereAFaultOfItsOwnIs() {
        CommandRun run =
                CommandRun.of(
                        (settings, progress) -> {
                            throw new IllegalStateException("a fault");
                        },
                        "demo",
                        "--out",
                        folder);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err())
                .startsWith("candor: failed")
                .contains("IllegalStateException: a fault", "at dev.candor.benchmarks");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    demo --epochs 0   | --epochs = 0, expected at least 1
                    demo --seed x     | Invalid value for option '--seed': 'x' is not an int
                    demo --data       | Missing required parameter for option '--data' (DIR)
                    """)
    void refusesWrongUsage(String arguments, String message) {
        CommandRun run = run((Object[]) arguments.split(" "));
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err().lines())
                .containsExactly("candor: " + message, "Try 'candor demo --help'.");
        assertThat(asked).isEmpty();
    }
}
