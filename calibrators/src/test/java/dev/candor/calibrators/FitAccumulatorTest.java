package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FitAccumulatorTest {

    private static final int SAMPLES = 2500;
    private static final int CLASSES = 4;
    private static final DataSets DATA = DataSets.random(1, SAMPLES, CLASSES);

    private final NDManager manager = NDManager.newBaseManager();
    private final NDArray logits =
            manager.create(
                    Arrays.stream(DATA.logits()).flatMapToDouble(Arrays::stream).toArray(),
                    new Shape(SAMPLES, CLASSES));
    private final NDArray labels = manager.create(DATA.labels());

    @AfterEach
    void close() {
        manager.close();
    }

    private void feed(FitAccumulator samples, NDArray logits, int batch) {
        for (int first = 0; first < SAMPLES; first += batch) {
            String rows = first + ":" + Math.min(SAMPLES, first + batch);
            try (NDArray z = logits.get(rows + ", :");
                    NDArray y = labels.get(rows)) {
                samples.add(z, y);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 64, 1000, 1024, SAMPLES})
    void aFitToBatchesIsTheFitToTheWhole(int batch) {
        for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
            NDArray whole = logits.toType(type, false);
            try (FitAccumulator samples = FitAccumulator.of(manager)) {
                feed(samples, whole, batch);
                assertThat(samples.size()).isEqualTo(SAMPLES);
                assertThat(samples.fit(TemperatureScaling::fit).temperature())
                        .isEqualTo(TemperatureScaling.fit(whole, labels).temperature());
                NDArray expected = IsotonicCalibration.fit(whole, labels).apply(whole);
                NDArray found = samples.fit(IsotonicCalibration::fit).apply(whole);
                assertThat(found.contentEquals(expected)).isTrue();
                NDArray sets = samples.fit(LeastAmbiguousSets.builder()::fit).sets(whole);
                assertThat(sets.getShape()).isEqualTo(whole.getShape());
            }
        }
    }

    @Test
    void aKnownNumberOfSamplesTakesNoMoreMemory() {
        try (FitAccumulator samples = FitAccumulator.of(manager, SAMPLES)) {
            feed(samples, logits, 100);
            Shape shape = samples.fit((z, y) -> z.getShape());
            assertThat(shape).isEqualTo(logits.getShape());
            boolean same = samples.fit((z, y) -> z.contentEquals(logits));
            assertThat(same).isTrue();
        }
    }

    @Test
    void takesLogitsOfAGraphWithoutTheGraph() {
        try (FitAccumulator samples = FitAccumulator.of(manager);
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray weights = manager.ones(new Shape(CLASSES), DataType.FLOAT64);
            weights.setRequiresGradient(true);
            samples.add(logits.mul(weights), labels.expandDims(1));
            boolean attached = samples.fit((z, y) -> z.hasGradient());
            assertThat(attached).isFalse();
            collector.backward(weights.sum());
        }
    }

    @Test
    void moreSamplesMayFollowAFit() {
        try (FitAccumulator samples = FitAccumulator.of(manager)) {
            samples.add(logits.get("0:100, :"), labels.get("0:100"));
            double first = samples.fit(TemperatureScaling::fit).temperature();
            samples.add(logits.get("100:, :"), labels.get("100:"));
            assertThat(samples.fit(TemperatureScaling::fit).temperature())
                    .isNotEqualTo(first)
                    .isEqualTo(TemperatureScaling.fit(logits, labels).temperature());
        }
    }

    @Test
    void leavesNoArraysBehind() {
        int arrays = manager.getManagedArrays().size();
        try (FitAccumulator samples = FitAccumulator.of(manager)) {
            feed(samples, logits, 500);
            samples.fit(TemperatureScaling::fit);
        }
        assertThat(manager.getManagedArrays()).hasSize(arrays);
    }

    @Test
    void refusesWhatDoesNotFit() {
        try (FitAccumulator samples = FitAccumulator.of(manager)) {
            assertThatThrownBy(() -> samples.fit(TemperatureScaling::fit))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("no samples were added");
            samples.add(logits, labels);
            refuses(
                    samples,
                    manager.ones(new Shape(2, 3), DataType.FLOAT64),
                    manager.zeros(new Shape(2)),
                    "logits have shape (2, 3), expected 4 classes as before");
            refuses(
                    samples,
                    manager.ones(new Shape(2, CLASSES)),
                    manager.zeros(new Shape(2)),
                    "logits have type float32, expected float64 as before");
            refuses(
                    samples,
                    manager.ones(new Shape(2, CLASSES), DataType.FLOAT64),
                    manager.zeros(new Shape(3)),
                    "labels have shape (3) for logits of shape (2, 4), expected [N] or [N, 1]");
            refuses(
                    samples,
                    manager.ones(new Shape(2), DataType.FLOAT64),
                    manager.zeros(new Shape(2)),
                    "logits have shape (2), expected [N, C]");
            refuses(
                    samples,
                    manager.ones(new Shape(2, CLASSES), DataType.INT32),
                    manager.zeros(new Shape(2)),
                    "logits have type int32, expected a floating-point type");
            assertThat(samples.size()).isEqualTo(SAMPLES);
        }
        assertThatThrownBy(() -> FitAccumulator.of(manager, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("capacity = 0, expected at least 1");
    }

    private static void refuses(
            FitAccumulator samples, NDArray logits, NDArray labels, String message) {
        assertThatThrownBy(() -> samples.add(logits, labels))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void theFitNamesTheRowOfABadSample() {
        try (FitAccumulator samples = FitAccumulator.of(manager)) {
            feed(samples, logits, 100);
            samples.add(logits.get("0:1, :").mul(Double.NaN), labels.get("0:1"));
            assertThatThrownBy(() -> samples.fit(TemperatureScaling::fit))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("logits[2500] holds NaN or infinity");
        }
    }
}
