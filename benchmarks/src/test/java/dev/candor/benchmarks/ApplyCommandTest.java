package dev.candor.benchmarks;

import static dev.candor.benchmarks.NpzFileTest.numpyFile;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.candor.calibrators.TemperatureScaling;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApplyCommandTest {

    private static final double TOLERANCE = 1e-12;

    @TempDir private Path folder;

    private NDManager manager;
    private Path calibrator;
    private Path target;

    @BeforeEach
    void saveACalibrator() throws IOException {
        manager = NDManager.newBaseManager();
        calibrator = folder.resolve("c.candor");
        target = folder.resolve("calibrated.npz");
        TemperatureScaling.of(2).save(calibrator);
    }

    @AfterEach
    void closeManager() {
        manager.close();
    }

    @Test
    void dividesLogitsByTheTemperatureAndKeepsTheLabels() throws IOException {
        CommandRun run =
                CommandRun.of("apply", calibrator, numpyFile("float64.npz"), "--out", target);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out().lines())
                .containsExactly(
                        String.format(
                                "%s, 12 rows of logits by temperature, saved as %s",
                                numpyFile("float64.npz"), target));
        try (NpzFile file = NpzFile.open(target)) {
            assertThat(file.keys()).containsExactly("logits", "labels");
            NDArray logits = file.read("logits", manager);
            assertThat(logits.getShape()).isEqualTo(new Shape(12, 3));
            assertThat(logits.toDoubleArray()).startsWith(2, 0.5, -0.5, 1.25, 1, 0);
            assertThat(file.read("labels", manager).toLongArray())
                    .containsExactly(0, 1, 1, 2, 2, 2, 0, 1, 0, 0, 1, 0);
        }
    }

    @Test
    void keepsFloat32() throws IOException {
        CommandRun.of("apply", calibrator, numpyFile("float32.npz"), "--out", target);
        try (NpzFile file = NpzFile.open(target)) {
            assertThat(file.read("logits", manager).getDataType()).isEqualTo(DataType.FLOAT32);
        }
    }

    @Test
    void givesProbabilitiesForProbabilities() throws IOException {
        CommandRun run =
                CommandRun.of("apply", calibrator, numpyFile("probabilities.npz"), "--out", target);
        assertThat(run.code()).as(run.err()).isZero();
        try (NpzFile file = NpzFile.open(target)) {
            assertThat(file.keys()).containsExactly("probabilities", "labels");
            double[] first = file.read("probabilities", manager).get(0).toDoubleArray();
            double[] odds = {Math.exp(2), Math.exp(0.5), Math.exp(-0.5)};
            double total = odds[0] + odds[1] + odds[2];
            for (int c = 0; c < odds.length; c++) {
                assertThat(first[c]).isCloseTo(odds[c] / total, within(TOLERANCE));
            }
        }
    }

    @Test
    void needsNoLabels() throws IOException {
        CommandRun run =
                CommandRun.of("apply", calibrator, numpyFile("unlabelled.npz"), "--out", target);
        assertThat(run.code()).as(run.err()).isZero();
        try (NpzFile file = NpzFile.open(target)) {
            assertThat(file.keys()).containsExactly("logits");
        }
    }

    @Test
    void writesWhatEvaluateMeasuresWithTheCalibrator() {
        CommandRun.of("apply", calibrator, numpyFile("probabilities.npz"), "--out", target);
        CommandRun written = CommandRun.of("evaluate", target);
        CommandRun measured =
                CommandRun.of(
                        "evaluate", numpyFile("probabilities.npz"), "--calibrator", calibrator);
        assertThat(written.out().lines().skip(1))
                .containsExactlyElementsOf(measured.out().lines().skip(1).toList());
    }

    @Test
    void keepsAZeroProbabilityFromBecomingNaN() throws IOException {
        CommandRun run =
                CommandRun.of(
                        "apply", calibrator, numpyFile("certain_and_wrong.npz"), "--out", target);
        assertThat(run.code()).as(run.err()).isZero();
        try (NpzFile file = NpzFile.open(target)) {
            double[] first = file.read("probabilities", manager).get(0).toDoubleArray();
            assertThat(first[0]).isCloseTo(1, within(1e-9));
            assertThat(first[1]).isBetween(0.0, 1e-9);
        }
    }

    @Test
    void writesNothingForBadData() {
        CommandRun run = CommandRun.of("apply", calibrator, numpyFile("nan.npz"), "--out", target);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err().lines())
                .containsExactly(
                        String.format(
                                "candor: %s: logits[9] holds NaN or infinity",
                                numpyFile("nan.npz")));
        assertThat(target).doesNotExist();
    }

    @Test
    void refusesWrongUsage() {
        CommandRun run = CommandRun.of("apply", calibrator, numpyFile("float64.npz"));
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("Missing required option: '--out=NPZ'");
    }
}
