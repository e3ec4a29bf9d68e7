package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import ai.djl.training.loss.Loss;
import dev.candor.losses.SoftBinnedEceLoss.Form;
import dev.candor.losses.SoftBinnedEceLoss.Membership;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Two engines, and two ways to the gradient, give the same numbers. */
class Nd4jAgreementTest {

    private static final double TOLERANCE = 1e-9;

    static Stream<Arguments> losses() {
        return Stream.of(
                pair("focal, gamma 0", FocalLoss.of(0), oracle -> oracle.focal(0)),
                pair("focal, gamma 1", FocalLoss.of(1), oracle -> oracle.focal(1)),
                pair("focal, gamma 3", FocalLoss.of(), oracle -> oracle.focal(3)),
                pair("focal, gamma 5", FocalLoss.of(5), oracle -> oracle.focal(5)),
                pair(
                        "sample-dependent focal",
                        SampleDependentFocalLoss.of(),
                        Nd4jOracle::sampleDependentFocal),
                pair("inverse focal", InverseFocalLoss.of(2), oracle -> oracle.inverseFocal(2)),
                pair("dual focal", DualFocalLoss.of(5), oracle -> oracle.dualFocal(5)),
                pair(
                        "AdaFocal",
                        AdaFocalLoss.builder()
                                .optGammas(
                                        AdaFocalGammas.of(
                                                new double[] {0, 0.5, 1}, new double[] {1.5, -0.5}))
                                .build(),
                        oracle -> oracle.adaFocal(1.5, -0.5)),
                pair("Poly-1", PolyLoss.of(0.7), oracle -> oracle.poly(0.7)),
                pair(
                        "soft-binned",
                        SoftBinnedEceLoss.of(),
                        oracle -> oracle.softBinnedEce(15, 0.01, 2)),
                pair(
                        "soft-binned, p = 1",
                        SoftBinnedEceLoss.builder().optNorm(1).build(),
                        oracle -> oracle.softBinnedEce(15, 0.01, 1)),
                pair(
                        "soft-binned, p = 3, 5 bins",
                        SoftBinnedEceLoss.builder()
                                .optNorm(3)
                                .optBins(5)
                                .optTemperature(0.1)
                                .build(),
                        oracle -> oracle.softBinnedEce(5, 0.1, 3)),
                pair(
                        "triangular",
                        SoftBinnedEceLoss.builder()
                                .optMembership(Membership.TRIANGULAR)
                                .optNorm(1)
                                .build(),
                        oracle -> oracle.triangularEce(15, 1)),
                pair(
                        "label-binned",
                        SoftBinnedEceLoss.builder()
                                .optForm(Form.LABEL_BINNED)
                                .optRoot(false)
                                .build(),
                        oracle -> oracle.labelBinned(15, 0.01, false)),
                pair(
                        "label-binned from chance",
                        SoftBinnedEceLoss.builder()
                                .optForm(Form.LABEL_BINNED)
                                .optCentresFromChance(true)
                                .optRoot(false)
                                .build(),
                        oracle -> oracle.labelBinned(15, 0.01, true)),
                pair("AvUC", AvucLoss.of(0.6), oracle -> oracle.avuc(0.6)),
                pair("soft AvUC", SoftAvucLoss.of(), oracle -> oracle.softAvuc(0.5, 1)),
                pair(
                        "soft AvUC, colder",
                        SoftAvucLoss.of(0.3, 0.2),
                        oracle -> oracle.softAvuc(0.3, 0.2)),
                pair(
                        "MMCE",
                        MmceLoss.builder().optForm(MmceLoss.Form.PLAIN).build(),
                        oracle -> oracle.mmce(0.4)),
                pair("weighted MMCE", MmceLoss.of(), oracle -> oracle.weightedMmce(0.4, false)),
                pair(
                        "weighted MMCE, narrow",
                        MmceLoss.builder().optWidth(0.05).build(),
                        oracle -> oracle.weightedMmce(0.05, false)),
                pair(
                        "weighted MMCE, legacy",
                        MmceLoss.builder().optForm(MmceLoss.Form.WEIGHTED_LEGACY).build(),
                        oracle -> oracle.weightedMmce(0.4, true)));
    }

    private static Arguments pair(
            String name, Loss loss, Function<Nd4jOracle, Nd4jOracle.Result> oracle) {
        return arguments(name, loss, oracle);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("losses")
    void agreesOnRandomBatches(
            String name, Loss loss, Function<Nd4jOracle, Nd4jOracle.Result> oracle) {
        int[][] shapes = {{1, 2}, {2, 3}, {7, 4}, {64, 10}, {200, 3}};
        for (int seed = 0; seed < shapes.length; seed++) {
            int rows = shapes[seed][0];
            int classes = shapes[seed][1];
            assertAgreement(
                    loss,
                    oracle,
                    LossProbe.randomLogits(seed, rows, classes, 1.5),
                    LossProbe.randomLabels(seed + 10, rows, classes));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("losses")
    void agreesOnSamplesOfEqualConfidence(
            String name, Loss loss, Function<Nd4jOracle, Nd4jOracle.Result> oracle) {
        double[][] logits = LossProbe.randomLogits(3, 24, 3, 1);
        for (int i = 1; i < 24; i++) {
            logits[i] = logits[i % 5].clone();
        }
        assertAgreement(loss, oracle, logits, LossProbe.randomLabels(4, 24, 3));
    }

    @Test
    void agreesOnClassBalancedFocalLoss() {
        assertAgreement(
                ClassBalancedFocalLoss.builder()
                        .setBeta(0.99)
                        .setCounts(50, 30, 10, 2)
                        .optGamma(2)
                        .build(),
                oracle -> oracle.classBalancedFocal(0.99, 2, 50, 30, 10, 2),
                LossProbe.randomLogits(5, 40, 4, 1.5),
                LossProbe.randomLabels(6, 40, 4));
    }

    private static void assertAgreement(
            Loss loss,
            Function<Nd4jOracle, Nd4jOracle.Result> oracle,
            double[][] logits,
            long[] labels) {
        LossProbe probe = LossProbe.of(loss, logits, labels);
        Nd4jOracle.Result expected = oracle.apply(new Nd4jOracle(logits, labels));
        assertThat(probe.value()).isCloseTo(expected.value(), within(TOLERANCE));
        assertThat(probe.gradient()).containsExactly(expected.gradient(), within(TOLERANCE));
    }
}
