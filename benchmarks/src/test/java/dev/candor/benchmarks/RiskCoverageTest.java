package dev.candor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonObject;
import dev.candor.metrics.Forecasts;
import org.junit.jupiter.api.Test;

class RiskCoverageTest {

    private static final double TOLERANCE = 1e-12;

    /** Of ten rows, the surer the better; the seventh and the tenth by confidence are wrong. */
    private static Forecasts rows() {
        double[] confidences = new double[10];
        boolean[] correct = new boolean[10];
        for (int row = 0; row < 10; row++) {
            confidences[row] = 0.95 - 0.05 * row;
            correct[row] = row != 6 && row != 9;
        }
        return Forecasts.of(confidences, correct);
    }

    @Test
    void keepsCoveragesThatAreEvenlySpaced() {
        RiskCoverage curve = RiskCoverage.of(rows(), 5);
        assertThat(curve.coverages()).containsExactly(0.2, 0.4, 0.6, 0.8, 1);
        assertThat(curve.risks()).containsExactly(0, 0, 0, 1.0 / 8, 2.0 / 10);
    }

    @Test
    void keepsNoMoreThanThereAre() {
        assertThat(RiskCoverage.of(rows(), 100).coverages()).hasSize(10);
        RiskCoverage tied =
                RiskCoverage.of(
                        Forecasts.of(
                                new double[] {0.9, 0.9, 0.9, 0.5},
                                new boolean[] {true, true, false, false}),
                        100);
        assertThat(tied.coverages()).containsExactly(0.75, 1);
        assertThat(tied.risks()).containsExactly(1.0 / 3, 0.5);
    }

    @Test
    void measuresTheAreaOfTheWholeCurve() {
        double area = (1.0 / 7 + 1.0 / 8 + 1.0 / 9 + 2.0 / 10) / 10;
        assertThat(RiskCoverage.of(rows(), 2).aurc()).isCloseTo(area, within(TOLERANCE));
    }

    @Test
    void tellsTheRiskWhereAShareIsAnswered() {
        RiskCoverage curve = RiskCoverage.of(rows(), 10);
        assertThat(curve.riskAt(0.7)).isEqualTo(1.0 / 7);
        assertThat(curve.riskAt(0.65)).isEqualTo(1.0 / 7);
        assertThat(curve.riskAt(1)).isEqualTo(0.2);
        assertThat(RiskCoverage.UNKNOWN.riskAt(0.5)).isNaN();
    }

    @Test
    void isReadBack() {
        RiskCoverage curve = RiskCoverage.of(rows(), 10);
        RiskCoverage read = RiskCoverage.read(new Fields(curve.toJson()));
        assertThat(read.sameAs(curve)).isTrue();
        assertThat(read.aurc()).isEqualTo(curve.aurc());
        assertThat(RiskCoverage.read(new Fields(new JsonObject())).isKnown()).isFalse();
    }
}
