package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.candor.calibrators.FitSummary.Status;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class DirichletCalibrationTest extends AffineContract {

    @Override
    DirichletCalibration.Builder builder() {
        return DirichletCalibration.builder();
    }

    @Override
    boolean dependsOnTheNumberOfSamples() {
        return true;
    }

    @Override
    boolean dependsOnTheScaleOfLogits() {
        return true;
    }

    @Override
    Calibrator other() {
        return DirichletCalibration.of(new double[CLASSES][CLASSES], new double[CLASSES]);
    }

    private DirichletCalibration penalised(DataSets data) {
        return builder()
                .optOffDiagonalPenalty(0.01)
                .optBiasPenalty(0.01)
                .fit(logits(data), labels(data));
    }

    /** Golden values: scipy 1.17.1 in float64, and dirichlet_python without a reference row. */
    @Test
    void reproducesTheGoldenFitOfTwelveSamples() {
        DirichletCalibration fitted = penalised(DataSets.a());
        assertThat(fitted.summary().status()).isEqualTo(Status.CONVERGED);
        assertThat(fitted.summary().objectiveAfter())
                .isCloseTo(.2943237455, within(LIKELIHOOD_TOLERANCE));
        double[] weights = {
            .8440781021, -.3614823868, 1.1240244599,
            .5402974355, 4.5612607289, -1.1240244625,
            -.5402974318, .3614823855, 2.5692246175
        };
        assertThat(flat(fitted.weights())).containsExactly(weights, within(WEIGHT_TOLERANCE));
        assertThat(fitted.bias())
                .containsExactly(
                        new double[] {.1651094714, .3830187781, -.5481282495},
                        within(WEIGHT_TOLERANCE));
        assertRow(fitted, DataSets.a(), 0, .96890813833, .031054047069, .000037814605445);
    }

    /** Golden values: scipy 1.17.1 in float64, and dirichlet_python without a reference row. */
    @Test
    void reproducesTheGoldenFitOfTwoHundredSamples() {
        DirichletCalibration fitted = penalised(DataSets.b());
        assertThat(fitted.summary().objectiveAfter())
                .isCloseTo(1.06493023097, within(LIKELIHOOD_TOLERANCE));
        assertThat(fitted.weights()[0])
                .containsExactly(
                        new double[] {.3956369969, .0207606648, .0296397177, .0141935839},
                        within(WEIGHT_TOLERANCE));
        assertThat(fitted.bias())
                .containsExactly(
                        new double[] {.1687874878, .0938277938, -.1174076392, -.1452076424},
                        within(WEIGHT_TOLERANCE));
        assertRow(fitted, DataSets.b(), 0, .2221497500, .2537626410, .0884424329, .4356451761);
    }

    @Test
    void thePenaltyFollowsTheNumbersOfClassesAndSamples() {
        DataSets data = DataSets.random(42, 300, 4);
        Calibrator given =
                builder()
                        .optOffDiagonalPenalty(4 * 3 / 300.0)
                        .optBiasPenalty(4 / 300.0)
                        .fit(logits(data), labels(data));
        assertThat(fit(data).summary().objectiveAfter())
                .isEqualTo(given.summary().objectiveAfter());
    }

    @Test
    void aConstantAddedToARowChangesNothing() {
        DataSets data = DataSets.random(41, 50, CLASSES);
        Calibrator fitted = fitted();
        double[] expected = values(fitted.apply(logits(data)));
        assertThat(values(fitted.apply(logits(data).add(7))))
                .containsExactly(expected, within(1e-9));
    }

    @Test
    void probabilitiesTooSmallForAFloatAreRaisedToOneThatIsNot() {
        DirichletCalibration identity =
                DirichletCalibration.of(new double[][] {{1, 0}, {0, 1}}, new double[2]);
        assertThat(values(identity.apply(array(new double[][] {{0, -1e38}}))))
                .containsExactly(0, Math.log(Double.MIN_NORMAL));
    }

    @Test
    void refusesANegativePenalty() {
        assertThatThrownBy(() -> builder().optOffDiagonalPenalty(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("offDiagonalPenalty = -1.0, expected a finite value >= 0");
        assertThatThrownBy(() -> builder().optBiasPenalty(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("biasPenalty = -1.0, expected a finite value >= 0");
    }

    private static double[] flat(double[][] rows) {
        return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
    }
}
