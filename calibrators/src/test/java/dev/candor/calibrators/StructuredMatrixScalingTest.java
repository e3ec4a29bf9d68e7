package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.candor.calibrators.FitSummary.Status;
import dev.candor.calibrators.StructuredMatrixScaling.Form;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StructuredMatrixScalingTest extends AffineContract {

    @Override
    StructuredMatrixScaling.Builder builder() {
        return StructuredMatrixScaling.builder();
    }

    @Override
    boolean dependsOnTheNumberOfSamples() {
        return true;
    }

    @Override
    Calibrator other() {
        return fit(DataSets.random(51, 60, CLASSES));
    }

    private StructuredMatrixScaling fit(Form form, DataSets data) {
        return builder().optForm(form).fit(logits(data), labels(data));
    }

    /** Golden values: scipy 1.17.1 in float64; probmetrics agrees as far as float32 goes. */
    @Test
    void reproducesTheGoldenFitsOfTheVectorForm() {
        StructuredMatrixScaling ofTwelve = fit(Form.VECTOR, DataSets.a());
        assertThat(ofTwelve.summary().status()).isEqualTo(Status.CONVERGED);
        assertThat(ofTwelve.summary().objectiveAfter())
                .isCloseTo(.613231255037, within(LIKELIHOOD_TOLERANCE));
        assertThat(ofTwelve.summary().parameters().get("weights"))
                .containsExactly(
                        new double[] {.9091309924, 1.1068529239, 1.1198247084},
                        within(WEIGHT_TOLERANCE));
        assertThat(ofTwelve.summary().parameters().get("bias"))
                .containsExactly(
                        new double[] {.0886621342, .0498734655, -.1385355996},
                        within(WEIGHT_TOLERANCE));
        assertRow(ofTwelve, DataSets.a(), 0, .8880034136, .0868443737, .0251522127);
        StructuredMatrixScaling ofMany = fit(Form.VECTOR, DataSets.b());
        assertThat(ofMany.summary().objectiveAfter())
                .isCloseTo(1.08712561028, within(LIKELIHOOD_TOLERANCE));
        assertRow(ofMany, DataSets.b(), 0, .2600108949, .2380887800, .0800463712, .4218539539);
    }

    /** Golden values: scipy 1.17.1 in float64; probmetrics agrees as far as float32 goes. */
    @Test
    void reproducesTheGoldenFitsOfTheMatrixForm() {
        StructuredMatrixScaling ofTwelve = fit(Form.MATRIX, DataSets.a());
        assertThat(ofTwelve.summary().status()).isEqualTo(Status.CONVERGED);
        assertThat(ofTwelve.summary().objectiveAfter())
                .isCloseTo(.56242116981, within(LIKELIHOOD_TOLERANCE));
        double[] differences = {
            -.0365040107, -.1828139280, .0713412234,
            .0380325305, .1187121450, -.1155541802,
            -.0197805248, .1234578554, .0884259132
        };
        double[] weights = differences.clone();
        Arrays.setAll(weights, i -> differences[i] + (i % 4 == 0 ? 1 : 0));
        assertThat(ofTwelve.summary().parameters().get("weights"))
                .containsExactly(weights, within(WEIGHT_TOLERANCE));
        assertThat(ofTwelve.summary().parameters().get("bias"))
                .containsExactly(
                        new double[] {.0507329655, .0226422942, -.0733752597},
                        within(WEIGHT_TOLERANCE));
        assertRow(ofTwelve, DataSets.a(), 0, .8788416542, .1015601674, .0195981785);
        StructuredMatrixScaling ofMany = fit(Form.MATRIX, DataSets.b());
        assertThat(ofMany.summary().objectiveAfter())
                .isCloseTo(1.08113592505, within(LIKELIHOOD_TOLERANCE));
        assertRow(ofMany, DataSets.b(), 0, .2305351183, .2478155311, .0812219518, .4404273989);
    }

    @ParameterizedTest
    @EnumSource(Form.class)
    void aStrongPenaltyLeavesTheTemperatureWithItsSmoothing(Form form) {
        DataSets data = DataSets.b();
        Calibrator strong =
                builder().optForm(form).optPenalty(1e12).fit(logits(data), labels(data));
        NDArray expected =
                TemperatureScaling.builder()
                        .optLaplaceSmoothing(true)
                        .fit(logits(data), labels(data))
                        .apply(logits(data));
        assertThat(values(strong.apply(logits(data)).softmax(1)))
                .containsExactly(values(expected.softmax(1)), within(FIT_TOLERANCE));
    }

    @Test
    void theFormFollowsTheNumberOfClasses() {
        assertThat(fitForm(3, null)).isEqualTo(Form.MATRIX);
        assertThat(fitForm(201, null)).isEqualTo(Form.VECTOR);
        assertThat(fitForm(3, Form.VECTOR)).isEqualTo(Form.VECTOR);
    }

    private Form fitForm(int classes, Form form) {
        DataSets data = DataSets.random(52, 10, classes);
        return builder().optForm(form).fit(logits(data), labels(data)).form();
    }

    @Test
    void endsAtTheIdentityWhereSmoothingWouldBeWorse() {
        NDArray logits = array(new double[][] {{1000, 0, -1000}, {-1000, 0, 1000}});
        Calibrator calibrator = fit(logits, manager.create(new long[] {0, 2}));
        assertThat(calibrator.summary().status()).isEqualTo(Status.TEMPERATURE_TO_ZERO);
        assertThat(calibrator.summary().objectiveAfter()).isZero();
        assertThat(values(calibrator.apply(logits).logSoftmax(1)))
                .containsExactly(values(logits.logSoftmax(1)));
    }

    @Test
    void refusesAPenaltyThatIsNotPositive() {
        assertThatThrownBy(() -> builder().optPenalty(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("penalty = 0.0, expected a finite value > 0");
    }
}
