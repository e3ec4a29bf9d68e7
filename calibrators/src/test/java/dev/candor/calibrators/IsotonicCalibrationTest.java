package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.candor.calibrators.FitSummary.Status;
import dev.candor.calibrators.internal.Piecewise;
import dev.candor.calibrators.internal.PoolAdjacentViolators;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IsotonicCalibrationTest extends ProbabilityContract {

    @Override
    IsotonicCalibration fit(NDArray logits, NDArray labels) {
        return IsotonicCalibration.fit(logits, labels);
    }

    @Override
    boolean hasGradient() {
        return true;
    }

    @Override
    Calibrator other() {
        return fit(DataSets.random(99, 50, CLASSES));
    }

    /** Expected values: scikit-learn 1.9.1, IsotonicRegression(out_of_bounds="clip"). */
    @Test
    void reproducesTheGoldenBinaryFit() {
        IsotonicCalibration calibrator =
                IsotonicCalibration.builder()
                        .optLaplaceSmoothing(false)
                        .fit(binaryLogits(BINARY), binaryLabels());
        double[] expected = new double[20];
        Arrays.fill(expected, 2, 6, .25);
        Arrays.fill(expected, 6, 12, .5);
        Arrays.fill(expected, 12, 18, 2.0 / 3);
        Arrays.fill(expected, 18, 20, 1);
        assertThat(binary(calibrator, BINARY)).containsExactly(expected, within(GOLDEN_TOLERANCE));
        assertThat(binary(calibrator, .33, .9, .001, .999))
                .containsExactly(new double[] {.375, .8, 0, 1}, within(GOLDEN_TOLERANCE));
    }

    /** Expected values: scikit-learn 1.9.1, each class on its own, then divided by the sum. */
    @Test
    void reproducesTheGoldenFitOfTwelveSamples() {
        IsotonicCalibration calibrator =
                IsotonicCalibration.builder()
                        .optLaplaceSmoothing(false)
                        .fit(logits(DataSets.a()), labels(DataSets.a()));
        NDArray calibrated = calibrator.apply(logits(DataSets.a())).exp();
        assertThat(values(calibrated.get(3)))
                .containsExactly(new double[] {0, .6, .4}, within(GOLDEN_TOLERANCE));
    }

    /** Expected values: the published Mix-n-Match code, there not normalised. */
    @Test
    void reproducesTheGoldenOrderPreservingFit() {
        Calibrator calibrator =
                IsotonicCalibration.builder()
                        .optLaplaceSmoothing(false)
                        .optOrderPreserving(true)
                        .optSlope(1e-9)
                        .fit(logits(DataSets.a()), labels(DataSets.a()));
        double[] row = values(calibrator.apply(logits(DataSets.a())).exp().get(0));
        double[] expected = {1.0000000009, 4.7123416525e-11, 6.3774609224e-12};
        double mass = Arrays.stream(expected).sum();
        for (int k = 0; k < 3; k++) {
            assertThat(row[k]).isCloseTo(expected[k] / mass, within(1e-9 * expected[k]));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {51, 52, 53})
    void isMonotone(long seed) {
        DataSets data = DataSets.random(seed, 300, 2);
        Calibrator calibrator =
                IsotonicCalibration.builder()
                        .optLaplaceSmoothing(false)
                        .fit(logits(data), labels(data));
        double[] grid = new Random(seed).doubles(500).sorted().toArray();
        assertThat(binary(calibrator, grid)).isSorted();
    }

    @ParameterizedTest
    @ValueSource(longs = {54, 55, 56})
    void theOrderPreservingFormKeepsTheRankingInFloat32(long seed) {
        DataSets data = DataSets.random(seed, 300, CLASSES);
        Calibrator calibrator = orderPreserving(data);
        assertThat(calibrator.preservesRanking()).isTrue();
        NDArray logits = float32(logits(data));
        long[] before = logits.argMax(1).toLongArray();
        assertThat(calibrator.apply(logits).argMax(1).toLongArray()).containsExactly(before);
    }

    private IsotonicCalibration orderPreserving(DataSets data) {
        return IsotonicCalibration.builder()
                .optLaplaceSmoothing(false)
                .optOrderPreserving(true)
                .fit(logits(data), labels(data));
    }

    /** By the definition: one regression over all pairs, which the fit does not hold. */
    @ParameterizedTest
    @ValueSource(longs = {57, 58})
    void theOrderPreservingFormIsOneRegressionOverAllPairs(long seed) {
        DataSets data = DataSets.random(seed, 80, 3);
        double[] probabilities = values(logits(data).softmax(1));
        double[] hits = new double[probabilities.length];
        for (int i = 0; i < data.labels().length; i++) {
            hits[i * 3 + (int) data.labels()[i]] = 1;
        }
        Piecewise all = PoolAdjacentViolators.of(probabilities, hits, null);
        double[] calibrated =
                values(
                        IsotonicCalibration.builder()
                                .optLaplaceSmoothing(false)
                                .optOrderPreserving(true)
                                .optSlope(1e-12)
                                .fit(logits(data), labels(data))
                                .apply(logits(data))
                                .exp());
        for (int i = 0; i < data.labels().length; i++) {
            double mass = 0;
            for (int k = 0; k < 3; k++) {
                mass += all.linear(probabilities[i * 3 + k]);
            }
            for (int k = 0; k < 3; k++) {
                assertThat(calibrated[i * 3 + k])
                        .isCloseTo(
                                all.linear(probabilities[i * 3 + k]) / mass,
                                within(GOLDEN_TOLERANCE));
            }
        }
    }

    @Test
    void theOrderPreservingFormIsSavedAndLoaded() throws IOException {
        Path file = directory.resolve("order.candor");
        Calibrator saved = orderPreserving(DataSets.b());
        saved.save(file);
        Calibrator loaded = Calibrators.load(file);
        assertThat(loaded.preservesRanking()).isTrue();
        NDArray logits = logits(DataSets.b());
        assertThat(loaded.apply(logits).contentEquals(saved.apply(logits))).isTrue();
    }

    @Test
    void aRowOfZerosBecomesUniform() {
        NDArray rows = array(new double[][] {{0, 0, 0, 0}, {0, .5, 0, .3}});
        assertThat(values(ProbabilityCalibrator.normalised(rows)))
                .containsExactly(
                        new double[] {.25, .25, .25, .25, 0, .625, 0, .375},
                        within(MASS_TOLERANCE));
    }

    @Test
    void weightsCountAsRepeatedSamples() {
        double[] weights = new double[20];
        Arrays.setAll(weights, i -> i % 3);
        int[] rows =
                IntStream.range(0, 20)
                        .flatMap(i -> IntStream.generate(() -> i).limit(i % 3))
                        .toArray();
        double[] repeated = Arrays.stream(rows).mapToDouble(i -> BINARY[i]).toArray();
        long[] labels = Arrays.stream(rows).mapToLong(i -> HAPPENED[i]).toArray();
        Calibrator expected =
                IsotonicCalibration.builder()
                        .optLaplaceSmoothing(false)
                        .fit(binaryLogits(repeated), manager.create(labels));
        Calibrator weighted =
                IsotonicCalibration.builder()
                        .optLaplaceSmoothing(false)
                        .fit(binaryLogits(BINARY), binaryLabels(), manager.create(weights));
        assertThat(binary(weighted, BINARY))
                .containsExactly(binary(expected, BINARY), within(GOLDEN_TOLERANCE));
    }

    @Test
    void laplaceSmoothingKeepsLogProbabilitiesFinite() {
        NDArray logits = binaryLogits(.001, .999);
        NDArray labels = binaryLabels();
        Calibrator sharp =
                IsotonicCalibration.builder()
                        .optLaplaceSmoothing(false)
                        .fit(binaryLogits(BINARY), labels);
        Calibrator smoothed = fit(binaryLogits(BINARY), labels);
        assertThat(values(sharp.apply(logits))).contains(Double.NEGATIVE_INFINITY);
        assertThat(values(smoothed.apply(logits).exp().get(0)))
                .containsExactly(new double[] {1 - .5 / 21, .5 / 21}, within(GOLDEN_TOLERANCE));
    }

    @Test
    void constantLogitsGiveTheFrequenciesOfTheClasses() {
        DataSets data = new DataSets(new double[4][3], new long[] {0, 1, 2, 0});
        Calibrator calibrator =
                IsotonicCalibration.builder()
                        .optLaplaceSmoothing(false)
                        .fit(logits(data), labels(data));
        assertThat(calibrator.summary().status()).isEqualTo(Status.DEGENERATE);
        assertThat(values(calibrator.apply(logits(data)).exp().get(0)))
                .containsExactly(new double[] {.5, .25, .25}, within(GOLDEN_TOLERANCE));
    }

    @Test
    void refusesASlopeThatIsNotPositive() {
        assertThatThrownBy(() -> IsotonicCalibration.builder().optSlope(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("slope = 0.0, expected a finite value > 0");
    }
}
