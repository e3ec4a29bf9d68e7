package dev.candor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResNetCommandTest {

    @TempDir private static Path folder;

    private static Path weights;

    @BeforeAll
    static void writeData() throws IOException {
        MadeUpCifar.write(folder);
        weights = folder.resolve("weights.npz");
        try (NDManager manager = NDManager.newBaseManager()) {
            NpzFile.write(weights, MadeUpCifar.weights(manager));
        }
    }

    @Test
    void comparesThreeNetworksBeforeAndAfterTemperatureScaling() throws IOException {
        Path json = folder.resolve("outcome.json");
        CommandRun run =
                CommandRun.of(
                        "resnet",
                        "--data",
                        folder,
                        "--weights",
                        weights,
                        "--images",
                        MadeUpCifar.TRAINING,
                        "--epochs",
                        1,
                        "--losses",
                        "CrossEntropyLoss,SoftBinnedEceLoss",
                        "--json",
                        json);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("accuracy of the weights: ", " on 12 test images")
                .contains("as published", "CrossEntropyLoss", "SoftBinnedEceLoss")
                .contains("as trained", "temperature scaled");
        JsonObject outcome = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
        assertThat(outcome.getAsJsonArray("arms")).hasSize(3);
        assertThat(outcome.getAsJsonObject("setup").get("network").getAsString())
                .isEqualTo("ResNet-20");
    }

    @Test
    void findsLogitsThatDiffer() throws IOException {
        Path file = folder.resolve("logits.npz");
        try (NDManager manager = NDManager.newBaseManager()) {
            ImageData.Split test = new CifarFolder(folder).test(manager);
            NDArray labels = test.labels();
            NpzFile.write(file, Map.of("logits", labels.oneHot(10).mul(9), "labels", labels));
        }
        CommandRun run = withLogits(file);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err())
                .startsWith("candor: " + file + ": logits differ by ")
                .contains("from those computed, expected at most 1.0E-4");
    }

    @Test
    void refusesLogitsOfOtherImages() throws IOException {
        Path file = folder.resolve("others.npz");
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray labels = manager.create(new long[] {1, 1});
            NpzFile.write(file, Map.of("logits", labels.oneHot(10).mul(2), "labels", labels));
        }
        CommandRun run = withLogits(file);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains(file + ": its labels are not those of images 0..1");
    }

    private static CommandRun withLogits(Path file) {
        return CommandRun.of(
                "resnet", "--data", folder, "--weights", weights, "--epochs", 0, "--logits", file);
    }

    @Test
    void refusesWrongUsageAndMissingData() {
        assertThat(CommandRun.of("resnet", "--data", folder).err())
                .contains("Missing required option: '--weights=NPZ'");
        assertThat(
                        CommandRun.of(
                                        "resnet",
                                        "--data",
                                        folder,
                                        "--weights",
                                        weights,
                                        "--epochs",
                                        -1)
                                .err())
                .contains("--epochs = -1, expected at least 0");
        Path missing = folder.resolve("missing");
        assertThat(CommandRun.of("resnet", "--data", missing, "--weights", weights).err())
                .contains(missing + ": no such folder");
    }
}
