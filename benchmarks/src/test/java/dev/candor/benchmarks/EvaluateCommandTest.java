package dev.candor.benchmarks;

import static dev.candor.benchmarks.NpzFileTest.numpyFile;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EvaluateCommandTest {

    /** The golden calibration errors were taken in float32. */
    private static final double TOLERANCE = 1e-7;

    @TempDir private Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "float64",
                "float32",
                "float16",
                "big_endian",
                "fortran",
                "column_labels",
                "more_keys",
                "compressed",
                "probabilities"
            })
    void printsTheNumbersOfOtherTools(String name) throws IOException {
        JsonObject expected = expected();
        CommandRun run = CommandRun.of("evaluate", numpyFile(name + ".npz"), "--json");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).isEmpty();
        JsonObject json = JsonParser.parseString(run.out()).getAsJsonObject();
        assertThat(json.keySet()).containsExactlyElementsOf(expected.keySet());
        for (String key : expected.keySet()) {
            assertThat(json.get(key).getAsDouble())
                    .as(key)
                    .isCloseTo(expected.get(key).getAsDouble(), within(TOLERANCE));
        }
        assertThat(run.out().lines()).hasSize(1);
    }

    private static JsonObject expected() throws IOException {
        String json = Files.readString(numpyFile("expected.json"));
        return JsonParser.parseString(json).getAsJsonObject();
    }

    @Test
    void printsATableForPeople() {
        Path file = numpyFile("float64.npz");
        CommandRun run = CommandRun.of("evaluate", file);
        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out().lines())
                .containsExactly(
                        file + ", 12 rows, 3 classes, 15 bins",
                        "  accuracy         0.6667",
                        "  NLL              0.6465",
                        "  Brier            0.4129",
                        "  ECE              0.1984",
                        "  ECE, equal mass  0.3288",
                        "  MCE              0.5922");
    }

    @Test
    void countsInAsManyBinsAsToldTo() {
        CommandRun run = CommandRun.of("evaluate", numpyFile("float64.npz"), "--bins", 1, "--json");
        JsonObject json = JsonParser.parseString(run.out()).getAsJsonObject();
        double one = json.get("ece").getAsDouble();
        assertThat(json.get("mce").getAsDouble()).isEqualTo(one);
        assertThat(json.get("eceEqualMass").getAsDouble()).isCloseTo(one, within(TOLERANCE));
    }

    @Test
    void measuresWhatACalibratorMakesOfThePredictions() {
        Path calibrator = folder.resolve("c.candor");
        CommandRun fit =
                CommandRun.of("calibrate", numpyFile("float64.npz"), "--out", calibrator, "--json");
        double after =
                JsonParser.parseString(fit.out()).getAsJsonObject().get("nllAfter").getAsDouble();
        for (String name : new String[] {"float64.npz", "probabilities.npz"}) {
            CommandRun run =
                    CommandRun.of(
                            "evaluate", numpyFile(name), "--calibrator", calibrator, "--json");
            assertThat(run.code()).as(run.err()).isZero();
            JsonObject json = JsonParser.parseString(run.out()).getAsJsonObject();
            assertThat(json.get("nll").getAsDouble()).isCloseTo(after, within(TOLERANCE));
        }
    }

    @Test
    void printsNullWhereJsonHasNoNumber() throws IOException {
        CommandRun run = CommandRun.of("evaluate", numpyFile("certain_and_wrong.npz"), "--json");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("\"nll\":null", "\"accuracy\":0.75");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    missing.npz              | no such file
                    no_scores.npz            | no key 'logits' and no key 'probabilities', there are [scores, labels]
                    unlabelled.npz           | no key 'labels', there are [logits]
                    both.npz                 | holds both logits and probabilities, expected one
                    flat_logits.npz          | logits have shape (12), expected [N, C] with at least two classes
                    one_class.npz            | logits have shape (12, 1), expected [N, C] with at least two classes
                    no_rows.npz              | 'logits' has shape [0, 3], expected at least one row
                    whole_logits.npz         | logits are whole numbers, expected floating point
                    scalar_labels.npz        | labels have shape (), expected (12), one for each row
                    square_labels.npz        | labels have shape (12, 3), expected (12), one for each row
                    fewer_labels.npz         | labels have shape (11), expected (12), one for each row
                    label_out_of_range.npz   | labels[7] = 3, expected 0..2
                    label_negative.npz       | labels[5] = -1, expected 0..2
                    label_fraction.npz       | labels[2] = 0.5, expected a whole class index
                    label_nan.npz            | labels[2] = NaN, expected a whole class index
                    nan.npz                  | logits[9] holds NaN or infinity
                    infinity.npz             | logits[4] holds NaN or infinity
                    probability_nan.npz      | probabilities, row 3 holds NaN, expected probabilities
                    probability_negative.npz | probabilities, row 3 holds -0.5, expected probabilities
                    probability_mass.npz     | probabilities, row 6 sums to 0.3962511038513742, expected 1
                    single.npy               | a single array (.npy), expected .npz
                    """)
    void saysInOneLineWhatIsWrongWithAFile(String name, String message) {
        Path file = numpyFile(name);
        CommandRun run = CommandRun.of("evaluate", file, "--json");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines()).containsExactly("candor: " + file + ": " + message);
    }

    @Test
    void saysWhatIsWrongWithACalibrator() throws IOException {
        Path file = numpyFile("float64.npz");
        Path missing = folder.resolve("missing.candor");
        CommandRun run = CommandRun.of("evaluate", file, "--calibrator", missing);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err().lines()).containsExactly("candor: " + missing + ": no such file");

        Path other = Files.writeString(folder.resolve("other.candor"), "{}");
        run = CommandRun.of("evaluate", file, "--calibrator", other);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.err()).contains(other.toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    evaluate                       | Missing required parameter: 'NPZ'
                    evaluate a.npz b.npz           | Unmatched argument at index 2: 'b.npz'
                    evaluate a.npz --bins 0        | --bins = 0, expected at least 1
                    evaluate a.npz --bins x        | Invalid value for option '--bins': 'x' is not an int
                    evaluate a.npz --jsn           | Unknown option: '--jsn'
                    """)
    void refusesWrongUsage(String arguments, String message) {
        CommandRun run = CommandRun.of((Object[]) arguments.split(" "));
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines())
                .containsExactly("candor: " + message, "Try 'candor evaluate --help'.");
    }
}
