package dev.candor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchCommandTest {

    @TempDir private Path folder;

    private CommandRun quick(Object... further) {
        Object[] given = {
            "bench",
            "--suite",
            "quick",
            "--threads",
            1,
            "--pairs",
            1,
            "--shape",
            "8x3",
            "--part",
            "peers"
        };
        Object[] all = new Object[given.length + further.length];
        System.arraycopy(given, 0, all, 0, given.length);
        System.arraycopy(further, 0, all, given.length, further.length);
        return CommandRun.of(all);
    }

    @Test
    void measuresALittleOfEverything() throws IOException {
        Path json = folder.resolve("figures.json");
        CommandRun run = quick("--json", json);
        assertThat(run.code()).as(run.err()).isZero();
        JsonObject report = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
        assertThat(report.getAsJsonArray("suites"))
                .extracting(suite -> suite.getAsJsonObject().get("suite").getAsString())
                .startsWith("losses", "calibrators");

        CommandRun later = quick("--compare", json);
        assertThat(later.code()).as(later.err()).isZero();
        assertThat(later.out()).contains("rows got slower beyond noise");
    }

    @Test
    void measuresTheMemoryOfAFitInAProcessOfItsOwn() throws IOException {
        Path json = folder.resolve("memory.json");
        CommandRun run =
                CommandRun.of(
                        "bench",
                        "--suite",
                        "calibrators",
                        "--threads",
                        1,
                        "--part",
                        "memory",
                        "--method",
                        "temperature",
                        "--json",
                        json,
                        "--logits",
                        "500x20,1000x20");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .containsPattern("temperature +500x20 +\\d+ +\\d+  -")
                .containsPattern("temperature +1000x20 +\\d+ +\\d+  -");
    }

    @Test
    void refusesToCompareWithWhatIsNoReport() throws IOException {
        Path text = Files.writeString(folder.resolve("text"), "no report");
        CommandRun run = quick("--compare", text);
        assertThat(run.code()).isOne();
        assertThat(run.err().lines()).singleElement().asString().contains("text is no report");
    }

    @Test
    void refusesADeviceThatIsNone() {
        CommandRun run = quick("--device", "tpu");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("no device 'tpu'");
    }

    @Test
    void refusesADeviceThatIsNotThere() {
        CommandRun run = quick("--device", "gpu99");
        assertThat(run.code()).isOne();
        assertThat(run.err().lines())
                .singleElement()
                .asString()
                .contains("device = gpu(99), but the engine sees");
    }
}
