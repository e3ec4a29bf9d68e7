package dev.candor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.candor.benchmarks.suites.TrainingSuite;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class TrainingSuiteTest {

    @Test
    void setsEachWayToTrainBesidePlainCrossEntropy() throws Exception {
        StringWriter text = new StringWriter();
        JsonObject report =
                TrainingSuite.builder(TrainingSuiteTest::few)
                        .optPairs(1)
                        .optThreads(Integer.getInteger("ai.djl.pytorch.num_threads", 1))
                        .build()
                        .run(new PrintWriter(text, true));
        assertThat(report.get("suite").getAsString()).isEqualTo("training");
        assertThat(report.getAsJsonArray("epochs")).hasSize(5);
        for (JsonElement row : report.getAsJsonArray("epochs")) {
            assertThat(
                            row.getAsJsonObject()
                                    .getAsJsonObject("ratioToCrossEntropy")
                                    .get("median")
                                    .getAsDouble())
                    .isBetween(0.05, 20.0);
        }
        assertThat(report.getAsJsonObject("monitorShare").get("median").getAsDouble())
                .isBetween(0.0, 1.0);
        assertThat(report.getAsJsonObject("residentMegabytes").get("median").getAsDouble())
                .isNotNegative();
        assertThat(text.toString())
                .contains("cross-entropy, reported", "the monitor's share of an epoch");
    }

    private static TrainingSuite.Task few(NDManager manager) throws IOException {
        ImageData.Split images = ImageData.bundled(manager).training();
        return new TrainingSuite.Task(
                () -> DemoNetwork.newBlock(10),
                DemoNetwork.IMAGE,
                ArmTraining.dataset(images.rows(0, 128), true),
                ArmTraining.dataset(images.rows(128, 256), false));
    }
}
