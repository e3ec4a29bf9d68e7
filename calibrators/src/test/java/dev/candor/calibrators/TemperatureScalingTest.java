package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.candor.calibrators.FitSummary.Status;
import dev.candor.losses.SoftBinnedEceLoss;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TemperatureScalingTest extends CalibratorContract {

    /** Golden values: torch 2.13 and scipy 1.17.1 in float64. */
    static final double GOLDEN_TOLERANCE = 1e-8;

    static final double LIKELIHOOD_TOLERANCE = 1e-9;

    @Override
    TemperatureScaling fit(NDArray logits, NDArray labels) {
        return TemperatureScaling.fit(logits, labels);
    }

    @Override
    TemperatureScaling fit(DataSets data) {
        return fit(logits(data), labels(data));
    }

    @Override
    Calibrator other() {
        return TemperatureScaling.of(7);
    }

    @Test
    void reproducesTheGoldenFitOfTwelveSamples() {
        assertGolden(
                DataSets.a(),
                0.646544511755,
                1.3222939128,
                0.625169506206,
                new double[] {.8879175501, .0918442621, .0202381878});
    }

    @Test
    void reproducesTheGoldenFitOfTwoHundredSamples() {
        assertGolden(
                DataSets.b(),
                1.71705193519,
                3.33547471874,
                1.09670138117,
                new double[] {.2717587022, .2285376478, .0503857746, .4493178753});
    }

    private void assertGolden(
            DataSets data, double before, double temperature, double after, double[] firstRow) {
        TemperatureScaling scaling = fit(data);
        FitSummary summary = scaling.summary();
        assertThat(summary.status()).isEqualTo(Status.CONVERGED);
        assertThat(scaling.temperature()).isCloseTo(temperature, within(GOLDEN_TOLERANCE));
        assertThat(summary.objectiveBefore()).isCloseTo(before, within(LIKELIHOOD_TOLERANCE));
        assertThat(summary.objectiveAfter()).isCloseTo(after, within(LIKELIHOOD_TOLERANCE));
        assertThat(values(scaling.apply(logits(data)).softmax(1).get(0)))
                .containsExactly(firstRow, within(GOLDEN_TOLERANCE));
    }

    @Test
    void reproducesTheGoldenLaplaceSmoothing() throws IOException {
        assertSmoothed(DataSets.a(), new double[] {.8452572257, .1104203445, .0443224298});
        assertSmoothed(
                DataSets.b(), new double[] {.2716504500, .2286444257, .0513788802, .4483262441});
    }

    private void assertSmoothed(DataSets data, double[] firstRow) throws IOException {
        Calibrator smoothed =
                TemperatureScaling.builder()
                        .optLaplaceSmoothing(true)
                        .fit(logits(data), labels(data));
        Path file = directory.resolve("smoothed.candor");
        smoothed.save(file);
        for (Calibrator calibrator : new Calibrator[] {smoothed, Calibrators.load(file)}) {
            NDArray calibrated = calibrator.apply(logits(data));
            assertThat(values(calibrated.exp().get(0)))
                    .containsExactly(firstRow, within(GOLDEN_TOLERANCE));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 10, 1000})
    void noNeighbouringTemperatureIsMoreLikely(int classes) {
        DataSets data = DataSets.random(classes, 500, classes);
        TemperatureScaling scaling = fit(data);
        double optimum = data.likelihood(scaling.temperature());
        assertThat(scaling.summary().status()).isEqualTo(Status.CONVERGED);
        assertThat(scaling.summary().objectiveAfter())
                .isCloseTo(optimum, within(LIKELIHOOD_TOLERANCE));
        for (double factor : new double[] {0.99, 0.999, 1.001, 1.01}) {
            assertThat(data.likelihood(scaling.temperature() * factor)).isGreaterThan(optimum);
        }
    }

    @Test
    void aFitOverManyChunksEqualsOneOverFew() {
        DataSets data = DataSets.random(21, 700, 8);
        int repeats = 600;
        NDArray logits = float32(logits(data)).tile(new long[] {repeats, 1});
        NDArray labels = labels(data).tile(new long[] {repeats});
        TemperatureScaling large = fit(logits, labels);
        TemperatureScaling small = fit(data);
        assertThat(large.temperature()).isCloseTo(small.temperature(), within(GOLDEN_TOLERANCE));
        assertThat(large.summary().objectiveAfter())
                .isCloseTo(small.summary().objectiveAfter(), within(LIKELIHOOD_TOLERANCE));
    }

    @ParameterizedTest
    @ValueSource(doubles = {1e-6, 1e-3, 1e3, 1e6, 1e30, 1e100})
    void theTemperatureScalesWithTheLogits(double factor) {
        double expected = fit(DataSets.b()).temperature() * factor;
        TemperatureScaling scaling = fit(DataSets.b().scaled(factor));
        assertThat(scaling.summary().status()).isEqualTo(Status.CONVERGED);
        assertThat(scaling.temperature()).isCloseTo(expected, within(ROUNDING * expected));
    }

    @Test
    void aConstantAddedToARowChangesNothing() {
        DataSets data = DataSets.b();
        double expected = fit(data).temperature();
        double shift = -300;
        for (double[] row : data.logits()) {
            shift += 7;
            for (int k = 0; k < row.length; k++) {
                row[k] += shift;
            }
        }
        assertThat(fit(data).temperature()).isCloseTo(expected, within(GOLDEN_TOLERANCE));
    }

    @Test
    void weightsCountAsRepeatedSamples() {
        DataSets data = DataSets.a();
        double[] weights = {1, 2, 0, 1, 3, 1, 1, 0, 2, 1, 1, 1};
        DataSets repeated = repeated(data, weights);
        TemperatureScaling expected = fit(repeated);
        TemperatureScaling weighted =
                TemperatureScaling.builder()
                        .fit(logits(data), labels(data), manager.create(weights));
        assertThat(weighted.temperature())
                .isCloseTo(expected.temperature(), within(GOLDEN_TOLERANCE));
        assertThat(weighted.summary().objectiveAfter())
                .isCloseTo(expected.summary().objectiveAfter(), within(LIKELIHOOD_TOLERANCE));
    }

    private static DataSets repeated(DataSets data, double[] weights) {
        int[] rows =
                IntStream.range(0, weights.length)
                        .flatMap(i -> IntStream.generate(() -> i).limit((int) weights[i]))
                        .toArray();
        return new DataSets(
                Arrays.stream(rows).mapToObj(i -> data.logits()[i]).toArray(double[][]::new),
                Arrays.stream(rows).mapToLong(i -> data.labels()[i]).toArray());
    }

    @Test
    void refusesBadWeights() {
        DataSets data = DataSets.a();
        double[] weights = new double[12];
        refusesWeights(data, weights, "weights sum to 0.0, expected a finite sum > 0");
        weights[3] = -1;
        refusesWeights(data, weights, "weights[3] = -1.0, expected a finite value >= 0");
        weights[3] = Double.NaN;
        refusesWeights(data, weights, "weights[3] = NaN, expected a finite value >= 0");
        refusesWeights(
                data,
                new double[2],
                "weights have shape (2) for logits of shape (12, 3), expected [N] or [N, 1]");
    }

    private void refusesWeights(DataSets data, double[] weights, String message) {
        assertThatThrownBy(
                        () ->
                                TemperatureScaling.builder()
                                        .fit(logits(data), labels(data), manager.create(weights)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void constantLogitsGiveTheIdentity() {
        for (double constant : new double[] {0, 1, -1e38}) {
            NDArray logits = manager.zeros(new Shape(4, 3), DataType.FLOAT64).add(constant);
            TemperatureScaling scaling = fit(logits, manager.create(new long[] {0, 1, 2, 0}));
            assertThat(scaling.summary().status()).isEqualTo(Status.DEGENERATE);
            assertThat(scaling.temperature()).isOne();
            assertThat(scaling.summary().objectiveAfter())
                    .isCloseTo(Math.log(3), within(LIKELIHOOD_TOLERANCE));
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {1e-3, 1, 5, 1000, 1e38})
    void allRightSendsTheTemperatureToZero(double scale) {
        double[][] rows = {{scale, 0, 0}, {0, scale, 0}, {0, 0, scale}, {scale, 0, -scale}};
        for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
            NDArray logits = array(rows).toType(type, false);
            TemperatureScaling scaling = fit(logits, manager.create(new long[] {0, 1, 2, 0}));
            assertThat(scaling.summary().status()).isEqualTo(Status.TEMPERATURE_TO_ZERO);
            assertThat(scaling.temperature()).isPositive().isLessThanOrEqualTo(1);
            assertThat(scaling.summary().objectiveAfter()).isLessThan(LIKELIHOOD_TOLERANCE);
            assertFinite(scaling.apply(logits).softmax(1));
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {1e-3, 1, 5, 1000, 1e38})
    void allWrongSendsTheTemperatureToInfinity(double scale) {
        double[][] rows = {{scale, 0, 0}, {0, scale, 0}, {0, 0, scale}, {scale, 0, -scale}};
        for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
            NDArray logits = array(rows).toType(type, false);
            TemperatureScaling scaling = fit(logits, manager.create(new long[] {1, 2, 0, 2}));
            assertThat(scaling.summary().status()).isEqualTo(Status.TEMPERATURE_TO_INFINITY);
            assertThat(scaling.temperature()).isFinite().isGreaterThanOrEqualTo(1);
            assertThat(scaling.summary().objectiveAfter())
                    .isLessThanOrEqualTo(scaling.summary().objectiveBefore());
            assertFinite(scaling.apply(logits).softmax(1));
        }
    }

    @Test
    void aMeanMarginOfZeroSendsTheTemperatureToInfinity() {
        NDArray logits = array(new double[][] {{1, -1}, {1, -1}});
        TemperatureScaling scaling = fit(logits, manager.create(new long[] {0, 1}));
        assertThat(scaling.summary().status()).isEqualTo(Status.TEMPERATURE_TO_INFINITY);
        assertThat(scaling.summary().objectiveAfter())
                .isCloseTo(Math.log(2), within(LIKELIHOOD_TOLERANCE));
    }

    @Test
    void oneSampleFits() {
        NDArray right = array(new double[][] {{2, 1, 0}});
        assertThat(fit(right, manager.create(new long[] {0})).summary().status())
                .isEqualTo(Status.TEMPERATURE_TO_ZERO);
        assertThat(fit(right, manager.create(new long[] {2})).summary().status())
                .isEqualTo(Status.TEMPERATURE_TO_INFINITY);
        NDArray between = array(new double[][] {{2, 1.5, -3}});
        assertThat(fit(between, manager.create(new long[] {1})).summary().status())
                .isEqualTo(Status.CONVERGED);
    }

    @Test
    void oneClassPresentFits() {
        DataSets data = DataSets.random(22, 100, CLASSES).labelled(new long[100]);
        for (double[] row : data.logits()) {
            row[0] += 3;
        }
        TemperatureScaling scaling = fit(data);
        assertThat(scaling.summary().status()).isEqualTo(Status.CONVERGED);
        assertThat(scaling.temperature()).isFinite().isPositive();
    }

    @Test
    void threeSamplesOfAThousandClassesFit() {
        FitSummary summary = fit(DataSets.random(23, 3, 1000)).summary();
        assertThat(summary.objectiveAfter())
                .isFinite()
                .isLessThanOrEqualTo(summary.objectiveBefore());
    }

    @Test
    void logitsNearTheEndOfTheRangeFit() {
        double[][] rows = {{1e38, -1e38, 0}, {0, 1e38, 3e38}, {3e38, 0, -3e38}, {1e38, 0, 2e38}};
        for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
            NDArray logits = array(rows).toType(type, false);
            TemperatureScaling scaling = fit(logits, manager.create(new long[] {0, 2, 0, 0}));
            assertThat(scaling.summary().status()).isEqualTo(Status.CONVERGED);
            assertThat(scaling.summary().objectiveAfter()).isLessThan(Math.log(3));
            assertFinite(scaling.apply(logits));
        }
        NDArray beyond = array(new double[][] {{1e308, -1e308}, {0, 1}});
        refuses(
                beyond,
                manager.create(new long[] {0, 1}),
                "the differences of the logits exceed the range of float64");
    }

    private static void assertFinite(NDArray array) {
        assertThat(Arrays.stream(values(array)).allMatch(Double::isFinite))
                .as(array.toDebugString(true))
                .isTrue();
    }

    @Test
    void theLimitOfIterationsKeepsTheBestThatWasSeen() {
        DataSets data = DataSets.b();
        TemperatureScaling scaling =
                TemperatureScaling.builder().optMaxIterations(2).fit(logits(data), labels(data));
        assertThat(scaling.summary().status()).isEqualTo(Status.MAX_ITERATIONS);
        assertThat(scaling.summary().objectiveAfter())
                .isCloseTo(data.likelihood(scaling.temperature()), within(LIKELIHOOD_TOLERANCE))
                .isLessThanOrEqualTo(scaling.summary().objectiveBefore());
    }

    @Test
    void temperatureOneIsTheIdentity() {
        assertThat(TemperatureScaling.of(1).apply(unseen()).contentEquals(unseen())).isTrue();
    }

    @Test
    void aGivenTemperatureTakesAnyNumberOfClassesAndAnyRank() throws IOException {
        TemperatureScaling given = TemperatureScaling.of(2.5);
        assertThat(given.classes()).isZero();
        assertThat(given.summary().status()).isEqualTo(Status.GIVEN);
        assertThat(given).hasToString("temperature: GIVEN, temperature 2.50000");
        given.save(directory.resolve("given.candor"));
        Calibrator loaded = Calibrators.load(directory.resolve("given.candor"));
        assertThat(loaded.summary().objectiveAfter()).isNaN();
        for (Shape shape : new Shape[] {new Shape(3), new Shape(2, 7), new Shape(2, 3, 4)}) {
            NDArray logits = manager.full(shape, 5, DataType.FLOAT32);
            assertThat(values(loaded.apply(logits))).containsOnly(2);
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
    void refusesATemperatureThatIsNotPositive(double temperature) {
        assertThatThrownBy(() -> TemperatureScaling.of(temperature))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("temperature = %s, expected a finite value > 0", temperature);
    }

    @Test
    void warnsOfProbabilitiesPassedAsLogits() {
        DataSets data = DataSets.b();
        assertThat(warnings(logits(data).softmax(1), labels(data)))
                .contains("they look like probabilities");
        assertThat(warnings(logits(data).logSoftmax(1), labels(data))).isEmpty();
    }

    private String warnings(NDArray logits, NDArray labels) {
        PrintStream before = System.err;
        ByteArrayOutputStream captured = new ByteArrayOutputStream();
        System.setErr(new PrintStream(captured, true, StandardCharsets.UTF_8));
        try {
            fit(logits, labels);
        } finally {
            System.setErr(before);
        }
        return captured.toString(StandardCharsets.UTF_8);
    }

    @Test
    void theSummaryReadsAsALine() {
        assertThat(fit(DataSets.a()).summary().toString())
                .matches(
                        "CONVERGED after \\d+ iterations, objective 0\\.646545 -> 0\\.625170,"
                                + " temperature 1\\.32229, \\d+\\.\\d{3} s");
    }

    /** Golden values: by bounded scalar search with scipy 1.17.1. */
    @Test
    void minimisesTheBrierScoreWhereAsked() {
        assertThat(brierTemperature(DataSets.a())).isCloseTo(1.64077450712, within(1e-6));
        assertThat(brierTemperature(DataSets.b())).isCloseTo(2.14796536673, within(1e-6));
    }

    private static double brierTemperature(DataSets data) {
        try (NDManager manager = NDManager.newBaseManager()) {
            double[] flat = Arrays.stream(data.logits()).flatMapToDouble(Arrays::stream).toArray();
            Shape shape = new Shape(data.labels().length, data.logits()[0].length);
            return TemperatureScaling.builder()
                    .optObjective(Objective.BRIER)
                    .fit(manager.create(flat, shape), manager.create(data.labels()))
                    .temperature();
        }
    }

    @Test
    void minimisesTheSoftBinnedErrorWhereAsked() {
        try (NDManager manager = NDManager.newBaseManager()) {
            DataSets data = DataSets.b();
            double[] flat = Arrays.stream(data.logits()).flatMapToDouble(Arrays::stream).toArray();
            NDArray logits = manager.create(flat, new Shape(data.labels().length, 4));
            NDArray labels = manager.create(data.labels());
            TemperatureScaling fitted =
                    TemperatureScaling.builder()
                            .optObjective(Objective.SOFT_BINNED_ECE)
                            .fit(logits, labels);
            SoftBinnedEceLoss loss = SoftBinnedEceLoss.of();
            double least = error(loss, logits, labels, fitted.temperature());
            assertThat(fitted.summary().objectiveAfter()).isCloseTo(least, within(1e-6));
            for (double temperature = 0.7; temperature < 15; temperature *= 1.02) {
                assertThat(error(loss, logits, labels, temperature))
                        .as("T = %f", temperature)
                        .isGreaterThanOrEqualTo(least - 1e-3);
            }
        }
    }

    private static double error(
            SoftBinnedEceLoss loss, NDArray logits, NDArray labels, double temperature) {
        NDArray scaled = logits.div(temperature);
        return loss.evaluate(new NDList(labels), new NDList(scaled)).getDouble();
    }
}
