package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.evaluator.Evaluator;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mockito.Answers;
import org.mockito.ArgumentMatchers;
import org.mockito.MockedStatic;
import org.mockito.Mockito;

/** What every evaluator of this package promises. A test class states its golden rows. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class EvaluatorContract {

    /** The value of an accumulator is a float. */
    static final double FLOAT_TOLERANCE = 1e-7;

    /** Logits in float32 differ from those in float64 by their rounding. */
    static final double FLOAT32_TOLERANCE = 1e-6;

    static final String KEY = "epoch";

    /** Evaluators by the golden row that each must reproduce. */
    abstract Map<String, Evaluator> goldens();

    /** The evaluator in its most usual form. */
    abstract Evaluator evaluator();

    /** The variants whose behaviour the contract tests. */
    Stream<Evaluator> variants() {
        return Stream.of(evaluator());
    }

    @Test
    void accumulatesTheGoldenValuesOverBatches() {
        assertGoldens(DataType.FLOAT64, 7, FLOAT_TOLERANCE);
        assertGoldens(DataType.FLOAT64, 1000, FLOAT_TOLERANCE);
        assertGoldens(DataType.FLOAT32, 50, FLOAT32_TOLERANCE);
    }

    private void assertGoldens(DataType type, int batch, double tolerance) {
        goldens()
                .forEach(
                        (row, evaluator) -> {
                            for (PostHocData set : PostHocData.values()) {
                                assertThat((double) accumulated(evaluator, set, type, batch))
                                        .as("%s on %s in batches of %d", row, set, batch)
                                        .isCloseTo(
                                                GoldenMetrics.value(row, set.name()),
                                                within(tolerance));
                            }
                        });
    }

    static float accumulated(Evaluator evaluator, PostHocData set, DataType type, int batch) {
        try (NDManager manager = NDManager.newBaseManager()) {
            evaluator.addAccumulator(KEY);
            update(
                    evaluator,
                    new String[] {KEY},
                    set.logits(manager, type),
                    set.labels(manager),
                    batch);
            float value = evaluator.getAccumulator(KEY);
            evaluator.resetAccumulator(KEY);
            return value;
        }
    }

    static void update(
            Evaluator evaluator, String[] keys, NDArray logits, NDArray labels, int batch) {
        long size = labels.getShape().get(0);
        for (long from = 0; from < size; from += batch) {
            NDIndex rows = new NDIndex().addSliceDim(from, Math.min(size, from + batch));
            evaluator.updateAccumulators(
                    keys, new NDList(labels.get(rows)), new NDList(logits.get(rows)));
        }
    }

    @Test
    void evaluatesOneBatch() {
        try (NDManager manager = NDManager.newBaseManager()) {
            goldens()
                    .forEach(
                            (row, evaluator) ->
                                    assertThat(
                                                    (double)
                                                            evaluator
                                                                    .evaluate(
                                                                            new NDList(
                                                                                    PostHocData.B
                                                                                            .labels(
                                                                                                    manager)),
                                                                            new NDList(
                                                                                    PostHocData.B
                                                                                            .logits(
                                                                                                    manager)))
                                                                    .getFloat())
                                            .as(row)
                                            .isCloseTo(
                                                    GoldenMetrics.value(row, "B"),
                                                    within(FLOAT_TOLERANCE)));
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void keepsKeysApart(Evaluator evaluator) {
        try (NDManager manager = NDManager.newBaseManager()) {
            evaluator.addAccumulator("train");
            evaluator.addAccumulator("validate");
            NDArray logits = PostHocData.A.logits(manager);
            NDArray labels = PostHocData.A.labels(manager);
            update(evaluator, new String[] {"train"}, logits, labels, 5);
            float alone = evaluator.getAccumulator("train");
            assertThat(evaluator.getAccumulator("validate")).isNaN();

            update(evaluator, new String[] {"train", "validate"}, logits, labels, 5);
            assertThat(evaluator.getAccumulator("validate"))
                    .isCloseTo(alone, within((float) FLOAT_TOLERANCE));

            evaluator.resetAccumulator("train");
            assertThat(evaluator.getAccumulator("train")).isNaN();
            assertThat(evaluator.getAccumulator("validate"))
                    .isCloseTo(alone, within((float) FLOAT_TOLERANCE));
            evaluator.resetAccumulator("validate");
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void leavesOutIgnoredTokens(Evaluator evaluator) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray logits = PostHocData.A.logits(manager);
            long[] labels = PostHocData.A.labels.clone();
            labels[3] = -100;
            labels[10] = -100;
            evaluator.addAccumulator(KEY);
            evaluator.updateAccumulator(
                    KEY,
                    new NDList(manager.create(labels, new Shape(3, 4))),
                    new NDList(logits.reshape(3, 4, 3)));
            float tokens = evaluator.getAccumulator(KEY);
            evaluator.resetAccumulator(KEY);

            NDArray kept = manager.create(new long[] {0, 1, 2, 4, 5, 6, 7, 8, 9, 11});
            evaluator.updateAccumulator(
                    KEY,
                    new NDList(PostHocData.A.labels(manager).gather(kept, 0)),
                    new NDList(logits.get(kept)));
            assertThat(tokens)
                    .isCloseTo(evaluator.getAccumulator(KEY), within((float) FLOAT_TOLERANCE));
            evaluator.resetAccumulator(KEY);
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void hasNoValueWhenEveryTokenIsIgnored(Evaluator evaluator) {
        try (NDManager manager = NDManager.newBaseManager()) {
            evaluator.addAccumulator(KEY);
            evaluator.updateAccumulator(
                    KEY,
                    new NDList(manager.full(new Shape(2, 3), -100, DataType.INT64)),
                    new NDList(manager.zeros(new Shape(2, 3, 4))));
            assertThat(evaluator.getAccumulator(KEY)).isNaN();
            evaluator.resetAccumulator(KEY);
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void refusesAKeyItDoesNotKnow(Evaluator evaluator) {
        assertThatThrownBy(() -> evaluator.getAccumulator("nowhere"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("nowhere");
    }

    @ParameterizedTest
    @MethodSource("variants")
    void hasNoValueOnceALogitWasNaN(Evaluator evaluator) {
        try (NDManager manager = NDManager.newBaseManager()) {
            float[] logits = {1, 2, Float.NaN, 0, 3, 1};
            evaluator.addAccumulator(KEY);
            evaluator.updateAccumulator(
                    KEY,
                    new NDList(manager.create(new long[] {0, 1, 0})),
                    new NDList(manager.create(logits, new Shape(3, 2))));
            assertThat(evaluator.getAccumulator(KEY)).isNaN();
            evaluator.resetAccumulator(KEY);
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void readsNoValueToTheHostWhileItAccumulates(Evaluator evaluator) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList logits = new NDList(PostHocData.A.logits(manager, DataType.FLOAT32));
            NDList labels = new NDList(PostHocData.A.labels(manager));
            evaluator.addAccumulator(KEY);
            try (MockedStatic<JniUtils> engine =
                    Mockito.mockStatic(JniUtils.class, Answers.CALLS_REAL_METHODS)) {
                evaluator.updateAccumulator(KEY, labels, logits);
                evaluator.updateAccumulator(KEY, labels, logits);
                engine.verify(
                        () ->
                                JniUtils.getByteBuffer(
                                        ArgumentMatchers.any(), ArgumentMatchers.anyBoolean()),
                        Mockito.never());
                engine.verify(() -> JniUtils.nonZeros(ArgumentMatchers.any()), Mockito.never());
                engine.verify(
                        () -> JniUtils.booleanMask(ArgumentMatchers.any(), ArgumentMatchers.any()),
                        Mockito.never());
            }
            evaluator.resetAccumulator(KEY);
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void leavesNoArrayWithTheBatch(Evaluator evaluator) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList logits = new NDList(PostHocData.A.logits(manager, DataType.FLOAT32));
            NDList labels = new NDList(PostHocData.A.labels(manager));
            evaluator.addAccumulator(KEY);
            int before = manager.getManagedArrays().size();
            evaluator.updateAccumulator(KEY, labels, logits);
            evaluator.evaluate(labels, logits).close();
            assertThat(manager.getManagedArrays()).hasSize(before);
            assertThat(logits.head().getManager()).isSameAs(manager);
            assertThat(labels.head().getManager()).isSameAs(manager);
            evaluator.resetAccumulator(KEY);
        }
    }
}
