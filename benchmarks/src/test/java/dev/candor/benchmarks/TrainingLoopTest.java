package dev.candor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class TrainingLoopTest {

    @Test
    void setsEachWayToTrainBesidePlainCrossEntropy() throws Exception {
        StringWriter text = new StringWriter();
        JsonObject report;
        try (NDManager manager = NDManager.newBaseManager()) {
            ImageData data = ImageData.bundled(manager);
            ArmTraining.Images few =
                    new ArmTraining.Images(
                            data.training().rows(0, 128),
                            data.training().rows(128, 256),
                            data.test(),
                            data.classes());
            report = new TrainingLoop(1, 3).run(few, new PrintWriter(text, true));
        }
        assertThat(report.getAsJsonArray("epochs")).hasSize(5);
        for (JsonElement row : report.getAsJsonArray("epochs")) {
            assertThat(row.getAsJsonObject().getAsJsonObject("ratio").get("median").getAsDouble())
                    .isBetween(0.05, 20.0);
        }
        assertThat(report.getAsJsonObject("monitorShare").get("median").getAsDouble())
                .isBetween(0.0, 1.0);
        assertThat(report.getAsJsonArray("residentMegabytes")).hasSize(2);
        assertThat(text.toString())
                .contains("cross-entropy, reported", "the monitor's share of an epoch");
    }
}
