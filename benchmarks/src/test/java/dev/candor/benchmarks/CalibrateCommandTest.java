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
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CalibrateCommandTest {

    private static final double TOLERANCE = 1e-9;
    private static final double FLOAT32_TOLERANCE = 1e-5;

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
                    calibrate a.npz --out c --bins 5     | --bins does not apply to temperature
                    calibrate a.npz --out c --method vector --lambda 1   | --lambda does not apply to vector
                    calibrate a.npz --out c --method histogram --bins 0  | --bins = 0, expected at least 1
                    calibrate a.npz --out c --method matrix --lambda -1  | --lambda = -1.0, expected a finite number of at least 0
                    """)
    void refusesWrongUsage(String arguments, String message) {
        CommandRun run = CommandRun.of((Object[]) arguments.split(" "));
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines())
                .containsExactly("candor: " + message, "Try 'candor calibrate --help'.");
        assertThat(Files.exists(Path.of("c"))).isFalse();
    }

    @Test
    void namesTheMethodsThereAre() {
        CommandRun run = CommandRun.of("calibrate", "a.npz", "--out", "c", "--method", "foo");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err())
                .startsWith(
                        "candor: Invalid value for option '--method': 'foo' is none of best,"
                                + " temperature, ");
    }

    static Stream<Arguments> methods() {
        return FitMethods.all().stream()
                .map(method -> Arguments.of(method.name(), method.description()));
    }

    @ParameterizedTest
    @MethodSource("methods")
    void fitsAppliesAndMeasuresEveryMethod(String method, String description) throws IOException {
        Path data = MadeScores.write(folder, "a", description.startsWith("two classes") ? 2 : 3);
        Path target = folder.resolve("c.candor");
        CommandRun run =
                CommandRun.of("calibrate", data, "--method", method, "--out", target, "--json");
        assertThat(run.code()).as(run.err()).isZero();
        JsonObject fit = JsonParser.parseString(run.out()).getAsJsonObject();
        assertThat(fit.keySet())
                .startsWith(
                        "method",
                        "parameters",
                        "nllBefore",
                        "nllAfter",
                        "status",
                        "iterations",
                        "seconds");
        assertThat(fit.get("nllAfter").getAsDouble())
                .isLessThan(fit.get("nllBefore").getAsDouble());

        CommandRun evaluation = CommandRun.of("evaluate", data, "--calibrator", target, "--json");
        assertThat(evaluation.code()).as(evaluation.err()).isZero();
        assertThat(
                        JsonParser.parseString(evaluation.out())
                                .getAsJsonObject()
                                .get("nll")
                                .getAsDouble())
                .isCloseTo(fit.get("nllAfter").getAsDouble(), within(FLOAT32_TOLERANCE));
        CommandRun application =
                CommandRun.of("apply", target, data, "--out", folder.resolve("calibrated.npz"));
        assertThat(application.code()).as(application.err()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "vector --objective brier",
                "temperature --objective softBinnedEce",
                "ensemble --objective brier",
                "dirichlet --lambda 0.5",
                "sms --lambda 2 --objective brier",
                "histogram-mass --bins 4",
                "region --bins 2",
                "best --seed 7"
            })
    void heedsOptions(String words) throws IOException {
        Path data = MadeScores.write(folder, "a", 3);
        String[] parts = words.split(" ");
        Path plain = folder.resolve("plain");
        Path other = folder.resolve("other");
        CommandRun usual = CommandRun.of("calibrate", data, "--method", parts[0], "--out", plain);
        assertThat(usual.code()).as(usual.err()).isZero();
        List<Object> arguments = new ArrayList<>(List.of("calibrate", data, "--out", other));
        arguments.add("--method");
        arguments.addAll(List.of(parts));
        CommandRun run = CommandRun.of(arguments.toArray());
        assertThat(run.code()).as(run.err()).isZero();
        if (!parts[0].equals("best")) {
            assertThat(Calibrators.load(other).summary().parameters().values().toArray())
                    .isNotEqualTo(
                            Calibrators.load(plain).summary().parameters().values().toArray());
        }
    }

    @Test
    void tellsWhyAMethodWasChosen() throws IOException {
        Path data = MadeScores.write(folder, "a", 3);
        Path target = folder.resolve("c.candor");
        CommandRun run =
                CommandRun.of("calibrate", data, "--method", "best", "--out", target, "--json");
        JsonObject fit = JsonParser.parseString(run.out()).getAsJsonObject();
        assertThat(fit.getAsJsonArray("reasons")).isNotEmpty();
        assertThat(fit.get("method").getAsString()).isEqualTo(Calibrators.load(target).method());
    }

    @Test
    void saysInOneLineThatAMethodTakesTwoClasses() throws IOException {
        Path data = MadeScores.write(folder, "a", 3);
        CommandRun run =
                CommandRun.of("calibrate", data, "--method", "platt", "--out", folder.resolve("c"));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.err()).startsWith("candor: " + data + ": ").contains("3");
        assertThat(folder.resolve("c")).doesNotExist();
    }

    @Test
    void listsTheMethodsWithTheirOptions() {
        CommandRun run = CommandRun.of("methods");
        assertThat(run.code()).isZero();
        assertThat(run.out().lines()).hasSize(FitMethods.all().size());
        assertThat(run.out()).containsPattern("matrix +an affine map .* --objective --lambda\\R");
    }
}
