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
import dev.candor.benchmarks.suites.InferenceSuite;
import dev.candor.benchmarks.suites.Part;
import dev.candor.benchmarks.suites.Suite;
import dev.candor.benchmarks.suites.TrainingSuite;
import dev.candor.benchmarks.suites.Workload;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
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

    static List<Suite.Builder<?>> suites() {
        return List.of(
                TrainingSuite.builder().optWorkloads(List.of(Networks.DEMO)).optBatches(List.of(2)),
                InferenceSuite.builder()
                        .optWorkloads(List.of(Networks.DEMO))
                        .optBatches(List.of(2)));
    }

    @ParameterizedTest
    @MethodSource("suites")
    void torchComesToTheSameWhereItIsInstalled(Suite.Builder<?> suite) throws IOException {
        JsonObject report =
                suite.optThreads(1)
                        .optPairs(1)
                        .optParts(List.of(Part.PEERS))
                        .build()
                        .run(new PrintWriter(new StringWriter()));
        assumeTrue(report.has("peer"), () -> "skipped: " + report.get("peerSkipped"));
        assertThat(report.getAsJsonArray(report.has("steps") ? "steps" : "predictions"))
                .extracting(JsonElement::getAsJsonObject)
                .allSatisfy(row -> assertThat(row.has("remark")).isFalse())
                .anySatisfy(row -> assertThat(row.has("ratioToPeer")).isTrue());
    }
}
