package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import org.junit.jupiter.api.Test;

class CalibrationReportTest {

    private static final double FLOAT32_TOLERANCE = 1e-6;

    @Test
    void reproducesTheGoldenValues() {
        GoldenMetrics.assertPredictions("accuracy", p -> CalibrationReport.of(p).accuracy());
        GoldenMetrics.assertPredictions("nll", p -> CalibrationReport.of(p).nll());
        GoldenMetrics.assertPredictions("brier", p -> CalibrationReport.of(p).brier());
        GoldenMetrics.assertPredictions("ece 15", p -> CalibrationReport.of(p).ece());
        GoldenMetrics.assertPredictions("ece 10", p -> CalibrationReport.of(p, 10).ece());
        GoldenMetrics.assertPredictions("mce 10", p -> CalibrationReport.of(p, 10).mce());
        GoldenMetrics.assertPredictions(
                "equal-mass ece 10", p -> CalibrationReport.of(p, 10).eceEqualMass());
    }

    @Test
    void readsLogitsAndProbabilitiesOfAnyFloatingType() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray labels = PostHocData.B.labels(manager);
            for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
                NDArray logits = PostHocData.B.logits(manager, type);
                CalibrationReport report = CalibrationReport.of(logits, labels);
                assertThat(report.ece())
                        .isCloseTo(GoldenMetrics.value("ece 15", "B"), within(FLOAT32_TOLERANCE));
                CalibrationReport same =
                        CalibrationReport.ofProbabilities(logits.softmax(1), labels, 15);
                assertThat(same.ece()).isCloseTo(report.ece(), within(FLOAT32_TOLERANCE));
                assertThat(same.nll()).isCloseTo(report.nll(), within(FLOAT32_TOLERANCE));
            }
        }
    }

    @Test
    void saysWhatItMeasured() {
        CalibrationReport report = CalibrationReport.of(PostHocData.B.predictions());
        assertThat(report.n()).isEqualTo(200);
        assertThat(report.classes()).isEqualTo(4);
        assertThat(report.bins()).isEqualTo(15);
        assertThat(report.diagram().counts()).endsWith(32, 73);
        assertThat(report)
                .hasToString(
                        String.join(
                                System.lineSeparator(),
                                "200 rows, 4 classes, 15 bins",
                                "accuracy         0.7000",
                                "nll              1.7171",
                                "brier            0.5703",
                                "ece              0.2299",
                                "ece, equal mass  0.2145",
                                "mce              0.5541"));
    }

    @Test
    void refusesNoBinsBeforeItReadsAnything() {
        assertThatThrownBy(() -> CalibrationReport.of(null, null, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("bins = 0, expected at least 1");
    }
}
