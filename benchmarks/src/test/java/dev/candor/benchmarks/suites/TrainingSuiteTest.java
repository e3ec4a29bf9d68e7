package dev.candor.benchmarks.suites;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingSuiteTest {

    /** A hundred columns, and what figures take that are off by a thousand percent. */
    private static final int WIDTH = 112;

    private static final double ROUNDING = 1e-9;

    private final StringWriter text = new StringWriter();
    private final PrintWriter out = new PrintWriter(text, true);

    private static List<String> names(JsonObject report, String rows) {
        return StreamSupport.stream(report.getAsJsonArray(rows).spliterator(), false)
                .map(JsonElement::getAsJsonObject)
                .map(row -> row.get("way").getAsString())
                .toList();
    }

    private static TrainingSuite.Builder steps() {
        return TrainingSuite.builder()
                .optThreads(1)
                .optPairs(1)
                .optParts(List.of(Part.TRAINING_STEP))
                .optWorkloads(List.of(SmallNetwork.WORKLOAD))
                .optBatches(List.of(8));
    }

    private static double median(JsonObject row, String figure) {
        return row.getAsJsonObject(figure).get("median").getAsDouble();
    }

    @Test
    void timesEachWayToTrain() throws IOException {
        JsonObject report = steps().build().run(out);
        assertThat(names(report, "steps"))
                .containsExactly("plain", "calibration-aware", "dropout", "ensemble of 5");
        assertThat(report.getAsJsonArray("steps"))
                .extracting(JsonElement::getAsJsonObject)
                .allSatisfy(
                        row -> {
                            assertThat(row.get("inputsPerSecond").getAsDouble()).isPositive();
                            assertThat(median(row, "overheadPercent"))
                                    .isCloseTo(
                                            100 * (median(row, "ratioToPlain") - 1),
                                            within(ROUNDING));
                            assertThat(row.has("ratioToPeer")).isFalse();
                        });
        assertThat(text.toString().lines().skip(2)).allMatch(line -> line.length() <= WIDTH);
    }

    @Test
    void aBatchThatTheEngineRefusesIsARow() throws IOException {
        Workload refused =
                new Workload(
                        "refused",
                        new Shape(2),
                        rate -> {
                            throw new EngineException("out of memory\nat much length");
                        });
        JsonObject report = steps().optWorkloads(List.of(refused)).build().run(out);
        assertThat(report.getAsJsonArray("steps"))
                .extracting(row -> row.getAsJsonObject().get("remark").getAsString())
                .containsOnly("refused: out of memory");
        assertThat(report.get("barsKept").getAsBoolean()).isTrue();
    }

    @Test
    void failsARowWhosePeerTrainsAnotherNetwork(@TempDir Path folder) throws IOException {
        Path script = folder.resolve("python");
        Files.writeString(
                script,
                """
                #!/bin/sh
                read -r line
                echo '{"torch": "1", "names": ["small:plain", "small:one-pass"]}'
                while read -r line; do echo '0.001 -5.0'; done
                """);
        assumeTrue(script.toFile().setExecutable(true));
        JsonObject report =
                steps().optParts(List.of(Part.PEERS)).optPython(script.toString()).build().run(out);
        JsonObject plain = report.getAsJsonArray("steps").get(0).getAsJsonObject();
        assertThat(plain.get("verdict").getAsString()).isEqualTo("FAIL");
        assertThat(plain.get("remark").getAsString()).endsWith("torch has -5.00000");
        assertThat(median(plain, "ratioToPeer")).isPositive();
        assertThat(report.getAsJsonArray("steps").get(1).getAsJsonObject().has("ratioToPeer"))
                .isFalse();
        assertThat(report.get("barsKept").getAsBoolean()).isFalse();

        JsonObject predictions =
                InferenceSuite.builder()
                        .optThreads(1)
                        .optPairs(1)
                        .optWorkloads(List.of(SmallNetwork.WORKLOAD))
                        .optBatches(List.of(2))
                        .optPython(script.toString())
                        .build()
                        .run(out);
        JsonObject onePass = predictions.getAsJsonArray("predictions").get(0).getAsJsonObject();
        assertThat(onePass.get("verdict").getAsString()).isEqualTo("FAIL");
        assertThat(median(onePass, "ratioToPeer")).isPositive();
    }

    @Test
    void theTransformerTrains() throws IOException {
        JsonObject report =
                TrainingSuite.builder()
                        .optThreads(1)
                        .optPairs(1)
                        .optParts(List.of(Part.TRAINING_STEP))
                        .optWorkloads(List.of(Workload.transformer()))
                        .optBatches(List.of(1))
                        .build()
                        .run(out);
        assertThat(report.getAsJsonArray("steps")).hasSize(4);
    }

    @Test
    void timesPredictionsAndWhatTheyCostBesideOnePass() throws IOException {
        JsonObject report =
                InferenceSuite.builder()
                        .optThreads(1)
                        .optPairs(1)
                        .optParts(List.of(Part.PREDICTIONS))
                        .optWorkloads(List.of(SmallNetwork.WORKLOAD))
                        .optBatches(List.of(2))
                        .build()
                        .run(out);
        assertThat(names(report, "predictions"))
                .containsExactly(
                        "one pass",
                        "with a temperature",
                        "32 passes, one by one",
                        "McDropout of 32",
                        "DeepEnsemble of 5");
    }
}
