package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Does not inherit {@link LossContract}, whose labels are class indices; states the same here. */
class DistributionBalancedLossTest {

    private static final double[][] LOGITS = {
        {1, -.5, -2, .3}, {-1, .8, .1, -1.5}, {.4, .2, 1.2, -.7}
    };
    private static final double[] LABELS = {1, 0, 0, 0, 0, 1, 1, 0, 1, 0, 0, 1};
    private static final Shape SHAPE = new Shape(3, 4);
    private static final long[] COUNTS = {60, 25, 8, 3};
    private static final long SAMPLES = 100;

    private static DistributionBalancedLoss.Builder unfocused() {
        return DistributionBalancedLoss.builder().setSamples(SAMPLES).setCounts(COUNTS).optGamma(0);
    }

    static Stream<Arguments> goldens() {
        return Stream.of(
                Arguments.of(
                        "DB-FL",
                        DistributionBalancedLoss.of(SAMPLES, COUNTS),
                        0.0328638204,
                        new double[] {
                            -0.0017444840, 0.0019051885, 0.0000003872, 0.0186699723,
                            0.0000226243, -0.0003715268, -0.0037629804, 0.0000053299,
                            -0.0006600952, 0.0017771931, 0.0047728688, -0.0215262023
                        }),
                Arguments.of(
                        "DB",
                        unfocused().build(),
                        0.0937058557,
                        new double[] {
                            -0.0091753776, 0.0113619317, 0.0006482571, 0.0257933824,
                            0.0005164361, -0.0013599033, -0.0061926762, 0.0015571003,
                            -0.0016551620, 0.0023926787, 0.0038973838, -0.0214024041
                        }),
                Arguments.of(
                        "NTR-FL",
                        DistributionBalancedLoss.negativeTolerantFocal(SAMPLES, COUNTS),
                        0.1378571473,
                        new double[] {
                            -0.0020991108, 0.0034639800, 0.0000007040, 0.0339454041,
                            0.0004509584, -0.0036642687, -0.0127993678, 0.0000096908,
                            -0.0065878653, 0.0354068974, 0.0914603931, -0.0295674106
                        }),
                Arguments.of(
                        "R-FL",
                        DistributionBalancedLoss.rebalancedFocal(COUNTS),
                        0.0392736689,
                        new double[] {
                            -0.0018207500, 0.0063221106, 0.0002232514, 0.0196857131,
                            0.0002198302, -0.0003338294, -0.0031831938, 0.0007805826,
                            -0.0006828598, 0.0016039584, 0.0037139395, -0.0189652081
                        }));
    }

    /** Made with torch 2.13 in float64. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("goldens")
    void reproducesTheGoldenValuesAndGradients(
            String name, Loss loss, double value, double[] gradient) {
        LossProbe probe = probe(loss, LOGITS, LABELS, DataType.FLOAT64);
        assertThat(probe.value()).isCloseTo(value, within(LossContract.FLOAT64_TOLERANCE));
        assertThat(probe.gradient())
                .containsExactly(gradient, within(LossContract.FLOAT64_TOLERANCE));
        LossProbe single = probe(loss, LOGITS, LABELS, DataType.FLOAT32);
        assertThat(single.value()).isCloseTo(value, within(LossContract.FLOAT32_TOLERANCE));
        assertThat(single.gradient())
                .containsExactly(gradient, within(LossContract.FLOAT32_GRADIENT_TOLERANCE));
    }

    /** Made with torch 2.13 in float64. */
    @Test
    void reproducesTheGoldenValuesOfOtherParameters() {
        Loss strict =
                DistributionBalancedLoss.builder()
                        .setSamples(50)
                        .setCounts(40, 10, 4)
                        .optSmoothing(0.1, 10, 0.3)
                        .optTolerance(0.05, 5)
                        .build();
        assertThat(
                        probe(
                                        strict,
                                        new double[][] {{.5, -1, 2}},
                                        new double[] {1, 0, 1},
                                        DataType.FLOAT64)
                                .value())
                .isCloseTo(0.0025078547, within(LossContract.FLOAT64_TOLERANCE));
        Loss lenient =
                DistributionBalancedLoss.builder()
                        .setSamples(60)
                        .setCounts(30, 12, 5)
                        .optSmoothing(0.1, 10, 0.2)
                        .build();
        assertThat(
                        probe(
                                        lenient,
                                        new double[][] {{-2, .1, .6}, {1.5, -.4, -.8}},
                                        new double[] {0, 1, 0, 1, 0, 0},
                                        DataType.FLOAT64)
                                .value())
                .isCloseTo(0.0477803092, within(LossContract.FLOAT64_TOLERANCE));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("goldens")
    void gradientEqualsCentralDifferences(String name, Loss loss) {
        double[][] logits = LossProbe.randomLogits(91, 5, 4, 1.5);
        double[] labels = {1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1, 0, 1, 0, 1};
        double[] differences =
                LossProbe.centralDifferences(
                        loss,
                        logits,
                        manager -> manager.create(labels, new Shape(5, 4)),
                        LossContract.DIFFERENCE_STEP);
        assertThat(probe(loss, logits, labels, DataType.FLOAT64).gradient())
                .containsExactly(differences, within(LossContract.DIFFERENCE_TOLERANCE));
    }

    @Test
    void withNothingSwitchedOnItIsHalfTheBinaryCrossEntropy() {
        Loss plain = unfocused().optRebalanced(false).optTolerant(false).build();
        double expected = 0;
        for (int i = 0; i < 12; i++) {
            double z = LOGITS[i / 4][i % 4];
            expected += Math.log1p(Math.exp(LABELS[i] == 1 ? -z : z)) / 24;
        }
        assertThat(probe(plain, LOGITS, LABELS, DataType.FLOAT64).value())
                .isCloseTo(expected, within(LossContract.FLOAT64_TOLERANCE));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1, 100, 1000})
    void staysFiniteOnSaturatedLogits(double scale) {
        double[][] logits = {
            {scale, -scale, 0, scale}, {-scale, scale, 0, -scale}, {scale, scale, -scale, 0}
        };
        for (Arguments golden : goldens().toList()) {
            for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
                LossProbe probe = probe((Loss) golden.get()[1], logits, LABELS, type);
                assertThat(probe.isFinite()).as("%s at %s", probe, scale).isTrue();
            }
        }
    }

    @Test
    void aSampleWithoutLabelsWeighsAtMost() {
        double[][] logits = {LOGITS[0]};
        double[] none = new double[4];
        double weight = 1.1;
        Loss rebalanced = unfocused().optTolerant(false).build();
        Loss plain = unfocused().optTolerant(false).optRebalanced(false).build();
        for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
            LossProbe probe = probe(rebalanced, logits, none, type);
            assertThat(probe.isFinite()).isTrue();
            assertThat(probe.value())
                    .isCloseTo(
                            weight * probe(plain, logits, none, type).value(),
                            within(LossContract.FLOAT32_TOLERANCE));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"INT32", "INT64", "UINT8", "FLOAT32", "BOOLEAN"})
    void takesLabelsOfAnyType(DataType type) {
        Loss loss = DistributionBalancedLoss.of(SAMPLES, COUNTS);
        assertThat(
                        LossProbe.valueOf(
                                loss,
                                LOGITS,
                                manager -> manager.create(LABELS, SHAPE).toType(type, false)))
                .isEqualTo(probe(loss, LOGITS, LABELS, DataType.FLOAT64).value());
    }

    @Test
    void takesTokens() {
        Loss loss = DistributionBalancedLoss.of(SAMPLES, COUNTS);
        LossProbe tokens =
                LossProbe.of(
                        loss,
                        LossProbe.flat(LOGITS),
                        new Shape(1, 3, 4),
                        DataType.FLOAT64,
                        manager -> manager.create(LABELS, new Shape(1, 3, 4)));
        LossProbe rows = probe(loss, LOGITS, LABELS, DataType.FLOAT64);
        assertThat(tokens.value()).isEqualTo(rows.value());
        assertThat(tokens.gradient()).containsExactly(rows.gradient());
    }

    @Test
    void takesHalfPrecisionLogits() {
        Loss loss = DistributionBalancedLoss.of(SAMPLES, COUNTS);
        LossProbe half = probe(loss, LOGITS, LABELS, DataType.FLOAT16);
        assertThat(half.value()).isCloseTo(0.0328638204, within(1e-3));
        assertThat(half.isFinite()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT32", "FLOAT64"})
    void theValueHasTheTypeOfTheLogits(DataType type) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray logits = manager.create(LossProbe.flat(LOGITS), SHAPE).toType(type, false);
            NDArray labels = manager.create(LABELS, SHAPE);
            NDArray value =
                    DistributionBalancedLoss.of(SAMPLES, COUNTS)
                            .evaluate(new NDList(labels), new NDList(logits));
            assertThat(value.getDataType()).isEqualTo(type);
            assertThat(value.getShape()).isEqualTo(new Shape());
        }
    }

    @Test
    void leavesTheLogitsOfTheCallerAlone() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray logits = manager.create(LossProbe.flat(LOGITS), SHAPE);
            NDArray labels = manager.create(LABELS, SHAPE);
            DistributionBalancedLoss.of(SAMPLES, COUNTS)
                    .evaluate(new NDList(labels), new NDList(logits));
            assertThat(logits.toDoubleArray()).containsExactly(LossProbe.flat(LOGITS));
            assertThat(labels.toDoubleArray()).containsExactly(LABELS);
        }
    }

    @Test
    void readsNoValueToTheHostAndLeavesNoArrayBehind() {
        Loss loss = DistributionBalancedLoss.of(SAMPLES, COUNTS);
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList logits = new NDList(manager.create(LossProbe.flat(LOGITS), SHAPE));
            NDList labels = new NDList(manager.create(LABELS, SHAPE));
            LossContract.assertReadsNoValue(loss, labels, logits);
            LossContract.assertLeavesNoArray(loss, manager, labels, logits);
        }
    }

    @Test
    void refusesClassIndices() {
        assertThatThrownBy(
                        () ->
                                LossProbe.valueOf(
                                        DistributionBalancedLoss.of(SAMPLES, COUNTS),
                                        LOGITS,
                                        manager -> manager.create(new long[] {0, 1, 2})))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("labels hold class indices");
    }

    @Test
    void refusesLabelsOtherThanZeroAndOneWhenAskedTo() {
        Loss loss =
                DistributionBalancedLoss.builder()
                        .setSamples(SAMPLES)
                        .setCounts(COUNTS)
                        .optValidate(true)
                        .build();
        double[] labels = LABELS.clone();
        labels[6] = 0.5;
        assertThat(probe(loss, LOGITS, LABELS, DataType.FLOAT64).value())
                .isCloseTo(0.0328638204, within(LossContract.FLOAT64_TOLERANCE));
        assertThatThrownBy(() -> probe(loss, LOGITS, labels, DataType.FLOAT64))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("labels[1][2] = 0.5, expected 0 or 1");
    }

    @Test
    void refusesCountsThatDoNotFit() {
        assertThatThrownBy(() -> DistributionBalancedLoss.of(60, COUNTS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("counts[0] = 60, expected 1..59");
        assertThatThrownBy(() -> DistributionBalancedLoss.rebalancedFocal(3, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("counts[1] = 0");
        assertThatThrownBy(() -> DistributionBalancedLoss.builder().build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("counts = 0, expected at least 1");
        double[][] narrow = {{1, 2}};
        assertThatThrownBy(
                        () ->
                                probe(
                                        DistributionBalancedLoss.of(SAMPLES, COUNTS),
                                        narrow,
                                        new double[] {0, 1},
                                        DataType.FLOAT64))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2 classes, expected 4");
    }

    @Test
    void refusesParametersOutOfRange() {
        DistributionBalancedLoss.Builder builder = DistributionBalancedLoss.builder();
        assertThatThrownBy(() -> builder.optTolerance(0.05, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("lambda = 0.0");
        assertThatThrownBy(() -> builder.optSmoothing(-0.1, 10, 0.9))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("alpha = -0.1");
        assertThatThrownBy(() -> builder.optGamma(-2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("gamma = -2.0");
    }

    private static LossProbe probe(Loss loss, double[][] logits, double[] labels, DataType type) {
        Shape shape = new Shape(logits.length, logits[0].length);
        return LossProbe.of(
                loss,
                LossProbe.flat(logits),
                shape,
                type,
                manager -> manager.create(labels, shape));
    }
}
