package dev.candor.benchmarks.suites;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class StepMemoryTest {

    /** Trains a small network, or does not live so long. */
    public static final class Probe {

        private Probe() {}

        public static void main(String... arguments) throws IOException {
            StepMemory.probe(arguments, Probe::workload);
        }

        private static Workload workload(String name) {
            switch (name) {
                case "small" -> {
                    return SmallNetwork.WORKLOAD;
                }
                case "ended" -> {
                    System.err.println("terminate called");
                    Runtime.getRuntime().halt(134);
                }
                default -> {}
            }
            throw new IllegalArgumentException("no network '" + name + "'");
        }
    }

    private final StringWriter out = new StringWriter();

    private StepMemory.Row measure(String network, DataType type) throws IOException {
        return new StepMemory(Probe.class, 1, 7, Device.cpu())
                .measure(
                        new StepMemory.Case(network, TrainingWay.PLAIN, 4, type),
                        new PrintWriter(out));
    }

    @Test
    void tellsMemoryAndTimeOfAFreshProcess() throws IOException {
        JsonObject row = measure("small", DataType.FLOAT32).toJson();
        assertThat(row.get("type").getAsString()).isEqualTo("float32");
        assertThat(row.get("stepMilliseconds").getAsDouble()).isPositive();
        assertThat(row.get("loss").getAsDouble()).isLessThan(row.get("lossBefore").getAsDouble());
        assertThat(row.has("remark")).isFalse();
        assertThat(row.has("mebibytesOnDevice")).as("there is no GPU").isFalse();
        assumeTrue(PeakMemory.isKnown());
        assertThat(row.get("mebibytesOfTraining").getAsDouble()).isNotNegative();
        assertThat(row.get("mebibytesBefore").getAsDouble()).isPositive();
    }

    @Test
    void aProcessThatTheEngineEndsIsARow() throws IOException {
        JsonObject row = measure("ended", DataType.BFLOAT16).toJson();
        assertThat(row.get("remark").getAsString())
                .isEqualTo("the engine ended the process, exit status 134: terminate called");
        assertThat(row.has("stepMilliseconds")).isFalse();
        assertThat(out.toString().lines())
                .singleElement()
                .asString()
                .matches("ended +plain +4 bfloat16 the engine ended the process, exit status 134.*")
                .hasSizeLessThanOrEqualTo(100);
    }

    @Test
    void whatThrowsIsARow() throws IOException {
        JsonObject row = measure("unknown", DataType.FLOAT16).toJson();
        assertThat(row.get("remark").getAsString())
                .isEqualTo("refused: java.lang.IllegalArgumentException: no network 'unknown'");
    }
}
