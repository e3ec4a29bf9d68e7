package dev.candor.benchmarks.suites;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.candor.benchmarks.FitBenchmark;
import dev.candor.calibrators.PlattScaling;
import dev.candor.calibrators.TemperatureScaling;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class CalibratorSuiteTest {

    private final StringWriter out = new StringWriter();

    private JsonObject run(String python) throws IOException {
        return CalibratorSuite.builder()
                .optThreads(1)
                .optPairs(1)
                .optPython(python)
                .optParts(List.of(Part.PEERS))
                .optLogits(new LossShape(400, 5))
                .optPoints(2000, 500)
                .build()
                .run(new PrintWriter(out));
    }

    @Test
    void measuresAloneWithoutPython() throws IOException {
        JsonObject report = run("no-such-python");
        assertThat(out.toString()).contains("the peer is skipped: no-such-python");
        assertThat(report.getAsJsonArray("peers"))
                .hasSize(5)
                .allSatisfy(
                        row -> {
                            assertThat(row.getAsJsonObject().has("timesFaster")).isFalse();
                            assertThat(row.getAsJsonObject().get("verdict").getAsString())
                                    .isEqualTo("-");
                        });
        assertThat(report.get("barsKept").getAsBoolean()).isTrue();
    }

    @Test
    void tellsHowTimeGrows() throws IOException {
        JsonObject report =
                CalibratorSuite.builder()
                        .optThreads(1)
                        .optPairs(1)
                        .optParts(List.of(Part.GROWTH))
                        .optMethods(Map.of("temperature", TemperatureScaling::fit), Object.class)
                        .optGrowth(
                                List.of(
                                        new LossShape(500, 10),
                                        new LossShape(1_000, 10),
                                        new LossShape(2_000, 10)),
                                List.of(new LossShape(500, 10)))
                        .build()
                        .run(new PrintWriter(out));
        assertThat(report.getAsJsonArray("growth")).hasSize(4);
        JsonObject bySamples = report.getAsJsonArray("exponents").get(0).getAsJsonObject();
        assertThat(bySamples.get("fit").getAsDouble()).isFinite();
        JsonObject byClasses = report.getAsJsonArray("exponents").get(1).getAsJsonObject();
        assertThat(byClasses.has("fit")).as("of one size there is no slope").isFalse();
    }

    @Test
    void tellsWhatACalibratorAsksOfTheEngine() throws IOException {
        JsonObject report =
                CalibratorSuite.builder()
                        .optThreads(1)
                        .optParts(List.of(Part.CALLS))
                        .optMethods(Map.of("temperature", TemperatureScaling::fit), Object.class)
                        .build()
                        .run(new PrintWriter(out));
        assertThat(report.getAsJsonArray("calls"))
                .extracting(row -> row.getAsJsonObject().get("work").getAsString())
                .containsExactly("fit", "apply");
        JsonObject apply = report.getAsJsonArray("calls").get(1).getAsJsonObject();
        assertThat(apply.get("calls").getAsInt()).as("a division").isOne();
    }

    @Test
    void tellsTimeAndAllocationOfAFitAndOfItsApplication() throws IOException {
        JsonObject report =
                CalibratorSuite.builder()
                        .optThreads(1)
                        .optParts(List.of(Part.KERNELS))
                        .optMethods(Map.of("temperature", TemperatureScaling::fit), Object.class)
                        .optBenchmark(FitBenchmark.class)
                        .optJmh(jmh -> LossSuiteTest.little(jmh).forks(0))
                        .build()
                        .run(new PrintWriter(out));
        assertThat(report.getAsJsonArray("kernels"))
                .extracting(row -> row.getAsJsonObject().get("work").getAsString())
                .containsExactlyInAnyOrder("fit", "apply");
        for (JsonElement element : report.getAsJsonArray("kernels")) {
            JsonObject row = element.getAsJsonObject();
            assertThat(Spread.of(row.getAsJsonObject("milliseconds")).min()).isPositive();
            assertThat(row.get("hostBytes").getAsDouble()).isPositive();
            assertThat(row.get("nativeBytes").getAsDouble()).isPositive();
        }
        assertThat(out.toString()).containsPattern("(?m)^kernel, 1000x10 +ms .*native bytes$");
    }

    @Test
    void tellsWhyAKernelFailed() {
        Suite platt =
                CalibratorSuite.builder()
                        .optThreads(1)
                        .optParts(List.of(Part.KERNELS))
                        .optMethods(Map.of("platt", PlattScaling::fit), Object.class)
                        .optBenchmark(FitBenchmark.class)
                        .optJmh(jmh -> LossSuiteTest.little(jmh).forks(0))
                        .build();
        assertThatThrownBy(() -> platt.run(new PrintWriter(out)))
                .isInstanceOf(IOException.class)
                .hasMessage("measuring platt 1000x10: logits have 10 classes, expected two");
    }

    @Test
    void theExponentIsTheSlopeOfLogarithms() {
        double[] sizes = {10, 20, 40};
        assertThat(FitGrowth.slope(sizes, new double[] {3, 6, 12})).isCloseTo(1, within(1e-12));
        assertThat(FitGrowth.slope(sizes, new double[] {5, 20, 80})).isCloseTo(2, within(1e-12));
        assertThat(FitGrowth.slope(sizes, new double[] {7, 7, 7})).isCloseTo(0, within(1e-12));
    }

    @Test
    void comesToWhatPythonComesTo() throws IOException {
        JsonObject report =
                run(Objects.requireNonNullElse(System.getenv("CANDOR_PYTHON"), "python3"));
        assumeTrue(report.has("peer"), () -> "skipped: " + report.get("peerSkipped"));
        for (JsonElement element : report.getAsJsonArray("peers")) {
            JsonObject row = element.getAsJsonObject();
            if (row.has("timesFaster")) {
                String[] remark = row.get("remark").getAsString().split("[ ,]+");
                assertThat(Double.parseDouble(remark[1]))
                        .as(row.get("peer").getAsString())
                        .isLessThanOrEqualTo(Double.parseDouble(remark[3]) + 1e-4);
            }
        }
    }
}
