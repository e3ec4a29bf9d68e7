package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.candor.calibrators.internal.LabelledLogits;
import java.util.Arrays;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LikelihoodPassTest {

    private static final double RELATIVE_TOLERANCE = 1e-11;
    private static final double DIFFERENCE_STEP = 1e-5;
    private static final double DIFFERENCE_TOLERANCE = 1e-7;

    private NDManager manager;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private LabelledLogits samples(DataSets data, DataType type, double[] weights) {
        double[] flat = Arrays.stream(data.logits()).flatMapToDouble(Arrays::stream).toArray();
        Shape shape = new Shape(data.logits().length, data.logits()[0].length);
        NDArray logits = manager.create(flat, shape).toType(type, false);
        NDArray labels = manager.create(data.labels());
        return LabelledLogits.of(
                manager, logits, labels, weights == null ? null : manager.create(weights));
    }

    /** Sizes of one chunk, of many, and of rows longer than a block. */
    @ParameterizedTest
    @CsvSource({"1, 2", "7, 3", "30000, 3", "500, 1000", "5, 70000"})
    void hostAndEngineAgree(int rows, int classes) {
        DataSets data = DataSets.random(31, rows, classes);
        double[] weights = new double[rows];
        Arrays.setAll(weights, i -> i % 3 + 1);
        for (DataType type :
                new DataType[] {DataType.FLOAT16, DataType.FLOAT32, DataType.FLOAT64}) {
            LabelledLogits samples = samples(data, type, weights);
            for (double beta : new double[] {1e-6, 0.3, 1, 5, 1e6}) {
                assertAgree(
                        new HostPass(samples).at(beta, true),
                        new DevicePass(samples).at(beta, true));
                assertAgree(
                        new HostPass(samples).at(beta, false),
                        new DevicePass(samples).at(beta, false));
            }
        }
    }

    private static void assertAgree(LikelihoodPass.Means host, LikelihoodPass.Means engine) {
        Stream.<ToDoubleFunction<LikelihoodPass.Means>>of(
                        LikelihoodPass.Means::likelihood,
                        LikelihoodPass.Means::slope,
                        LikelihoodPass.Means::variance,
                        LikelihoodPass.Means::third,
                        LikelihoodPass.Means::identity,
                        LikelihoodPass.Means::spread,
                        LikelihoodPass.Means::deficit)
                .forEach(
                        number -> {
                            double expected = number.applyAsDouble(engine);
                            double tolerance = RELATIVE_TOLERANCE * Math.max(1, Math.abs(expected));
                            assertThat(number.applyAsDouble(host))
                                    .as("%s and %s", host, engine)
                                    .isCloseTo(expected, within(tolerance));
                        });
    }

    @Test
    void theDerivativesAreThoseOfTheLikelihood() {
        LikelihoodPass pass = new HostPass(samples(DataSets.b(), DataType.FLOAT64, null));
        for (double u : new double[] {-3, -1, 0, 0.5}) {
            LikelihoodPass.Means below = pass.at(Math.exp(u - DIFFERENCE_STEP), false);
            LikelihoodPass.Means here = pass.at(Math.exp(u), false);
            LikelihoodPass.Means above = pass.at(Math.exp(u + DIFFERENCE_STEP), false);
            assertDifference(above.local().value(), below.local().value(), here.local().first());
            assertDifference(above.local().first(), below.local().first(), here.local().second());
            assertDifference(above.local().second(), below.local().second(), here.local().third());
        }
    }

    private static void assertDifference(double above, double below, double derivative) {
        double difference = (above - below) / (2 * DIFFERENCE_STEP);
        assertThat(derivative)
                .isCloseTo(
                        difference,
                        within(DIFFERENCE_TOLERANCE * Math.max(1, Math.abs(derivative))));
    }

    /** Golden values: torch 2.13 in float64, at T = e^0.3. */
    @Test
    void reproducesTheGoldenDerivatives() {
        LikelihoodPass pass = new HostPass(samples(DataSets.a(), DataType.FLOAT64, null));
        LikelihoodPass.Means means = pass.at(Math.exp(-0.3), false);
        assertThat(means.local().value()).isCloseTo(.625275121263, within(1e-11));
        assertThat(means.local().first()).isCloseTo(-.0101992772601, within(1e-11));
        assertThat(means.local().second()).isCloseTo(.488698260031, within(1e-11));
    }

    @Test
    void readsLogitsThatAreNotContiguous() {
        DataSets data = DataSets.random(32, 40, 40);
        LabelledLogits samples = samples(data, DataType.FLOAT64, null);
        NDArray logits = samples.chunk(manager, 0, 40).logits().transpose().duplicate();
        LabelledLogits transposed =
                LabelledLogits.of(manager, logits.transpose(), manager.create(data.labels()), null);
        assertThat(new HostPass(transposed).at(0.5, true))
                .isEqualTo(new HostPass(samples).at(0.5, true));
    }

    @Test
    void twoPassesGiveTheSameToTheLastBit() {
        LabelledLogits samples = samples(DataSets.random(33, 60000, 4), DataType.FLOAT32, null);
        LikelihoodPass.Means once = new HostPass(samples).at(0.7, true);
        for (int i = 0; i < 10; i++) {
            assertThat(new HostPass(samples).at(0.7, true)).isEqualTo(once);
        }
    }
}
