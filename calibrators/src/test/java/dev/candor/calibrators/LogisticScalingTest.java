package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.candor.calibrators.FitSummary.Status;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class LogisticScalingTest extends LogOddsContract {

    @Override
    LogisticScaling.Builder builder() {
        return LogisticScaling.builder();
    }

    @Override
    Calibrator other() {
        return LogisticScaling.of(0.5, 2);
    }

    /** Golden values: scipy 1.17.1 in float64. */
    @Test
    void reproducesTheGoldenAffineFit() {
        LogisticScaling fitted = LogisticScaling.fit(logits(DataSets.c()), labels(DataSets.c()));
        assertThat(fitted.summary().status()).isEqualTo(Status.CONVERGED);
        assertThat(fitted.intercept()).isCloseTo(-.0587985938, within(GOLDEN_TOLERANCE));
        assertThat(fitted.slope()).isCloseTo(.6455942698, within(GOLDEN_TOLERANCE));
        assertThat(fitted.quadratic()).isZero();
        assertThat(fitted.summary().objectiveAfter())
                .isCloseTo(.599415515127, within(LIKELIHOOD_TOLERANCE));
        assertThat(probabilities(fitted, DataSets.c()))
                .containsExactly(
                        new double[] {.1234982704, .4724096279, .8989262731},
                        within(GOLDEN_TOLERANCE));
    }

    /** Golden values: scipy 1.17.1 in float64. */
    @Test
    void reproducesTheGoldenQuadraticFit() throws IOException {
        LogisticScaling fitted = quadratic(DataSets.c());
        assertThat(fitted.summary().status()).isEqualTo(Status.CONVERGED);
        assertThat(fitted.intercept()).isCloseTo(-.0444576843, within(GOLDEN_TOLERANCE));
        assertThat(fitted.slope()).isCloseTo(.6494650637, within(GOLDEN_TOLERANCE));
        assertThat(fitted.quadratic()).isCloseTo(-.0087179149, within(GOLDEN_TOLERANCE));
        assertThat(fitted.summary().objectiveAfter())
                .isCloseTo(.599368371014, within(LIKELIHOOD_TOLERANCE));
        double[] expected = {.1158480189, .4758940830, .8916595806};
        fitted.save(directory.resolve("quadratic.candor"));
        Calibrator loaded = Calibrators.load(directory.resolve("quadratic.candor"));
        assertThat(probabilities(loaded, DataSets.c()))
                .containsExactly(expected, within(GOLDEN_TOLERANCE));
    }

    private LogisticScaling quadratic(DataSets data) {
        return builder().optQuadratic(true).fit(logits(data), labels(data));
    }

    @Test
    void theQuadraticFormIsAtLeastAsLikely() {
        for (long seed = 41; seed < 50; seed++) {
            DataSets data = DataSets.random(seed, 100, 2);
            assertThat(quadratic(data).summary().objectiveAfter())
                    .isLessThanOrEqualTo(fit(data).summary().objectiveAfter() + ROUNDING);
        }
    }

    @Test
    void logOddsOfAnyScaleFitAlike() {
        DataSets data = DataSets.random(51, 100, 2);
        double expected = quadratic(data).summary().objectiveAfter();
        for (double scale : new double[] {1e-100, 1e-10, 1e10, 1e100}) {
            assertThat(quadratic(data.scaled(scale)).summary().objectiveAfter())
                    .as("scale %s", scale)
                    .isCloseTo(expected, within(ROUNDING));
        }
    }

    @Test
    void coefficientsAreThoseOfTheFormula() {
        NDArray logits = array(new double[][] {{1, 3}, {0, -1}});
        double[] calibrated = values(LogisticScaling.of(0.5, 2, -0.25).apply(logits));
        assertThat(calibrated[1] - calibrated[0]).isCloseTo(0.5 + 4 - 1, within(ROUNDING));
        assertThat(calibrated[3] - calibrated[2]).isCloseTo(0.5 - 2 - 0.25, within(ROUNDING));
        assertThat(values(LogisticScaling.of(0, 1).apply(logits)))
                .containsExactly(values(logits.logSoftmax(1)), within(ROUNDING));
    }

    @Test
    void refusesCoefficientsThatAreNotFinite() {
        assertThatThrownBy(() -> LogisticScaling.of(0, Double.NaN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("slope = NaN, expected a finite value");
    }
}
