package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.candor.calibrators.FitSummary.Status;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PlattScalingTest extends LogOddsContract {

    /** As far as the optimiser of scikit-learn goes. */
    private static final double SCIKIT_LEARN_TOLERANCE = 1e-5;

    @Override
    PlattScaling.Builder builder() {
        return PlattScaling.builder();
    }

    @Override
    Calibrator other() {
        return PlattScaling.of(0.5, 2);
    }

    @Override
    Status ofSeparableSamples() {
        return Status.CONVERGED;
    }

    @Override
    Status ofOneClass() {
        return Status.CONVERGED;
    }

    /** Targets 4/5 and 1/3, three times and once. */
    @Override
    double frequencyOfThreeInFour() {
        return (3 * 4 / 5.0 + 1 / 3.0) / 4;
    }

    /** The objective has other targets than the labels. */
    @Test
    @Override
    void neverEndsWorseThanItBegan() {
        for (DataSets data : samples()) {
            FitSummary summary = fit(data).summary();
            assertThat(summary.objectiveAfter())
                    .isFinite()
                    .isLessThanOrEqualTo(summary.objectiveBefore());
        }
    }

    /** Golden values: scikit-learn 1.9.1, and to more digits Newton's method in numpy 2.4.6. */
    @Test
    void reproducesTheGoldenFitOfLogOdds() {
        PlattScaling fitted = PlattScaling.fit(logits(DataSets.c()), labels(DataSets.c()));
        assertThat(fitted.summary().status()).isEqualTo(Status.CONVERGED);
        assertThat(fitted.intercept())
                .isCloseTo(-.0494260679, within(SCIKIT_LEARN_TOLERANCE))
                .isCloseTo(-0.04942602541040503, within(GOLDEN_TOLERANCE));
        assertThat(fitted.slope())
                .isCloseTo(.5051537727, within(SCIKIT_LEARN_TOLERANCE))
                .isCloseTo(0.5051538627776497, within(GOLDEN_TOLERANCE));
        assertThat(fitted.summary().objectiveAfter())
                .isCloseTo(0.6299422550170167, within(LIKELIHOOD_TOLERANCE));
        assertThat(probabilities(fitted, DataSets.c()))
                .containsExactly(
                        new double[] {.1769979521, .4775501189, .8463867465},
                        within(SCIKIT_LEARN_TOLERANCE));
    }

    /** Golden values: scikit-learn 1.9.1, and to more digits Newton's method in numpy 2.4.6. */
    @Test
    void anyScoreWillDo() {
        DataSets data = DataSets.c();
        double[][] scores =
                Arrays.stream(data.logits())
                        .map(row -> new double[] {0, 1 / (1 + Math.exp(-row[1]))})
                        .toArray(double[][]::new);
        PlattScaling fitted = PlattScaling.fit(array(scores), labels(data));
        assertThat(fitted.intercept())
                .isCloseTo(-1.3736716978, within(SCIKIT_LEARN_TOLERANCE))
                .isCloseTo(-1.3736718129795216, within(GOLDEN_TOLERANCE));
        assertThat(fitted.slope())
                .isCloseTo(2.6806070216, within(SCIKIT_LEARN_TOLERANCE))
                .isCloseTo(2.6806069312107916, within(GOLDEN_TOLERANCE));
    }

    @Test
    void refusesCoefficientsThatAreNotFinite() {
        assertThatThrownBy(() -> PlattScaling.of(Double.POSITIVE_INFINITY, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("intercept = Infinity, expected a finite value");
    }
}
