package dev.candor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TableCommandTest {

    private static final String METHODS = "temperature,svs,histogram,platt";

    @TempDir private Path folder;

    private Path data;

    @BeforeEach
    void make() throws IOException {
        data = Files.createDirectory(folder.resolve("data"));
        for (String name : new String[] {"made", "another"}) {
            MadeScores.write(data, name + "_valid", 3);
            MadeScores.write(data, name + "_test", 3);
        }
        MadeScores.write(data, "lonely_valid", 3);
    }

    private CommandRun table(Object... more) {
        Object[] arguments = new Object[7 + more.length];
        System.arraycopy(
                new Object[] {"table", "--data", data, "--methods", METHODS, "--resamples", "20"},
                0,
                arguments,
                0,
                7);
        System.arraycopy(more, 0, arguments, 7, more.length);
        return CommandRun.of(arguments);
    }

    @Test
    void printsMarkdownAndTellsTheCourseOnStandardError() {
        CommandRun run = table();
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("## another", "## made", "## Mean ranks")
                .contains("600 rows to fit, 600 to measure, 3 classes")
                .containsPattern(
                        "\\| temperature \\| [*]*0\\.\\d{4}[*]* \\[0\\.\\d{4}, 0\\.\\d{4}] ")
                .contains("| platt | logits have 3 classes, expected two |")
                .containsPattern("- NLL: (svs|temperature) 1\\.")
                .doesNotContain("lonely");
        assertThat(run.err().lines())
                .containsExactly(
                        "another: 4 methods, 1 cannot run on it",
                        "made: 4 methods, 1 cannot run on it");
    }

    @Test
    void writesAllFormsAndPrintsOneJsonObject() throws IOException {
        CommandRun run = table("--out", folder, "--json");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out().lines()).hasSize(1);
        JsonObject json = JsonParser.parseString(run.out()).getAsJsonObject();
        assertThat(json.keySet())
                .containsExactly("versions", "resamples", "methods", "sets", "ranks");
        JsonArray cells =
                json.getAsJsonArray("sets").get(1).getAsJsonObject().getAsJsonArray("cells");
        JsonObject none = cells.get(0).getAsJsonObject();
        JsonObject temperature = cells.get(1).getAsJsonObject();
        assertThat(none.get("method").getAsString()).isEqualTo("none");
        for (Measure measure : Measure.values()) {
            JsonObject interval = temperature.getAsJsonObject(measure.key);
            assertThat(interval.get("value").getAsDouble()).isBetween(0.0, 1.5);
            assertThat(interval.get("low").getAsDouble())
                    .isLessThan(interval.get("high").getAsDouble());
        }
        assertThat(nll(temperature)).isLessThan(nll(none));
        assertThat(cells.get(4).getAsJsonObject().get("refused").getAsString())
                .isEqualTo("logits have 3 classes, expected two");
        assertThat(json.getAsJsonObject("ranks").getAsJsonObject("nll").keySet())
                .containsExactly("friedman", "f", "p", "criticalDifference", "meanRanks");

        assertThat(Files.readString(folder.resolve("table.json")).strip())
                .isEqualTo(run.out().strip());
        assertThat(none.getAsJsonObject("riskCoverage").getAsJsonArray("risk")).hasSize(50);
        Fields read = new Fields(json);
        AccuracyReport again =
                new AccuracyReport(AccuracyJson.read(read), read.object("versions").texts());
        assertThat(Files.readString(folder.resolve("table.html"))).isEqualTo(again.html());
        assertThat(Files.readString(folder.resolve("table.md"))).startsWith("# Which calibrator");
    }

    private static double nll(JsonObject cell) {
        return cell.getAsJsonObject("nll").get("value").getAsDouble();
    }

    @Test
    void thePageIsWellFormedAndNeedsNothingElse() throws Exception {
        assertThat(table("--out", folder).code()).isZero();
        String page = Files.readString(folder.resolve("table.html"));
        assertThat(page)
                .contains("prefers-color-scheme: dark", "CD = ", "colspan=\"6\"")
                .doesNotContain("http://www.w3.org/1999", "src=", "<link", "@import");
        XmlDocument document = XmlDocument.parse(page);
        assertThat(document.all("figure")).hasSize(Measure.values().length + 2);
        assertThat(document.all("path", "course arm0")).isNotEmpty();
    }

    @Test
    void ranksNothingOnASingleSet() throws IOException {
        Files.delete(data.resolve("another_test.npz"));
        CommandRun run = table("--out", folder);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(Files.readString(folder.resolve("table.md")))
                .contains("## made")
                .doesNotContain("Mean ranks");
        assertThat(Files.readString(folder.resolve("table.html"))).doesNotContain("Mean ranks");
    }

    @Test
    void saysInOneLineWhatIsWrongWithTheData() throws IOException {
        MadeScores.write(data, "made_test", 4);
        Files.delete(data.resolve("another_valid.npz"));
        CommandRun run = table();
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err().lines())
                .containsExactly(
                        String.format(
                                "candor: %s: 4 classes, expected 3 as in %s",
                                data.resolve("made_test.npz"), data.resolve("made_valid.npz")));
        Files.delete(data.resolve("made_test.npz"));
        run = table();
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err().lines())
                .containsExactly(
                        "candor: " + data + ": no pair of files NAME_valid.npz and NAME_test.npz");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    table                                | Missing required option: '--data=DIR'
                    table --data . --resamples 1         | --resamples = 1, expected at least 2
                    """)
    void refusesWrongUsage(String arguments, String message) {
        CommandRun run = CommandRun.of((Object[]) arguments.split(" "));
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err().lines())
                .containsExactly("candor: " + message, "Try 'candor table --help'.");
        run = CommandRun.of("table", "--data", ".", "--methods", "temperature,foo");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).startsWith("candor: --methods: 'foo' is none of best, temperature,");
    }
}
