package dev.candor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import org.junit.jupiter.api.Test;

class JsonReportTest {

    private static final DemoResult RESULT = MadeUpResults.threeArms();
    private static final JsonObject JSON =
            JsonParser.parseString(JsonReport.of(RESULT)).getAsJsonObject();

    @Test
    void holdsWhatWasTrainedOnWhatByWhat() {
        JsonObject setup = JSON.getAsJsonObject("setup");
        assertThat(setup.get("data").getAsString()).isEqualTo("Fashion-MNIST");
        assertThat(setup.get("training").getAsInt()).isEqualTo(8000);
        assertThat(setup.get("validation").getAsInt()).isEqualTo(2000);
        assertThat(setup.get("test").getAsInt()).isEqualTo(10_000);
        assertThat(setup.get("seed").getAsInt()).isEqualTo(1);
        assertThat(setup.get("threads").getAsInt()).isEqualTo(2);
        assertThat(JSON.getAsJsonObject("versions").get("Java").getAsString()).isEqualTo("17");
    }

    @Test
    void holdsTheNumbersOfEachArmExactly() {
        JsonArray arms = JSON.getAsJsonArray("arms");
        assertThat(arms).hasSameSizeAs(RESULT.arms());
        for (int i = 0; i < arms.size(); i++) {
            JsonObject json = arms.get(i).getAsJsonObject();
            ArmResult arm = RESULT.arms().get(i);
            assertThat(json.get("name").getAsString()).isEqualTo(arm.name());
            assertThat(json.get("temperature").getAsDouble()).isEqualTo(arm.temperature());
            assertThat(json.get("seconds").getAsDouble()).isEqualTo(arm.seconds());
            JsonObject before = json.getAsJsonObject("before");
            assertThat(before.keySet())
                    .containsExactly(
                            "accuracy",
                            "nll",
                            "brier",
                            "ece",
                            "eceEqualMass",
                            "mce",
                            "n",
                            "classes",
                            "bins",
                            "riskCoverage");
            assertThat(before.get("ece").getAsDouble()).isEqualTo(arm.before().ece());
            assertThat(json.getAsJsonObject("after").get("nll").getAsDouble())
                    .isEqualTo(arm.after().nll());
            assertThat(json.getAsJsonArray("history")).hasSize(60);
        }
    }

    @Test
    void holdsTheBinsOfEachDiagramWithNullForTheMeansOfNone() {
        JsonObject bins =
                JSON.getAsJsonArray("arms")
                        .get(0)
                        .getAsJsonObject()
                        .getAsJsonObject("before")
                        .getAsJsonObject("bins");
        assertThat(bins.getAsJsonArray("edges")).hasSize(16);
        assertThat(bins.getAsJsonArray("counts")).hasSize(15);
        assertThat(bins.getAsJsonArray("counts").get(0).getAsInt()).isZero();
        assertThat(bins.getAsJsonArray("accuracy").get(0).isJsonNull()).isTrue();
        assertThat(bins.getAsJsonArray("confidence").get(14).getAsDouble()).isBetween(0.93, 1.0);
    }

    @Test
    void holdsTheErrorRateAtABoundedNumberOfCoverages() {
        JsonObject curve =
                JSON.getAsJsonArray("arms")
                        .get(0)
                        .getAsJsonObject()
                        .getAsJsonObject("before")
                        .getAsJsonObject("riskCoverage");
        assertThat(curve.getAsJsonArray("coverage")).hasSize(100);
        assertThat(curve.getAsJsonArray("risk")).hasSize(100);
        assertThat(curve.getAsJsonArray("risk").get(99).getAsDouble())
                .isCloseTo(1 - RESULT.arms().get(0).before().accuracy(), within(1e-12));
    }

    @Test
    void isReadBackToTheSamePage() {
        DemoResult read = JsonReport.read(new Fields(JSON));
        assertThat(new HtmlReport(read)).hasToString(new HtmlReport(RESULT).toString());
    }

    @Test
    void leavesOutAnArmWithoutItsDiagrams() {
        JsonObject json = JSON.deepCopy();
        json.getAsJsonArray("arms").get(1).getAsJsonObject().remove("after");
        assertThat(JsonReport.read(new Fields(json)).arms())
                .extracting(ArmResult::name)
                .containsExactly("cross-entropy", "focal loss, gamma = 3");
    }

    @Test
    void drawsNoCurveOfAFileThatHoldsNone() {
        JsonObject json = JSON.deepCopy();
        json.getAsJsonArray("arms")
                .forEach(
                        arm -> {
                            JsonObject entry = arm.getAsJsonObject();
                            entry.getAsJsonObject("before").remove("riskCoverage");
                            entry.getAsJsonObject("after").remove("riskCoverage");
                        });
        String page = new HtmlReport(JsonReport.read(new Fields(json))).toString();
        assertThat(page).contains("In the course of training").doesNotContain("AURC 0");
    }
}
