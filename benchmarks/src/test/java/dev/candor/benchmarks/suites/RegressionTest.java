package dev.candor.benchmarks.suites;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class RegressionTest {

    private static JsonObject report(String device, double fastest, double slowest) {
        return JsonParser.parseString(
                        """
                        {"suites": [{"suite": "losses", "device": "%s", "losses": [
                          {"name": "FocalLoss", "shape": "8x3", "verdict": "-",
                           "milliseconds": {"median": %f, "min": %f, "max": %f}}]}]}
                        """
                                .formatted(device, (fastest + slowest) / 2, fastest, slowest))
                .getAsJsonObject();
    }

    private static String printed(Regression regression) {
        StringWriter out = new StringWriter();
        regression.print(new PrintWriter(out, true));
        return out.toString();
    }

    @Test
    void tellsWhatGotSlowerBeyondNoise() {
        Regression regression = Regression.of(report("cpu()", 1, 2), report("cpu()", 3, 4));
        assertThat(regression.slower()).hasSize(1);
        assertThat(printed(regression))
                .contains("slower: losses: losses FocalLoss 8x3: 3.500 ms, was 1.500 (2.33 times)")
                .contains("1 of 1 rows");
    }

    @Test
    void keepsQuietWithinTheSpread() {
        assertThat(Regression.of(report("cpu()", 1, 2), report("cpu()", 1.9, 9)).slower())
                .isEmpty();
    }

    @Test
    void keepsQuietAboutWhatGotFaster() {
        assertThat(Regression.of(report("cpu()", 3, 4), report("cpu()", 1, 2)).slower()).isEmpty();
    }

    @Test
    void saysWhatDoesNotCompare() {
        assertThat(printed(Regression.of(report("cpu()", 1, 2), report("gpu(0)", 1, 2))))
                .contains("not comparable: losses: device was \"cpu()\", is \"gpu(0)\"");
    }

    @Test
    void leavesAloneWhatWasNotMeasuredBefore() {
        assertThat(printed(Regression.of(new JsonObject(), report("cpu()", 1, 2))))
                .startsWith("0 of 0 rows");
    }
}
