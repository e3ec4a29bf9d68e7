package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.candor.calibrators.FitSummary.Status;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class EnsembleTemperatureScalingTest extends CalibratorContract {

    /** Golden values: scipy 1.17.1 in float64. */
    private static final double GOLDEN_TOLERANCE = 1e-7;

    private static final double LIKELIHOOD_TOLERANCE = 1e-9;

    @Override
    EnsembleTemperatureScaling fit(NDArray logits, NDArray labels) {
        return EnsembleTemperatureScaling.fit(logits, labels);
    }

    private EnsembleTemperatureScaling fit(Objective objective, DataSets data) {
        return EnsembleTemperatureScaling.builder()
                .optObjective(objective)
                .fit(logits(data), labels(data));
    }

    @Override
    Calibrator other() {
        return EnsembleTemperatureScaling.of(7, 0.5, 0.25, 0.25);
    }

    @Test
    void reproducesTheGoldenFitsByBrierScore() {
        EnsembleTemperatureScaling ofTwelve = fit(Objective.BRIER, DataSets.a());
        assertGolden(ofTwelve, 1.64077450712, 1, 0, 0, 3 * .127597086719);
        assertRow(ofTwelve, DataSets.a(), .8277085916, .1329876624, .0393037460);
        EnsembleTemperatureScaling ofMany = fit(Objective.BRIER, DataSets.b());
        assertGolden(ofMany, 2.14796536673, 0, .6807998088, .3192001912, 4 * .12992082927);
        assertRow(ofMany, DataSets.b(), .1782532133, .1350480071, .0801565625, .6065422172);
    }

    @Test
    void reproducesTheGoldenFitByLikelihood() {
        EnsembleTemperatureScaling fitted = fit(Objective.LIKELIHOOD, DataSets.b());
        assertGolden(fitted, 3.33547471874, 0, .6300937823, .3699062177, 1.01620124261);
        assertRow(fitted, DataSets.b(), .1835969201, .1436096411, .0928065359, .5799869029);
    }

    private static void assertGolden(
            EnsembleTemperatureScaling fitted,
            double temperature,
            double tempered,
            double plain,
            double uniform,
            double after) {
        assertThat(fitted.summary().status()).isEqualTo(Status.CONVERGED);
        assertThat(fitted.temperature()).isCloseTo(temperature, within(GOLDEN_TOLERANCE));
        double[] weights = {tempered, plain, uniform};
        assertThat(fitted.weights()).containsExactly(weights, within(GOLDEN_TOLERANCE));
        assertThat(fitted.summary().objectiveAfter())
                .isCloseTo(after, within(LIKELIHOOD_TOLERANCE));
    }

    private void assertRow(Calibrator calibrator, DataSets data, double... expected) {
        assertThat(values(calibrator.apply(logits(data)).exp().get(0)))
                .containsExactly(expected, within(GOLDEN_TOLERANCE));
    }

    @ParameterizedTest
    @EnumSource(
            value = Objective.class,
            names = {"LIKELIHOOD", "BRIER"})
    void noOtherWeightsAreBetter(Objective objective) {
        DataSets data = DataSets.random(61, 300, 4);
        EnsembleTemperatureScaling fitted = fit(objective, data);
        double least = fitted.summary().objectiveAfter();
        assertThat(objective(objective, fitted, data)).isCloseTo(least, within(ROUNDING));
        for (int i = 0; i <= 10; i++) {
            for (int j = 0; i + j <= 10; j++) {
                Calibrator neighbour =
                        EnsembleTemperatureScaling.of(
                                fitted.temperature(), i / 10.0, j / 10.0, (10 - i - j) / 10.0);
                assertThat(objective(objective, neighbour, data))
                        .isGreaterThanOrEqualTo(least - ROUNDING);
            }
        }
    }

    private double objective(Objective objective, Calibrator calibrator, DataSets data) {
        double[] logProbabilities = values(calibrator.apply(logits(data)));
        return objective == Objective.BRIER
                ? data.brier(values(calibrator.apply(logits(data)).exp()))
                : data.likelihood(logProbabilities);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.5, 1, 4})
    void probabilitiesSumToOne(double scale) {
        Calibrator fitted = fitted();
        double[] sums = values(fitted.apply(unseen().mul(scale)).exp().sum(new int[] {1}));
        for (double sum : sums) {
            assertThat(sum).isCloseTo(1, within(ROUNDING));
        }
    }

    @Test
    void partsOfWeightZeroDoNotCount() {
        NDArray logits = array(new double[][] {{1000, 0, -1000}, {3, 2, -5}});
        assertThat(values(EnsembleTemperatureScaling.of(9, 0, 1, 0).apply(logits).get("1")))
                .containsExactly(values(logits.logSoftmax(1).get("1")));
        assertThat(values(EnsembleTemperatureScaling.of(9, 1, 0, 0).apply(logits)))
                .containsExactly(values(logits.div(9).logSoftmax(1)), within(ROUNDING));
        assertThat(values(EnsembleTemperatureScaling.of(9, 0, 0, 1).apply(logits)))
                .containsExactly(values(logits.zerosLike().sub(Math.log(3))), within(ROUNDING));
        double[] plain = values(EnsembleTemperatureScaling.of(9, 0, 1, 0).apply(logits));
        assertThat(plain[2]).isFinite();
    }

    @Test
    void onlyTheUniformPartLosesTheRanking() {
        assertThat(EnsembleTemperatureScaling.of(1, 0, 0, 1).preservesRanking()).isFalse();
        assertThat(EnsembleTemperatureScaling.of(1, 0, 0.5, 0.5).preservesRanking()).isTrue();
    }

    @Test
    void givenParametersTakeAnyNumberOfClasses() {
        EnsembleTemperatureScaling given = EnsembleTemperatureScaling.of(2, 0.5, 0.3, 0.2);
        assertThat(given.classes()).isZero();
        assertThat(given.temperature()).isEqualTo(2);
        assertThat(given.weights()).containsExactly(0.5, 0.3, 0.2);
        for (Shape shape : new Shape[] {new Shape(4), new Shape(2, 4), new Shape(2, 3, 4)}) {
            assertThat(values(given.apply(manager.ones(shape)).exp())).containsOnly(0.25);
        }
    }

    @Test
    void refusesParametersOutOfRange() {
        assertThatThrownBy(() -> EnsembleTemperatureScaling.of(0, 1, 0, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("temperature = 0.0, expected a finite value > 0");
        assertThatThrownBy(() -> EnsembleTemperatureScaling.of(1, 1, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("2 weights, expected 3");
        assertThatThrownBy(() -> EnsembleTemperatureScaling.of(1, 1.5, -0.5, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("weights[0] = 1.5, expected 0.0..1.0");
        assertThatThrownBy(() -> EnsembleTemperatureScaling.of(1, 0.5, 0, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("weights sum to 0.5, expected 1");
    }

    @Test
    void refusesAnErrorThatItCouldMeetByGivingUpAccuracy() {
        assertThatThrownBy(
                        () ->
                                EnsembleTemperatureScaling.builder()
                                        .optObjective(Objective.SOFT_BINNED_ECE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(
                        "objective = SOFT_BINNED_ECE, expected LIKELIHOOD or BRIER");
    }
}
