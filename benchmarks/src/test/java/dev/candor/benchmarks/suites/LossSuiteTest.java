package dev.candor.benchmarks.suites;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.loss.Loss;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

class LossSuiteTest {

    private static final String NO_PYTHON = "no-such-python";

    private final StringWriter out = new StringWriter();

    private JsonObject run(LossSuite.Builder builder) throws IOException {
        return builder.optThreads(1).optPairs(1).build().run(new PrintWriter(out));
    }

    private static LossSuite.Builder peers(String python) {
        return LossSuite.builder()
                .optParts(List.of(Part.PEERS))
                .optLosses(List.of("CrossEntropyLoss", "FocalLoss"))
                .optShapes(List.of(new LossShape(16, 3)))
                .optPython(python);
    }

    /** JMH for the shortest time, also where another build on this machine measures. */
    static ChainedOptionsBuilder little(ChainedOptionsBuilder jmh) {
        System.setProperty("jmh.ignoreLock", "true");
        TimeValue time = TimeValue.milliseconds(10);
        return jmh.warmupIterations(1)
                .warmupTime(time)
                .measurementIterations(2)
                .measurementTime(time);
    }

    /** A program that answers as the torch side does. */
    private static String fake(Path folder, String value) throws IOException {
        Path script = folder.resolve("python");
        Files.writeString(
                script,
                "#!/bin/sh\n"
                        + "read -r line\n"
                        + "echo '{\"torch\": \"1\", \"threads\": 1, \"python\": \"3\","
                        + " \"names\": [\"FocalLoss\"]}'\n"
                        + "while read -r line; do echo '"
                        + value
                        + "'; done\n");
        assumeTrue(script.toFile().setExecutable(true));
        return script.toString();
    }

    @Test
    void saysInOneLineThatTorchIsSkipped() throws IOException {
        JsonObject report = run(peers(NO_PYTHON));
        assertThat(out.toString().lines().filter(line -> line.contains(NO_PYTHON)))
                .singleElement()
                .asString()
                .startsWith("the peer is skipped: ");
        assertThat(report.has("peer")).isFalse();
        assertThat(report.getAsJsonArray("losses")).hasSize(2);
        assertThat(report.get("barsKept").getAsBoolean()).isTrue();
    }

    @Test
    void saysWhyAPythonDoesNotServe(@TempDir Path folder) throws IOException {
        Path script = folder.resolve("python");
        Files.writeString(script, "#!/bin/sh\necho torch is not installed >&2\nexit 1\n");
        assumeTrue(script.toFile().setExecutable(true));
        run(peers(script.toString()));
        assertThat(out.toString())
                .contains("the peer is skipped: " + script + ": torch is not installed");
    }

    @Test
    void failsARowWhoseFormulaDiffers(@TempDir Path folder) throws IOException {
        JsonObject report = run(peers(fake(folder, "0.001 -5.0")));
        JsonObject row = report.getAsJsonArray("losses").get(1).getAsJsonObject();
        assertThat(row.get("verdict").getAsString()).isEqualTo("FAIL");
        assertThat(row.get("remark").getAsString()).endsWith("torch has -5.00000");
        assertThat(row.getAsJsonObject("ratioToTorch").get("median").getAsDouble()).isPositive();
        assertThat(report.get("barsKept").getAsBoolean()).isFalse();
    }

    @Test
    void comparesOnlyWhatTheOtherSideKnows(@TempDir Path folder) throws IOException {
        JsonObject report = run(peers(fake(folder, "0.001 0.5")));
        JsonObject row = report.getAsJsonArray("losses").get(0).getAsJsonObject();
        assertThat(row.get("name").getAsString()).isEqualTo("CrossEntropyLoss");
        assertThat(row.has("ratioToTorch")).isFalse();
        assertThat(row.get("verdict").getAsString()).isEqualTo("-");
    }

    @Test
    void breaksOffWhenTheOtherSideDoes(@TempDir Path folder) throws IOException {
        String python = fake(folder, "error RuntimeError: no memory");
        assertThatThrownBy(() -> run(peers(python)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("FocalLoss 16x3 1")
                .hasMessageContaining("no memory");
    }

    @Test
    void agreesWithTorchWhereItIsInstalled() throws IOException {
        String python = Objects.requireNonNullElse(System.getenv("CANDOR_PYTHON"), "python3");
        JsonObject report =
                run(
                        LossSuite.builder()
                                .optParts(List.of(Part.PEERS))
                                .optShapes(List.of(new LossShape(64, 5)))
                                .optPython(python));
        assumeTrue(report.has("peer"), () -> "skipped: " + report.get("peerSkipped"));
        assertThat(report.getAsJsonArray("losses"))
                .hasSameSizeAs(LossCatalogue.all())
                .allSatisfy(row -> assertThat(row.getAsJsonObject().has("remark")).isFalse());
    }

    @Test
    void measuresTheMemoryOfAFreshProcess() throws IOException {
        assumeTrue(PeakMemory.isKnown());
        PeakMemory.Row row =
                PeakMemory.run(
                                List.of(LossCatalogue.of("EsdLoss")),
                                new LossShape(32, 3),
                                1,
                                7,
                                new PrintWriter(out))
                        .get(0);
        assertThat(row.before()).isPositive();
        assertThat(row.mebibytes()).isGreaterThanOrEqualTo(row.before());
        assertThat(row.verdict()).isEqualTo(Verdict.PASS);
    }

    @Test
    void measuresTrainingStepsOfEveryLossThatHasABar() {
        List<TrainingStep.Row> rows =
                new TrainingStep(Workload.transformer(), 7, 1, 1, Device.cpu(), Clock.WALL)
                        .run(new PrintWriter(out));
        assertThat(rows)
                .extracting(TrainingStep.Row::loss)
                .containsExactly(
                        "CrossEntropyLoss + SoftBinnedEceLoss",
                        "CrossEntropyLoss + SoftAvucLoss",
                        "FocalLoss",
                        "LabelSmoothingLoss");
        assertThat(rows).allSatisfy(row -> assertThat(row.milliseconds().min()).isPositive());
    }

    @Test
    void tellsWhatALossAsksOfTheEngine() throws IOException {
        LossShape shape = new LossShape(1024, 100);
        JsonObject report =
                run(
                        LossSuite.builder()
                                .optParts(List.of(Part.CALLS))
                                .optLosses(List.of("engine:log-softmax"))
                                .optShapes(List.of(shape)));
        JsonObject row = report.getAsJsonArray("calls").get(0).getAsJsonObject();
        assertThat(row.get("backwardCalls").getAsInt())
                .as("expand, log_softmax backward, detach into the gradient")
                .isEqualTo(3);
        assertThat(row.get("calls").getAsInt())
                .as("and log_softmax, sum, ones to start from")
                .isEqualTo(6);
        assertThat(row.get("nativeBytes").getAsLong() >> 10)
                .as("a matrix forward and one backward, and numbers")
                .isEqualTo(2 * 4 * shape.rows() * shape.classes() >> 10);
        assertThat(row.get("hostReads").getAsInt()).isZero();
        assertThat(out.toString())
                .contains("engine calls, 1024x100")
                .containsPattern("engine:log-softmax +3 +3 +0\\.78 +- +0 pass +\\d+% \\w+");
    }

    @Test
    void failsALossThatMakesTheHostWait() throws IOException {
        LossCatalogue.Entry waiting =
                new LossCatalogue.Entry(
                        "Waiting",
                        LossInput.CLASS_LABELS,
                        shape ->
                                new Loss("Waiting") {
                                    @Override
                                    public NDArray evaluate(NDList labels, NDList predictions) {
                                        predictions.head().nonzero().close();
                                        return predictions.head().sum();
                                    }
                                });
        List<EngineCalls.Row> rows =
                new EngineCalls(
                                7,
                                Device.cpu(),
                                Clock.WALL,
                                Ceilings.of(Device.cpu(), 1, Clock.WALL))
                        .losses(List.of(waiting), new LossShape(8, 3), new PrintWriter(out));
        assertThat(rows.get(0).profile().hostReads()).isOne();
        assertThat(rows.get(0).verdict()).isEqualTo(Verdict.FAIL);
    }

    @Test
    void tellsTimeAndAllocationOfAKernel() throws IOException {
        JsonObject report =
                run(
                        LossSuite.builder()
                                .optParts(List.of(Part.KERNELS))
                                .optLosses(List.of("engine:log-softmax"))
                                .optShapes(List.of(new LossShape(1024, 100)))
                                .optJmh(LossSuiteTest::little));
        JsonObject row = report.getAsJsonArray("kernels").get(0).getAsJsonObject();
        assertThat(Spread.of(row.getAsJsonObject("milliseconds")).min()).isPositive();
        assertThat(row.get("hostBytes").getAsDouble()).isPositive();
        assertThat(row.get("nativeBytes").getAsLong() >> 10)
                .as("a matrix forward and one backward, and numbers")
                .isEqualTo(2 * 4 * 1024 * 100 >> 10);
    }

    @Test
    void theKernelBenchmarkLeavesNothingBehind() {
        LossBenchmark benchmark = new LossBenchmark();
        benchmark.loss = "FocalLoss";
        benchmark.shape = "16x3";
        benchmark.device = "cpu";
        benchmark.open();
        for (int pass = 0; pass < 2; pass++) {
            benchmark.openPass();
            assertThat(benchmark.forwardAndBackward().isReleased()).isTrue();
            benchmark.closePass();
        }
        benchmark.close();
    }
}
