package dev.candor.uncertainty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.candor.calibrators.TemperatureScaling;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PredictiveDistributionTest {

    /** Golden values: numpy in float64, ten digits. */
    private static final double GOLDEN_TOLERANCE = 1e-9;

    private static final double ROUNDING = 1e-12;

    private NDManager manager;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    /** Three inputs, four members, three classes: members that disagree, agree, contradict. */
    private PredictiveDistribution golden() {
        double[] byInput = {
            .7, .2, .1, .5, .3, .2, .2, .5, .3, .6, .3, .1, //
            .9, .05, .05, .88, .07, .05, .92, .05, .03, .9, .06, .04, //
            1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0
        };
        return PredictiveDistribution.ofProbabilities(
                manager.create(byInput, new Shape(3, 4, 3)).transpose(1, 0, 2));
    }

    @Test
    void reproducesTheGoldenDecomposition() {
        PredictiveDistribution distribution = golden();
        assertGolden(distribution.predictiveEntropy(), 1.0168705001, 0.3932684343, 1.0397207708);
        assertGolden(distribution.expectedEntropy(), 0.9397675764, 0.3917261114, 0);
        assertGolden(distribution.mutualInformation(), 0.0771029237, 0.0015423229, 1.0397207708);
        assertGolden(distribution.variationRatio(), .25, 0, .5);
        assertGolden(distribution.disagreement(), .5, 0, .8333333333);
        assertGolden(
                distribution.variance().mean(new int[] {1}),
                0.0179166667,
                0.0001125000,
                0.2083333333);
    }

    private static void assertGolden(NDArray found, double... expected) {
        assertThat(found.toDoubleArray()).containsExactly(expected, within(GOLDEN_TOLERANCE));
    }

    @Test
    void averagesProbabilitiesNotLogits() {
        NDArray logits = manager.create(new double[] {4, 0, 0, 1}, new Shape(2, 1, 2));
        PredictiveDistribution distribution = PredictiveDistribution.of(logits);
        assertGolden(distribution.mean(), 0.6254776057, 0.3745223943);
        assertGolden(distribution.logMean().exp(), 0.6254776057, 0.3745223943);
    }

    @Test
    void theEntropiesAddUp() {
        Engine.getInstance().setRandomSeed(4);
        NDArray logits = manager.randomNormal(new Shape(7, 20, 5));
        PredictiveDistribution distribution = PredictiveDistribution.of(logits);
        NDArray sum = distribution.expectedEntropy().add(distribution.mutualInformation());
        assertThat(sum.toDoubleArray())
                .containsExactly(
                        distribution.predictiveEntropy().toDoubleArray(), within(ROUNDING));
        assertThat(distribution.samples()).isEqualTo(7);
        assertThat(distribution.size()).isEqualTo(20);
        assertThat(distribution.classes()).isEqualTo(5);
    }

    @Test
    void aSingleMemberHasNoUncertaintyOfTheModel() {
        NDArray logits = manager.randomNormal(new Shape(1, 6, 4));
        PredictiveDistribution distribution = PredictiveDistribution.of(logits);
        assertThat(distribution.mutualInformation().toDoubleArray())
                .containsExactly(new double[6], within(ROUNDING));
        assertThat(distribution.variationRatio().toDoubleArray()).containsOnly(0);
        assertThat(distribution.disagreement().toDoubleArray()).containsOnly(0);
        assertThat(distribution.logMean().toDoubleArray())
                .containsExactly(
                        logits.squeeze(0)
                                .toType(DataType.FLOAT64, false)
                                .logSoftmax(1)
                                .toDoubleArray(),
                        within(ROUNDING));
    }

    @Test
    void staysFiniteWhereMembersAreSureOfDifferentClasses() {
        NDArray logits = manager.create(new float[] {2000, 0, 0, 0, 2000, 0}, new Shape(2, 1, 3));
        PredictiveDistribution distribution = PredictiveDistribution.of(logits);
        assertGolden(distribution.logMean().exp(), .5, .5, 0);
        assertThat(Arrays.stream(distribution.logMean().toDoubleArray()))
                .allMatch(Double::isFinite);
        assertGolden(distribution.mutualInformation(), Math.log(2));
    }

    @Test
    void calibratesTheAverage() {
        PredictiveDistribution distribution =
                PredictiveDistribution.of(manager.randomNormal(new Shape(3, 4, 5)));
        assertThat(distribution.calibrated(TemperatureScaling.of(2)).toDoubleArray())
                .containsExactly(distribution.logMean().div(2).toDoubleArray(), within(ROUNDING));
    }

    @Test
    void takesTheLogitsOfEachMember() {
        NDArray logits = manager.randomNormal(new Shape(2, 4, 3));
        assertThat(
                        PredictiveDistribution.of(List.of(logits.get(0), logits.get(1)))
                                .mean()
                                .toDoubleArray())
                .containsExactly(
                        PredictiveDistribution.of(logits).mean().toDoubleArray(), within(ROUNDING));
    }

    @Test
    void leavesNothingBehindButItsOwnArrays() {
        try (NDManager scope = manager.newSubManager()) {
            NDArray logits = scope.randomNormal(new Shape(3, 4, 5));
            int before = scope.getManagedArrays().size();
            PredictiveDistribution distribution = PredictiveDistribution.of(logits);
            assertThat(scope.getManagedArrays()).hasSize(before + 2);
            distribution.mutualInformation().close();
            distribution.variationRatio().close();
            distribution.logMean().close();
            assertThat(scope.getManagedArrays()).hasSize(before + 2);
        }
    }

    @Test
    void refusesWhatIsNoDistribution() {
        refuses(manager.ones(new Shape(2, 3)), "[S, N, C]");
        refuses(manager.ones(new Shape(2, 3, 1)), "at least two classes");
        refuses(manager.ones(new Shape(2, 3, 4), DataType.INT32), "type int32");
        refuses(manager.create(new float[] {1, Float.NaN}, new Shape(1, 1, 2)), "NaN or infinity");
        assertThatThrownBy(
                        () ->
                                PredictiveDistribution.ofProbabilities(
                                        manager.create(new double[] {.7, .2}, new Shape(1, 1, 2))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("miss the sum 1 by 0.1");
        assertThatThrownBy(
                        () ->
                                PredictiveDistribution.of(
                                        List.of(
                                                manager.ones(new Shape(2, 3)),
                                                manager.ones(new Shape(2, 4)))))
                .hasMessage("logits[1] have shape (2, 4), those before it (2, 3)");
    }

    private void refuses(NDArray logits, String message) {
        assertThatThrownBy(() -> PredictiveDistribution.of(logits))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }
}
