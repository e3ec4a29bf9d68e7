package dev.candor.benchmarks.suites;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CeilingsTest {

    private static Ceilings ceilings() throws IOException {
        return Ceilings.of(Device.cpu(), 1, Clock.WALL);
    }

    @Test
    void measuresMemoryAndArithmetic() throws IOException {
        assertThat(ceilings().bytesPerSecond()).isBetween(1e8, 1e12);
        assertThat(ceilings().operationsPerSecond(DataType.FLOAT32)).isBetween(1e8, 1e13);
    }

    @Test
    void measuresNoHalfPrecisionOnTheCpu() throws IOException {
        assertThat(ceilings().operationsPerSecond(DataType.BFLOAT16)).isNaN();
        assertThat(ceilings().operationsPerSecond(DataType.FLOAT16)).isNaN();
    }

    @Test
    void measuresOnlyOnce() throws IOException {
        assertThat(ceilings()).isSameAs(ceilings());
    }

    @Test
    void theShareIsOfWhatOneFusedKernelMoves() throws IOException {
        LossShape shape = new LossShape(4096, 100);
        double fused = 2 * 4 * 4096 * 100 / ceilings().bytesPerSecond();
        assertThat(ceilings().share(shape, fused)).isCloseTo(1, within(1e-12));
        assertThat(ceilings().share(shape, 4 * fused)).isCloseTo(0.25, within(1e-12));
    }

    @Test
    void logitsThatLieInTheCachesHaveNoShare() throws IOException {
        assertThat(ceilings().share(new LossShape(128, 1000), 1e-3)).isNaN();
        assertThat(Ceilings.percent(Double.NaN)).isEqualTo("-");
        assertThat(Ceilings.percent(0.1234)).isEqualTo("12.3");
    }

    @Test
    void aProcessOfItsOwnLeavesTheFigureInAFile(@TempDir Path folder) throws IOException {
        Path answer = folder.resolve("figure");
        Ceilings.main(answer.toString(), "cpu", "FLOAT32");
        assertThat(
                        JsonParser.parseString(Files.readString(answer))
                                .getAsJsonObject()
                                .get("operationsPerSecond")
                                .getAsDouble())
                .isBetween(1e8, 1e13);
    }

    @Test
    void everySuiteTellsThem() throws IOException {
        StringWriter out = new StringWriter();
        JsonObject report =
                CalibratorSuite.builder()
                        .optThreads(1)
                        .optParts(List.of(Part.EPOCHS))
                        .build()
                        .run(new PrintWriter(out));
        JsonObject told = report.getAsJsonObject("ceilings");
        assertThat(told.get("bytesPerSecond").getAsDouble()).isPositive();
        assertThat(told.getAsJsonObject("operationsPerSecond").get("float32").getAsDouble())
                .isPositive();
        assertThat(out.toString()).containsPattern("(?m)^ceilings: memory [\\d.]+ GB/s .*float32");
    }
}
