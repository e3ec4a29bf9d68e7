package dev.candor.benchmarks.suites;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class CalibratorSuiteTest {

    private final StringWriter out = new StringWriter();

    private JsonObject run(String python) throws IOException {
        return CalibratorSuite.builder()
                .optThreads(1)
                .optPairs(1)
                .optPython(python)
                .optSizes(new LossShape(400, 5), 2000, 500)
                .build()
                .run(new PrintWriter(out));
    }

    @Test
    void measuresAloneWithoutPython() throws IOException {
        JsonObject report = run("no-such-python");
        assertThat(out.toString()).contains("the peer is skipped: no-such-python");
        assertThat(report.getAsJsonArray("peers"))
                .hasSize(4)
                .allSatisfy(
                        row -> {
                            assertThat(row.getAsJsonObject().has("timesFaster")).isFalse();
                            assertThat(row.getAsJsonObject().get("verdict").getAsString())
                                    .isEqualTo("-");
                        });
        assertThat(report.get("barsKept").getAsBoolean()).isTrue();
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
