package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every conformal predictor promises. A test class states how to build one and inherits. */
abstract class ConformalContract {

    static final int CLASSES = 5;

    /** Golden values: numpy 2.4.6 in float64, given to ten digits. */
    static final double GOLDEN_TOLERANCE = 1e-9;

    private static final int REPEATS = 60;
    private static final int FITTED = 200;
    private static final int UNSEEN = 200;

    @TempDir Path directory;

    NDManager manager;

    abstract ConformalPredictor.Builder<?, ?> builder();

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    NDArray logits(DataSets data) {
        double[] flat = Arrays.stream(data.logits()).flatMapToDouble(Arrays::stream).toArray();
        return manager.create(flat, new Shape(data.logits().length, data.logits()[0].length));
    }

    NDArray labels(DataSets data) {
        return manager.create(data.labels());
    }

    ConformalPredictor fitted() {
        DataSets data = DataSets.random(1, 300, CLASSES);
        return builder().fit(logits(data), labels(data));
    }

    /** The share of samples, of one class or of all, whose set holds the label. */
    private double coverage(ConformalPredictor.Builder<?, ?> builder, int classOrAll) {
        double covered = 0;
        double counted = 0;
        for (int repeat = 0; repeat < REPEATS; repeat++) {
            try (NDManager scope = manager.newSubManager()) {
                DataSets all = DataSets.random(1000 + repeat, FITTED + UNSEEN, CLASSES);
                NDArray logits = logits(all);
                logits.attach(scope);
                NDArray labels = labels(all);
                labels.attach(scope);
                ConformalPredictor predictor =
                        builder.fit(logits.get("0:" + FITTED + ", :"), labels.get("0:" + FITTED));
                boolean[] sets = predictor.sets(logits.get(FITTED + ":, :")).toBooleanArray();
                for (int i = 0; i < UNSEEN; i++) {
                    int label = (int) all.labels()[FITTED + i];
                    if (classOrAll < 0 || label == classOrAll) {
                        counted++;
                        covered += sets[i * CLASSES + label] ? 1 : 0;
                    }
                }
            }
        }
        return covered / counted;
    }

    /** Three deviations of the mean of the repeats below what is promised. */
    private static double lowest(double miscoverage, double fitted, double unseen) {
        double variance = miscoverage * (1 - miscoverage) * (1 / fitted + 1 / unseen) / REPEATS;
        return 1 - miscoverage - 3 * Math.sqrt(variance);
    }

    @ParameterizedTest
    @ValueSource(doubles = {.05, .1, .3})
    void setsHoldTheLabelOfExchangeableSamplesAsOftenAsPromised(double miscoverage) {
        double coverage = coverage(builder().optMiscoverage(miscoverage), -1);
        assertThat(coverage).isGreaterThan(lowest(miscoverage, FITTED * .7, UNSEEN));
    }

    @Test
    void classConditionalSetsHoldTheLabelOfEachClassAsOftenAsPromised() {
        for (int label = 0; label < CLASSES; label++) {
            double coverage = coverage(builder().optClassConditional(true), label);
            double each = .7 * FITTED / CLASSES;
            assertThat(coverage).isGreaterThan(lowest(.1, each, UNSEEN / CLASSES));
        }
    }

    @Test
    void aLowerMiscoverageGivesLargerSets() {
        DataSets data = DataSets.random(2, 500, CLASSES);
        NDArray unseen = logits(DataSets.random(3, 300, CLASSES));
        NDArray large = builder().optMiscoverage(.05).fit(logits(data), labels(data)).sets(unseen);
        NDArray small = builder().optMiscoverage(.4).fit(logits(data), labels(data)).sets(unseen);
        assertThat(small.logicalAnd(large.logicalNot()).any().getBoolean()).isFalse();
        assertThat(large.countNonzero().getLong()).isGreaterThan(small.countNonzero().getLong());
    }

    @Test
    void tooFewSamplesGiveAllClasses() {
        DataSets data = DataSets.random(4, 8, CLASSES);
        ConformalPredictor predictor = builder().optMiscoverage(.1).fit(logits(data), labels(data));
        assertThat(predictor.thresholds()).containsExactly(Double.POSITIVE_INFINITY);
        assertThat(predictor.sets(logits(data)).all().getBoolean()).isTrue();
    }

    @Test
    void aClassWithoutSamplesIsInEverySet() {
        DataSets data = DataSets.random(5, 400, CLASSES);
        for (int i = 0; i < data.labels().length; i++) {
            data.labels()[i] %= CLASSES - 1;
        }
        ConformalPredictor predictor =
                builder().optClassConditional(true).fit(logits(data), labels(data));
        assertThat(predictor.thresholds()).hasSize(CLASSES);
        NDArray sets = predictor.sets(logits(DataSets.random(6, 100, CLASSES)));
        assertThat(sets.get(":, " + (CLASSES - 1)).all().getBoolean()).isTrue();
    }

    @Test
    void withoutEmptySetsEachHoldsAtLeastOneClass() {
        DataSets data = DataSets.random(7, 300, CLASSES);
        for (int i = 0; i < data.labels().length; i++) {
            data.labels()[i] = DataSets.argMax(data.logits()[i]);
        }
        ConformalPredictor predictor =
                builder().optMiscoverage(.8).optEmptySets(false).fit(logits(data), labels(data));
        NDArray sets = predictor.sets(logits(data)).toType(DataType.INT64, false);
        assertThat(sets.sum(new int[] {1}).min().getLong()).isPositive();
    }

    @Test
    void theOrderOfSamplesDoesNotMatter() {
        DataSets data = DataSets.random(8, 300, CLASSES);
        NDArray unseen = logits(DataSets.random(9, 100, CLASSES));
        DataSets permuted = data.permuted(3);
        NDArray expected = builder().fit(logits(data), labels(data)).sets(unseen);
        NDArray found = builder().fit(logits(permuted), labels(permuted)).sets(unseen);
        assertThat(found.contentEquals(expected)).isTrue();
    }

    @Test
    void aSampleGetsTheSameSetInWhateverBatchAndType() {
        ConformalPredictor predictor = fitted();
        NDArray logits = logits(DataSets.random(10, 60, CLASSES));
        NDArray expected = predictor.sets(logits);
        assertThat(expected.getDataType()).isEqualTo(DataType.BOOLEAN);
        assertThat(predictor.sets(logits.get("17")).contentEquals(expected.get("17"))).isTrue();
        NDArray narrow = logits.toType(DataType.FLOAT32, false);
        assertThat(predictor.sets(narrow).contentEquals(expected)).isTrue();
        NDArray cube = logits.reshape(4, 15, CLASSES);
        assertThat(predictor.sets(cube).reshape(60, CLASSES).contentEquals(expected)).isTrue();
    }

    @Test
    void leavesNoArraysBehind() {
        ConformalPredictor predictor = fitted();
        NDArray logits = logits(DataSets.random(11, 60, CLASSES));
        int arrays = manager.getManagedArrays().size();
        try (NDArray sets = predictor.sets(logits)) {
            assertThat(sets.getManager()).isSameAs(manager);
            assertThat(manager.getManagedArrays()).hasSize(arrays + 1);
        }
    }

    @Test
    void aLoadedPredictorIsTheSavedOne() throws IOException {
        for (boolean classConditional : new boolean[] {false, true}) {
            DataSets data = DataSets.random(12, 300, CLASSES);
            ConformalPredictor saved =
                    builder().optClassConditional(classConditional).fit(logits(data), labels(data));
            Path file = directory.resolve("sets.candor");
            saved.save(file);
            ConformalPredictor loaded = ConformalPredictor.load(file);
            assertThat(loaded).hasSameClassAs(saved).hasToString(saved.toString());
            assertThat(loaded.thresholds()).containsExactly(saved.thresholds());
            NDArray unseen = logits(DataSets.random(13, 100, CLASSES));
            assertThat(loaded.sets(unseen).contentEquals(saved.sets(unseen))).isTrue();
        }
    }

    @Test
    void refusesFilesOfOtherThings() throws IOException {
        Path file = directory.resolve("other.candor");
        TemperatureScaling.of(2).save(file);
        assertThatThrownBy(() -> ConformalPredictor.load(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith(
                        " holds 'temperature', expected a conformal predictor of [aps, lac, raps]");
        fitted().save(file);
        assertThatThrownBy(() -> Calibrators.load(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(" holds a calibrator of method ");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
        assertThatThrownBy(() -> ConformalPredictor.load(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(" is damaged");
    }

    @Test
    void refusesBadInput() {
        ConformalPredictor predictor = fitted();
        NDArray other = manager.ones(new Shape(2, CLASSES + 1));
        assertThatThrownBy(() -> predictor.sets(other))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("logits have shape (2, 6), expected 5 classes as last axis");
        NDArray whole = manager.ones(new Shape(2, CLASSES), DataType.INT32);
        assertThatThrownBy(() -> predictor.sets(whole))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("logits have type int32, expected a floating-point type");
        DataSets data = DataSets.random(14, 20, CLASSES);
        data.logits()[7][1] = Double.NaN;
        assertThatThrownBy(() -> predictor.sets(logits(data)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("logits[7] holds NaN or infinity");
        assertThatThrownBy(() -> builder().fit(logits(data), labels(data)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("logits[7] holds NaN or infinity");
        assertThatThrownBy(() -> builder().optMiscoverage(1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("miscoverage = 1.0, expected more than 0.0 and less than 1.0");
    }
}
