package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.candor.calibrators.BetaCalibration.Form;
import dev.candor.calibrators.FitSummary.Status;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BetaCalibrationTest extends LogOddsContract {

    /** As far as the optimiser of the package betacal goes. */
    private static final double BETACAL_TOLERANCE = 1e-3;

    @Override
    BetaCalibration.Builder builder() {
        return BetaCalibration.builder();
    }

    @Override
    Calibrator other() {
        return BetaCalibration.of(0.5, 2, 1);
    }

    private BetaCalibration fit(Form form, DataSets data) {
        return builder().optForm(form).fit(logits(data), labels(data));
    }

    /** Golden values: scipy 1.17.1 in float64. */
    @Test
    void reproducesTheGoldenFitOfThreeParameters() {
        BetaCalibration fitted = fit(Form.ABM, DataSets.c());
        assertThat(fitted.summary().status()).isEqualTo(Status.CONVERGED);
        assertParameters(fitted, .7357474675, .5691795149, .0856858877);
        assertThat(fitted.summary().objectiveAfter())
                .isCloseTo(.599258320344, within(LIKELIHOOD_TOLERANCE));
        assertThat(probabilities(fitted, DataSets.c()))
                .containsExactly(
                        new double[] {.1101488613, .4794794020, .8868675635},
                        within(GOLDEN_TOLERANCE));
    }

    /** Golden values: scipy 1.17.1 in float64; those of betacal are not as exact. */
    @Test
    void reproducesTheGoldenFitsOfTwoParameters() {
        BetaCalibration affine = fit(Form.AM, DataSets.c());
        assertParameters(affine, .6455942698, .6455942698, -.0587985938);
        assertThat(affine.a()).isCloseTo(.6454710769, within(BETACAL_TOLERANCE));
        BetaCalibration fixed = fit(Form.AB, DataSets.c());
        double a = .7679761589693527;
        double b = .5406907183348119;
        assertParameters(fixed, a, b, (a - b) * Math.log(2));
        assertThat(fixed.a()).isCloseTo(.7678923988, within(BETACAL_TOLERANCE));
        assertThat(fixed.b()).isCloseTo(.5407042687, within(BETACAL_TOLERANCE));
        assertThat(fixed.summary().objectiveAfter())
                .isCloseTo(0.599317157319988, within(LIKELIHOOD_TOLERANCE));
    }

    private static void assertParameters(BetaCalibration fitted, double a, double b, double c) {
        assertThat(new double[] {fitted.a(), fitted.b(), fitted.c()})
                .containsExactly(new double[] {a, b, c}, within(GOLDEN_TOLERANCE));
    }

    @ParameterizedTest
    @EnumSource(Form.class)
    void neitherExponentIsNegative(Form form) {
        boolean reached = false;
        for (long seed = 41; seed < 71; seed++) {
            DataSets data = DataSets.random(seed, 12, 2);
            BetaCalibration fitted = fit(form, data);
            assertThat(fitted.a()).isNotNegative();
            assertThat(fitted.b()).isNotNegative();
            reached |= fitted.a() == 0 || fitted.b() == 0;
            assertNoNeighbourIsMoreLikely(fitted, form, data);
        }
        assertThat(reached).as("some fit ends at a constraint").isTrue();
    }

    private void assertNoNeighbourIsMoreLikely(BetaCalibration fitted, Form form, DataSets data) {
        double least = fitted.summary().objectiveAfter();
        assertThat(likelihood(fitted, data)).isCloseTo(least, within(ROUNDING));
        for (double da : new double[] {-0.05, 0, 0.05}) {
            for (double db : new double[] {-0.05, 0, 0.05}) {
                for (double dc : new double[] {-0.05, 0, 0.05}) {
                    double a = Math.max(0, fitted.a() + da);
                    double b = form == Form.AM ? a : Math.max(0, fitted.b() + db);
                    double c = form == Form.AB ? (a - b) * Math.log(2) : fitted.c() + dc;
                    assertThat(likelihood(BetaCalibration.of(a, b, c), data))
                            .isGreaterThanOrEqualTo(least - ROUNDING);
                }
            }
        }
    }

    private double likelihood(Calibrator calibrator, DataSets data) {
        return data.likelihood(values(calibrator.apply(logits(data))));
    }

    @Test
    void logitsThatPointTheWrongWayEndAtAConstant() {
        NDArray logits = array(new double[][] {{0, 2}, {0, 1}, {0, -1}, {0, -2}});
        BetaCalibration fitted =
                BetaCalibration.fit(logits, manager.create(new long[] {0, 0, 1, 1}));
        assertThat(fitted.a()).isZero();
        assertThat(fitted.b()).isZero();
        assertThat(fitted.c()).isCloseTo(0, within(ROUNDING));
        assertThat(fitted.summary().objectiveAfter()).isCloseTo(Math.log(2), within(ROUNDING));
    }

    @Test
    void theFixedFormKeepsOneHalfWhereItIs() {
        BetaCalibration fitted = fit(Form.AB, DataSets.random(72, 100, 2));
        assertThat(values(fitted.apply(array(new double[][] {{3, 3}})).exp()))
                .containsExactly(new double[] {0.5, 0.5}, within(ROUNDING));
    }

    @Test
    void certaintyStaysFinite() {
        NDArray logits = array(new double[][] {{0, 1000}, {1e38, 0}});
        double[] expected = {-2000, 0, 0, -1e38};
        assertThat(values(BetaCalibration.of(1, 2, 0).apply(logits)))
                .containsExactly(expected, within(ROUNDING));
    }

    @Test
    void refusesANegativeExponent() {
        assertThatThrownBy(() -> BetaCalibration.of(-1, 1, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a = -1.0, expected a finite value >= 0");
        assertThatThrownBy(() -> BetaCalibration.of(1, -1, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("b = -1.0, expected a finite value >= 0");
    }
}
