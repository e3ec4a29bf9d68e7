package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.candor.calibrators.FitSummary.Status;
import org.junit.jupiter.api.Test;

class MatrixScalingTest extends AffineContract {

    @Override
    MatrixScaling.Builder builder() {
        return MatrixScaling.builder();
    }

    @Override
    Calibrator other() {
        return MatrixScaling.of(new double[CLASSES][CLASSES], new double[CLASSES]);
    }

    /** Golden values: scipy 1.17.1 in float64. */
    @Test
    void reproducesTheGoldenFit() {
        MatrixScaling scaling = MatrixScaling.fit(logits(DataSets.b()), labels(DataSets.b()));
        assertThat(scaling.summary().status()).isEqualTo(Status.CONVERGED);
        assertThat(scaling.summary().objectiveAfter())
                .isCloseTo(1.06432306414, within(LIKELIHOOD_TOLERANCE));
        assertRow(scaling, DataSets.b(), 0, .2288217733, .2912083322, .1224626334, .3575072612);
        assertRow(scaling, DataSets.b(), 7, .1054255478, .4740160779, .1570362148, .2635221595);
    }

    /** Golden values: scipy 1.17.1 in float64. */
    @Test
    void reproducesTheGoldenFitWithAPenalty() {
        Calibrator ofTwelve = penalised(DataSets.a());
        assertThat(ofTwelve.summary().objectiveAfter())
                .isCloseTo(.294309130682, within(LIKELIHOOD_TOLERANCE));
        assertRow(ofTwelve, DataSets.a(), 0, .85981862002, .13977102691, .00041035306778);
        Calibrator ofMany = penalised(DataSets.b());
        assertThat(ofMany.summary().objectiveAfter())
                .isCloseTo(1.06690564014, within(LIKELIHOOD_TOLERANCE));
        assertRow(ofMany, DataSets.b(), 0, .2276862029, .2866051446, .1127061310, .3730025216);
    }

    private Calibrator penalised(DataSets data) {
        return builder()
                .optOffDiagonalPenalty(0.01)
                .optBiasPenalty(0.01)
                .fit(logits(data), labels(data));
    }

    @Test
    void aLargePenaltyLeavesTheDiagonal() {
        DataSets data = DataSets.b();
        MatrixScaling scaling =
                builder()
                        .optOffDiagonalPenalty(1e9)
                        .optBiasPenalty(1e9)
                        .fit(logits(data), labels(data));
        double[][] weights = scaling.weights();
        for (int row = 0; row < 4; row++) {
            for (int column = 0; column < 4; column++) {
                if (row == column) {
                    assertThat(weights[row][column]).isBetween(0.2, 0.4);
                } else {
                    assertThat(weights[row][column]).isCloseTo(0, within(1e-8));
                }
            }
        }
        assertThat(scaling.bias()).containsExactly(new double[4], within(1e-8));
    }

    @Test
    void rowsOfWeightsBelongToClasses() {
        MatrixScaling given =
                MatrixScaling.of(new double[][] {{1, 2}, {3, 4}}, new double[] {10, 20});
        assertThat(values(given.apply(array(new double[][] {{1, 10}, {-1, 0}}))))
                .containsExactly(31, 63, 9, 17);
        assertThat(given.weights()).isDeepEqualTo(new double[][] {{1, 2}, {3, 4}});
        assertThat(given.bias()).containsExactly(10, 20);
    }

    @Test
    void refusesWeightsThatDoNotFit() {
        assertThatThrownBy(() -> MatrixScaling.of(new double[3][3], new double[2]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "3 rows of weights and 2 biases, expected one of each for at least two"
                                + " classes");
        assertThatThrownBy(() -> MatrixScaling.of(new double[2][3], new double[2]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("weights[0] has 3 values, expected 2");
        double[] infinite = {0, Double.POSITIVE_INFINITY};
        assertThatThrownBy(() -> MatrixScaling.of(new double[2][2], infinite))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("bias[1] = Infinity, expected a finite value");
    }

    @Test
    void refusesANegativePenalty() {
        assertThatThrownBy(() -> builder().optOffDiagonalPenalty(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("offDiagonalPenalty = -1.0, expected a finite value >= 0");
        assertThatThrownBy(() -> builder().optBiasPenalty(Double.NaN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("biasPenalty = NaN, expected a finite value >= 0");
    }
}
