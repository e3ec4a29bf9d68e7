package dev.candor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.candor.benchmarks.suites.Workload;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class NetworksTest {

    private static final List<Parameter.Type> TRAINED =
            List.of(
                    Parameter.Type.WEIGHT,
                    Parameter.Type.BIAS,
                    Parameter.Type.GAMMA,
                    Parameter.Type.BETA);

    static List<Workload> networks() {
        return Networks.ALL;
    }

    @ParameterizedTest
    @MethodSource("networks")
    void theTorchSideHasAsManyParameters(Workload workload) throws IOException {
        String script;
        try (InputStream stream = getClass().getResourceAsStream("/peers/training.py")) {
            script = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
        try (NDManager manager = NDManager.newBaseManager()) {
            Block block = workload.network().apply(0f);
            block.initialize(manager, DataType.FLOAT32, new Shape(1).addAll(workload.input()));
            long parameters =
                    block.getParameters().values().stream()
                            .filter(parameter -> TRAINED.contains(parameter.getType()))
                            .mapToLong(parameter -> parameter.getArray().size())
                            .sum();
            assertThat(script)
                    .contains(
                            String.format(Locale.ROOT, "\"%s\": %,d", workload, parameters)
                                    .replace(',', '_'));
        }
    }

    @ParameterizedTest
    @CsvSource({"training,steps", "inference,predictions"})
    void torchComesToTheSameWhereItIsInstalled(String suite, String rows, @TempDir Path folder)
            throws IOException {
        Path json = folder.resolve("figures.json");
        CommandRun run =
                CommandRun.of(
                        "bench",
                        "--suite",
                        suite,
                        "--part",
                        "peers",
                        "--threads",
                        1,
                        "--pairs",
                        1,
                        "--batch",
                        2,
                        "--json",
                        json);
        assertThat(run.code()).as(run.err()).isZero();
        JsonObject report =
                JsonParser.parseString(Files.readString(json))
                        .getAsJsonObject()
                        .getAsJsonArray("suites")
                        .get(0)
                        .getAsJsonObject();
        assumeTrue(report.has("peer"), () -> "skipped: " + report.get("peerSkipped"));
        assertThat(report.getAsJsonArray(rows))
                .extracting(JsonElement::getAsJsonObject)
                .allSatisfy(row -> assertThat(row.has("remark")).isFalse())
                .anySatisfy(row -> assertThat(row.has("ratioToPeer")).isTrue());
    }
}
