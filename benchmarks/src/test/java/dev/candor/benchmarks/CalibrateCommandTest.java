package dev.candor.benchmarks;

import static dev.candor.benchmarks.NpzFileTest.numpyFile;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.candor.calibrators.Calibrators;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CalibrateCommandTest {

    private static final double TOLERANCE = 1e-9;

    /** Of the data set, by bisection in float64 with numpy 2.4.6. */
    private static final double TEMPERATURE = 1.3222939128;

    private static final double NLL_BEFORE = 0.646544511755;
    private static final double NLL_AFTER = 0.625169506206;

    @TempDir private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"float64.npz", "probabilities.npz", "fortran.npz"})
    void printsTheFitAsJson(String name) throws IOException {
        Path target = folder.resolve("c.candor");
        CommandRun run =
                CommandRun.of(
                        "calibrate",
                        numpyFile(name),
                        "--method",
                        "temperature",
                        "--out",
                        target,
                        "--json");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out().lines()).hasSize(1);
        JsonObject json = JsonParser.parseString(run.out()).getAsJsonObject();
        assertThat(json.keySet())
                .containsExactly(
                        "method",
                        "parameters",
                        "nllBefore",
                        "nllAfter",
                        "status",
                        "iterations",
                        "seconds");
        assertThat(json.get("method").getAsString()).isEqualTo("temperature");
        assertThat(json.getAsJsonObject("parameters").get("temperature").getAsDouble())
                .isCloseTo(TEMPERATURE, within(TOLERANCE));
        assertThat(json.get("nllBefore").getAsDouble()).isCloseTo(NLL_BEFORE, within(TOLERANCE));
        assertThat(json.get("nllAfter").getAsDouble()).isCloseTo(NLL_AFTER, within(TOLERANCE));
        assertThat(json.get("status").getAsString()).isEqualTo("CONVERGED");
        assertThat(json.get("iterations").getAsInt()).isPositive();
        assertThat(json.get("seconds").getAsDouble()).isNotNegative();
        assertThat(Calibrators.load(target).summary().parameter("temperature"))
                .isCloseTo(TEMPERATURE, within(TOLERANCE));
    }

    @Test
    void printsTheFitForPeople() {
        Path target = folder.resolve("c.candor");
        CommandRun run = CommandRun.of("calibrate", numpyFile("float64.npz"), "--out", target);
        assertThat(run.code()).isZero();
        assertThat(run.out())
                .contains(
                        "12 rows: CONVERGED after",
                        "temperature      1.32229",
                        "NLL              0.6252, before 0.6465",
                        "saved as " + target);
    }

    @Test
    void writesNothingForBadData() {
        Path target = folder.resolve("c.candor");
        CommandRun run = CommandRun.of("calibrate", numpyFile("nan.npz"), "--out", target);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err().lines())
                .containsExactly(
                        "candor: " + numpyFile("nan.npz") + ": logits[9] holds NaN or infinity");
        assertThat(target).doesNotExist();
    }

    @Test
    void looksAtTheTargetFirst() {
        Path target = folder.resolve("missing").resolve("c.candor");
        CommandRun run = CommandRun.of("calibrate", numpyFile("nan.npz"), "--out", target);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err().lines())
                .containsExactly(
                        String.format(
                                "candor: %s: cannot write, there is no folder %s",
                                target, target.getParent()));
        run = CommandRun.of("calibrate", numpyFile("nan.npz"), "--out", folder);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("is a folder, expected the name of a file");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    calibrate a.npz                      | Missing required option: '--out=CALIBRATOR'
                    calibrate --out c                    | Missing required parameter: 'NPZ'
                    calibrate a.npz --out c --method foo | Invalid value for option '--method': 'foo' is none of temperature
                    """)
    void refusesWrongUsage(String arguments, String message) {
        CommandRun run = CommandRun.of((Object[]) arguments.split(" "));
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines())
                .containsExactly("candor: " + message, "Try 'candor calibrate --help'.");
        assertThat(Files.exists(Path.of("c"))).isFalse();
    }
}
