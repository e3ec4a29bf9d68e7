package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RcftLossTest extends LossContract {

    private static final double[][] LOGITS = {
        {2, .5, -1, .1}, {.3, 1.9, .2, -.4}, {3, 0, .5, -.5}, {.1, .2, 0, .3}, {-1, .4, 2.6, .9}
    };
    private static final long[] ANSWERS = {0, 2, 0, 3, 1};
    private static final BinAccuracy E_STEP =
            BinAccuracy.of(
                    new double[] {0, 0, 1, 0, 0, 0, 0, .5, 1, 0},
                    new long[] {0, 0, 1, 0, 0, 0, 1, 2, 1, 0});
    private static final BinAccuracy FOUR_BINS =
            BinAccuracy.of(new double[] {.3, .6, .75, .9}, new long[] {0, 4, 3, 7});

    @Override
    Map<String, Loss> goldens() {
        return Map.of();
    }

    @Override
    Loss loss() {
        return RcftLoss.of(FOUR_BINS);
    }

    private static Loss attached(BinAccuracy accuracy) {
        return RcftLoss.builder(accuracy).optAttachedTargets(true).build();
    }

    @Override
    boolean takesDistributions() {
        return true;
    }

    @Override
    boolean stopsGradient() {
        return true;
    }

    static Stream<Arguments> goldenCases() {
        double[] detached = {
            0.0534215460, -0.0243865697, -0.0079953114, -0.0210396649,
            -0.1633216950, 0.3945535498, -0.1489726548, -0.0822592000,
            -0.0463848884, 0.0133121856, 0.0258745720, 0.0071981308,
            0.1284987897, 0.1549964127, 0.1066522573, -0.3901474597,
            -0.0058720507, -0.0229998706, 0.0606811115, -0.0318091902
        };
        double[] attached = {
            0.0534215460, -0.0259732131, -0.0066396841, -0.0208086488,
            -0.1641310256, 0.3945535498, -0.1488681847, -0.0815543394,
            -0.0463848884, 0.0133121856, 0.0258745720, 0.0071981308,
            0.1284987897, 0.1549964127, 0.1066522573, -0.3901474597,
            -0.0051816242, -0.0225466011, 0.0606811115, -0.0329528862
        };
        double[][] three = {{1.2, .3, -.8}, {.1, .4, .2}, {-2, .5, 2.5}};
        double[][] two = {{1.2, .3}, {.1, .4}, {-2, .5}};
        return Stream.of(
                Arguments.of("four options", RcftLoss.of(E_STEP), LOGITS, 1.3812745327, detached),
                Arguments.of("attached", attached(E_STEP), LOGITS, 1.3812745327, attached),
                Arguments.of(
                        "three options",
                        RcftLoss.of(FOUR_BINS),
                        three,
                        0.0266425717,
                        new double[] {
                            -0.0291365252,
                            0.0288007484,
                            0.0003357768,
                            0.0156570981,
                            -0.0374528437,
                            0.0217957456,
                            -0.0000445849,
                            0.0026457232,
                            -0.0026011382
                        }),
                Arguments.of(
                        "three options, attached",
                        attached(FOUR_BINS),
                        three,
                        0.0266425717,
                        new double[] {
                            -0.0291365252,
                            0.0271510570,
                            0.0019854682,
                            0.0158405065,
                            -0.0374528437,
                            0.0216123372,
                            0.0001383696,
                            0.0024627686,
                            -0.0026011382
                        }),
                Arguments.of(
                        "two options",
                        RcftLoss.of(FOUR_BINS),
                        two,
                        0.0217301030,
                        new double[] {
                            -0.0106998523,
                            0.0106998523,
                            0.0572219813,
                            -0.0572219813,
                            -0.0009671036,
                            0.0009671036
                        }));
    }

    /** Made with torch 2.13 in float64. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("goldenCases")
    void reproducesValueAndGradient(
            String name, Loss loss, double[][] logits, double value, double[] gradient) {
        long[] answers = new long[logits.length];
        LossProbe probe = LossProbe.of(loss, logits, answers);
        assertThat(probe.value()).isCloseTo(value, within(FLOAT64_TOLERANCE));
        assertThat(probe.gradient()).containsExactly(gradient, within(FLOAT64_TOLERANCE));
        LossProbe single = LossProbe.of(loss, logits, answers, DataType.FLOAT32);
        assertThat(single.value()).isCloseTo(value, within(FLOAT32_TOLERANCE));
        assertThat(single.gradient()).containsExactly(gradient, within(FLOAT32_GRADIENT_TOLERANCE));
    }

    /** Made with torch 2.13 in float64. */
    @Test
    void reproducesTheValueOfOtherAccuracies() {
        long[] counts = new long[10];
        Arrays.fill(counts, 2);
        double[] accuracies = {0, .1, .15, .25, .35, .45, .55, .6, .7, .8};
        Loss loss = RcftLoss.of(BinAccuracy.of(accuracies, counts));
        assertThat(LossProbe.of(loss, LOGITS, ANSWERS).value())
                .isCloseTo(0.0686627676, within(FLOAT64_TOLERANCE));
    }

    @Test
    void theAttachedGradientEqualsCentralDifferences() {
        double[][] logits = LossProbe.randomLogits(11, 7, 4, 1.5);
        double[] differences =
                LossProbe.centralDifferences(
                        attached(FOUR_BINS),
                        logits,
                        manager -> manager.create(new long[7]),
                        DIFFERENCE_STEP);
        assertThat(LossProbe.of(attached(FOUR_BINS), logits, new long[7]).gradient())
                .containsExactly(differences, within(DIFFERENCE_TOLERANCE));
    }

    @Test
    void theDetachedGradientEqualsCentralDifferencesAtFixedTargets() {
        double[][] logits = LossProbe.randomLogits(11, 7, 4, 1.5);
        double[] expected = new double[28];
        for (int i = 0; i < 7; i++) {
            double[] p = softmax(logits[i]);
            int first = indexOfMax(p);
            int bin = Math.min(3, (int) (4 * p[first]));
            double[] target = targets(p, first, FOUR_BINS.accuracies()[bin]);
            double weight = 1.0 / Math.max(1, FOUR_BINS.counts()[bin]);
            double mean = 0;
            for (int j = 0; j < 4; j++) {
                mean += 2 * weight * (p[j] - target[j]) * p[j];
            }
            for (int j = 0; j < 4; j++) {
                expected[4 * i + j] = p[j] * (2 * weight * (p[j] - target[j]) - mean);
            }
        }
        assertThat(LossProbe.of(loss(), logits, new long[7]).gradient())
                .containsExactly(expected, within(FLOAT64_TOLERANCE));
    }

    static Stream<Arguments> goldenTargets() {
        return Stream.of(
                Arguments.of(
                        0.4,
                        new double[] {.2, .15, .05},
                        new double[] {0.2225259865, 0.2144814715, 0.1629925420}),
                Arguments.of(
                        0.9,
                        new double[] {.03, .02, .01},
                        new double[] {0.0333406623, 0.0333406478, 0.0333186898}),
                Arguments.of(
                        0,
                        new double[] {.3, .2, .1},
                        new double[] {0.3769472886, 0.3402025604, 0.2828501510}));
    }

    /** Made with torch 2.13 in float64. */
    @ParameterizedTest
    @MethodSource("goldenTargets")
    void reproducesTheGoldenTargets(double accuracy, double[] others, double[] tau) {
        double first = 1 - Arrays.stream(others).sum();
        double[] p = {others[1], first, others[0], others[2]};
        assertThat(targets(p, 1, accuracy))
                .containsExactly(
                        new double[] {tau[1], accuracy, tau[0], tau[2]}, within(FLOAT64_TOLERANCE));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5, 26})
    void targetsSumToOneAndKeepTheOrderOfTheOthers(int options) {
        double[][] logits = LossProbe.randomLogits(17, 40, options, 3);
        for (int i = 0; i < logits.length; i++) {
            double[] p = softmax(logits[i]);
            int first = indexOfMax(p);
            double accuracy = i / 39.0;
            double[] target = targets(p, first, accuracy);
            assertThat(Arrays.stream(target).sum()).isCloseTo(1, within(FLOAT64_TOLERANCE));
            assertThat(target[first]).isCloseTo(accuracy, within(FLOAT64_TOLERANCE));
            for (int j = 0; j < options; j++) {
                for (int l = 0; l < options; l++) {
                    if (j != first && l != first && p[j] >= p[l]) {
                        assertThat(target[j]).isGreaterThanOrEqualTo(target[l]);
                    }
                }
            }
        }
    }

    @Test
    void regularisesCertainAnswersToo() {
        double[][] certain = {{30, 0, 0, 0}};
        BinAccuracy accuracy =
                BinAccuracy.of(
                        new double[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0.4},
                        new long[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 5});
        assertThat(LossProbe.of(RcftLoss.of(accuracy), certain, new long[] {0}).value())
                .isCloseTo((0.36 + 3 * 0.04) / 5, within(1e-6));
    }

    @Test
    void aBinThatWasEmptyCountsAsOneSample() {
        double[][] even = {{0, 0, 0, 0}};
        Loss loss = RcftLoss.of(BinAccuracy.of(new double[10], new long[10]));
        LossProbe probe = LossProbe.of(loss, even, new long[] {0});
        assertThat(probe.value())
                .isCloseTo(0.0625 + 3 * Math.pow(0.25 - 1 / 3.0, 2), within(FLOAT64_TOLERANCE));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1, 100, 1000})
    void theAttachedGradientStaysFinite(double scale) {
        double[][] logits = {{scale, -scale, 0}, {scale, scale, -scale}, {0, 0, -scale}};
        for (double accuracy : new double[] {0, 0.5, 1}) {
            Loss loss = attached(BinAccuracy.of(new double[] {accuracy}, new long[] {3}));
            for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
                LossProbe probe = LossProbe.of(loss, logits, new long[3], type);
                assertThat(probe.isFinite()).as("%s", probe).isTrue();
            }
        }
    }

    @Test
    void takesTheNextEStep() {
        RcftLoss loss = RcftLoss.of(FOUR_BINS);
        assertThat(loss.accuracy()).isSameAs(FOUR_BINS);
        loss.update(E_STEP);
        assertThat(LossProbe.of(loss, LOGITS, ANSWERS).value())
                .isCloseTo(1.3812745327, within(FLOAT64_TOLERANCE));
    }

    private static double[] targets(double[] p, int first, double accuracy) {
        try (NDManager manager = NDManager.newBaseManager()) {
            double[] oneHot = new double[p.length];
            oneHot[first] = 1;
            NDArray logs = manager.create(p, new Shape(1, p.length)).log();
            NDArray top = manager.create(oneHot, new Shape(1, p.length));
            NDArray target = manager.create(new double[] {accuracy});
            return RcftLoss.targets(logs, top, target).toDoubleArray();
        }
    }

    private static double[] softmax(double[] logits) {
        double sum = Arrays.stream(logits).map(Math::exp).sum();
        return Arrays.stream(logits).map(z -> Math.exp(z) / sum).toArray();
    }

    private static int indexOfMax(double[] values) {
        int best = 0;
        for (int k = 1; k < values.length; k++) {
            best = values[k] > values[best] ? k : best;
        }
        return best;
    }
}
