package dev.candor.benchmarks.suites;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.Dropout;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

class TrainingSuiteTest {

    private static final Workload SMALL =
            new Workload(
                    "small",
                    new Shape(3, 4),
                    rate -> {
                        SequentialBlock network =
                                new SequentialBlock().add(Blocks.batchFlattenBlock());
                        if (rate > 0) {
                            network.add(Dropout.builder().optRate(rate).build());
                        }
                        return network.add(Linear.builder().setUnits(10).build());
                    });

    private final PrintWriter out = new PrintWriter(new StringWriter());

    private static List<String> names(JsonObject report, String rows) {
        return StreamSupport.stream(report.getAsJsonArray(rows).spliterator(), false)
                .map(JsonElement::getAsJsonObject)
                .map(row -> row.get("way").getAsString())
                .toList();
    }

    @Test
    void timesEachWayToTrain() throws IOException {
        JsonObject report =
                TrainingSuite.builder()
                        .optThreads(1)
                        .optPairs(1)
                        .optParts(List.of(Part.TRAINING_STEP))
                        .optWorkloads(List.of(SMALL))
                        .optBatches(List.of(8))
                        .build()
                        .run(out);
        assertThat(names(report, "steps"))
                .containsExactly("plain", "calibration-aware", "dropout", "ensemble of 5");
        assertThat(report.getAsJsonArray("steps"))
                .allSatisfy(
                        row ->
                                assertThat(
                                                row.getAsJsonObject()
                                                        .get("inputsPerSecond")
                                                        .getAsDouble())
                                        .isPositive());
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
                        .optWorkloads(List.of(SMALL))
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
