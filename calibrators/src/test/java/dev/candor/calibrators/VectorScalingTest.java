package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.Shape;
import dev.candor.calibrators.FitSummary.Status;
import org.junit.jupiter.api.Test;

class VectorScalingTest extends AffineContract {

    @Override
    VectorScaling.Builder builder() {
        return VectorScaling.builder();
    }

    @Override
    Calibrator other() {
        return VectorScaling.of(new double[] {1, 2, 3, 4, 5}, new double[5]);
    }

    /** Golden values: torch 2.13 and scipy 1.17.1 in float64. */
    @Test
    void reproducesTheGoldenFit() {
        VectorScaling scaling = VectorScaling.fit(logits(DataSets.b()), labels(DataSets.b()));
        assertThat(scaling.summary().status()).isEqualTo(Status.CONVERGED);
        assertThat(scaling.summary().objectiveAfter())
                .isCloseTo(1.08898528075, within(LIKELIHOOD_TOLERANCE));
        assertThat(scaling.weights())
                .containsExactly(
                        new double[] {.3306340713, .2763791962, .2577086698, .3334051889},
                        within(GOLDEN_TOLERANCE));
        assertThat(scaling.bias())
                .containsExactly(
                        new double[] {-.0923282713, .0510430963, .2340831105, -.1927979355},
                        within(GOLDEN_TOLERANCE));
        assertThat(values(scaling.apply(logits(DataSets.b())).softmax(1).get(0)))
                .containsExactly(
                        new double[] {.2726187619, .2228147591, .0691776664, .4353888126},
                        within(GOLDEN_TOLERANCE));
    }

    @Test
    void weightsAndBiasesAreThoseGiven() {
        VectorScaling given = VectorScaling.of(new double[] {2, -1}, new double[] {0.5, 3});
        assertThat(given.summary().status()).isEqualTo(Status.GIVEN);
        assertThat(values(given.apply(array(new double[][] {{1, 10}, {-2, 4}}))))
                .containsExactly(2.5, -7, -3.5, -1);
        assertThat(values(given.apply(manager.ones(new Shape(2))))).containsExactly(2.5, 2);
        assertThat(given.apply(manager.ones(new Shape(3, 4, 2))).getShape())
                .isEqualTo(new Shape(3, 4, 2));
    }

    @Test
    void givenWeightsAreCopied() {
        double[] weights = {2, -1};
        VectorScaling given = VectorScaling.of(weights, new double[2]);
        weights[0] = 7;
        given.weights()[1] = 7;
        given.bias()[1] = 7;
        assertThat(given.weights()).containsExactly(2, -1);
        assertThat(given.bias()).containsExactly(0, 0);
    }

    @Test
    void refusesWeightsThatDoNotFit() {
        assertThatThrownBy(() -> VectorScaling.of(new double[3], new double[2]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "3 weights and 2 biases, expected one of each for at least two classes");
        assertThatThrownBy(() -> VectorScaling.of(new double[] {1, Double.NaN}, new double[2]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("weights[1] = NaN, expected a finite value");
    }
}
