package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import java.util.Arrays;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Class weights, which every mean over samples takes. */
class SampleLossTest {

    private static final double TOLERANCE = LossContract.FLOAT64_TOLERANCE;

    /** Negative, so that they may be read as distances too. */
    private static final double[][] LOGITS =
            Arrays.stream(LossProbe.randomLogits(71, 6, 3, 1.5))
                    .map(row -> Arrays.stream(row).map(z -> -0.1 - Math.abs(z)).toArray())
                    .toArray(double[][]::new);

    private static final long[] LABELS = {0, 1, 2, 1, 0, 0};

    static Stream<Arguments> losses() {
        return Stream.of(
                of("CrossEntropyLoss", w -> CrossEntropyLoss.builder().optClassWeights(w).build()),
                of(
                        "CrossEntropyLoss with an extra logit",
                        w ->
                                CrossEntropyLoss.builder()
                                        .optExtraLogit(1)
                                        .optClassWeights(w)
                                        .build()),
                of(
                        "LabelSmoothingLoss",
                        w -> LabelSmoothingLoss.builder().optClassWeights(w).build()),
                of(
                        "MarginLabelSmoothingLoss",
                        w ->
                                MarginLabelSmoothingLoss.builder()
                                        .optMargin(1)
                                        .optClassWeights(w)
                                        .build()),
                of("AclsLoss", w -> AclsLoss.builder().optMargin(1).optClassWeights(w).build()),
                of(
                        "ConfidencePenalty",
                        w -> ConfidencePenalty.builder().optClassWeights(w).build()),
                of("LogitNormLoss", w -> LogitNormLoss.builder().optClassWeights(w).build()),
                of("BrierLoss", w -> BrierLoss.builder().optClassWeights(w).build()),
                of("SquentropyLoss", w -> SquentropyLoss.builder().optClassWeights(w).build()),
                of("CpcLoss", w -> CpcLoss.builder().optClassWeights(w).build()),
                of("OneVsAllLoss", w -> OneVsAllLoss.builder().optClassWeights(w).build()),
                of(
                        "OneVsAllDistanceLoss",
                        w -> OneVsAllDistanceLoss.builder().optClassWeights(w).build()),
                of(
                        "DistinctionMaximizationLoss",
                        w -> DistinctionMaximizationLoss.builder().optClassWeights(w).build()));
    }

    private static Arguments of(String name, Function<double[], Loss> loss) {
        return Arguments.of(name, loss);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("losses")
    void eachSampleCountsByTheWeightOfItsClass(String name, Function<double[], Loss> weighted) {
        double[] weights = {0.5, 2, 3};
        Loss even = weighted.apply(new double[] {1, 1, 1});
        double total = 0;
        double mass = 0;
        for (int i = 0; i < LABELS.length; i++) {
            double weight = weights[(int) LABELS[i]];
            double[][] row = {LOGITS[i]};
            total += weight * LossProbe.of(even, row, new long[] {LABELS[i]}).value();
            mass += weight;
        }
        Loss loss = weighted.apply(new double[] {0.5, 2, 3});
        assertThat(LossProbe.of(loss, LOGITS, LABELS).value())
                .isCloseTo(total / mass, within(TOLERANCE));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("losses")
    void aClassOfWeightZeroHasNoGradient(String name, Function<double[], Loss> weighted) {
        Loss loss = weighted.apply(new double[] {1, 0, 1});
        double[] gradient = LossProbe.of(loss, LOGITS, LABELS).gradient();
        for (int i = 0; i < gradient.length; i++) {
            double slope = Math.abs(gradient[i]);
            if (LABELS[i / 3] == 1) {
                assertThat(slope).isZero();
            } else {
                assertThat(slope).isPositive();
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("losses")
    void staysFiniteWhenNothingWeighs(String name, Function<double[], Loss> weighted) {
        Loss loss = weighted.apply(new double[] {1, 1, 0});
        LossProbe probe = LossProbe.of(loss, new double[2][3], new long[] {2, 2});
        assertThat(probe.isFinite()).as("%s", probe).isTrue();
        assertThat(probe.value()).isZero();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("losses")
    void aWeightForEachClassIsNeeded(String name, Function<double[], Loss> weighted) {
        Loss loss = weighted.apply(new double[] {1, 2});
        assertThatThrownBy(() -> LossProbe.of(loss, LOGITS, LABELS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("3 classes, expected 2");
    }

    @Test
    void refusesANegativeWeight() {
        assertThatThrownBy(() -> BrierLoss.builder().optClassWeights(1, -2, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("classWeights[1] = -2.0, expected a finite value >= 0");
    }

    @Test
    void refusesToWeighDistributionsWhereTermsCannotBeTold() {
        Loss loss = BrierLoss.builder().optClassWeights(1, 2, 1).build();
        assertThatThrownBy(
                        () ->
                                LossProbe.of(
                                        loss,
                                        LossProbe.flat(LOGITS),
                                        new Shape(6, 3),
                                        DataType.FLOAT64,
                                        manager -> manager.full(new Shape(6, 3), 1 / 3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("class indices");
    }
}
