package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.loss.Loss;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.Answers;
import org.mockito.ArgumentMatchers;
import org.mockito.MockedStatic;
import org.mockito.Mockito;

/** What every loss of this package promises. A test class states its golden rows and inherits. */
abstract class LossContract {

    static final double FLOAT64_TOLERANCE = 1e-9;
    static final double FLOAT32_TOLERANCE = 2e-5;
    static final double FLOAT32_GRADIENT_TOLERANCE = 1e-4;
    static final double DIFFERENCE_STEP = 1e-6;
    static final double DIFFERENCE_TOLERANCE = 1e-7;

    /** Losses by the golden row that each must reproduce. */
    abstract Map<String, Loss> goldens();

    /** The loss in its most usual form, for the tests of behaviour. */
    abstract Loss loss();

    /** The same for logits of so many classes, where the loss is made for a number of them. */
    Loss loss(int classes) {
        return loss();
    }

    /** Whether distributions are accepted as labels. */
    boolean takesDistributions() {
        return false;
    }

    /** Whether part of the gradient is stopped on purpose, so that differences do not tell it. */
    boolean stopsGradient() {
        return false;
    }

    /** Whether rows with the ignored label change nothing, beyond their absence. */
    boolean takesIgnoreIndex() {
        return true;
    }

    private Stream<String> rows() {
        return goldens().keySet().stream();
    }

    @Test
    void reproducesTheGoldenValues() {
        rows().forEach(row -> assertGolden(row, DataType.FLOAT64, FLOAT64_TOLERANCE));
    }

    @Test
    void reproducesTheGoldenValuesInFloat32() {
        rows().forEach(row -> assertGolden(row, DataType.FLOAT32, FLOAT32_TOLERANCE));
    }

    private void assertGolden(String row, DataType type, double tolerance) {
        for (String name : GoldenLosses.INSTANCE.batches().keySet()) {
            if (!GoldenLosses.INSTANCE.has(row, name)) {
                continue;
            }
            GoldenLosses.Batch batch = GoldenLosses.INSTANCE.batches().get(name);
            LossProbe probe =
                    LossProbe.of(goldens().get(row), batch.logits(), batch.labels(), type);
            double expected = GoldenLosses.INSTANCE.value(row, name);
            assertThat(probe.value())
                    .as("%s on batch %s in %s", row, name, type)
                    .isCloseTo(expected, within(tolerance * Math.max(1, Math.abs(expected))));
        }
    }

    @Test
    void reproducesTheGoldenGradients() {
        assertGoldenGradients(DataType.FLOAT64, FLOAT64_TOLERANCE);
    }

    @Test
    void reproducesTheGoldenGradientsInFloat32() {
        assertGoldenGradients(DataType.FLOAT32, FLOAT32_GRADIENT_TOLERANCE);
    }

    private void assertGoldenGradients(DataType type, double tolerance) {
        GoldenLosses.Batch batch = GoldenLosses.INSTANCE.batches().get("A");
        rows().forEach(
                        row ->
                                assertThat(
                                                LossProbe.of(
                                                                goldens().get(row),
                                                                batch.logits(),
                                                                batch.labels(),
                                                                type)
                                                        .gradient())
                                        .as("gradient of %s on batch A in %s", row, type)
                                        .containsExactly(
                                                GoldenLosses.INSTANCE.gradientOnBatchA(row),
                                                within(tolerance)));
    }

    @Test
    void gradientEqualsCentralDifferences() {
        assumeTrue(!stopsGradient(), "the stopped gradient has golden values instead");
        double[][] logits = LossProbe.randomLogits(11, 7, 4, 1.5);
        long[] labels = LossProbe.randomLabels(12, 7, 4);
        double[] gradient = LossProbe.of(loss(4), logits, labels).gradient();
        double[] differences =
                LossProbe.centralDifferences(
                        loss(4), logits, manager -> manager.create(labels), DIFFERENCE_STEP);
        assertThat(gradient).containsExactly(differences, within(DIFFERENCE_TOLERANCE));
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT32", "FLOAT64"})
    void theGradientSurvivesAGarbageCollection(DataType type) {
        double[][] logits = LossProbe.randomLogits(13, 7, 4, 1.5);
        long[] labels = LossProbe.randomLabels(14, 7, 4);
        assertThat(LossProbe.afterCollection(loss(4), logits, labels, type).gradient())
                .containsExactly(
                        LossProbe.of(loss(4), logits, labels, type).gradient(),
                        within(FLOAT32_TOLERANCE));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1, 100, 1000})
    void staysFiniteOnSaturatedLogits(double scale) {
        double[][] rightAndWrong = {{scale, -scale, 0}, {-scale, scale, 0}, {0, 0, -scale}};
        assertFinite(rightAndWrong, new long[] {0, 0, 2});
        assertFinite(rightAndWrong, new long[] {0, 1, 0});
        assertFinite(rightAndWrong, new long[] {2, 2, 2});
    }

    @Test
    void staysFiniteOnDegenerateBatches() {
        double[][] oneSample = {{0.3, -0.2, 0.9}};
        assertFinite(oneSample, new long[] {2});
        assertFinite(oneSample, new long[] {0});
        double[][] constant = new double[4][3];
        assertFinite(constant, new long[] {0, 0, 0, 0});
        double[][] logits = LossProbe.randomLogits(5, 6, 3, 1);
        long[] predicted = Arrays.stream(logits).mapToLong(LossContract::argMax).toArray();
        assertFinite(logits, predicted);
        assertFinite(logits, Arrays.stream(predicted).map(label -> (label + 1) % 3).toArray());
        assertFinite(LossProbe.randomLogits(6, 5, 2, 1), new long[] {0, 0, 1, 1, 0});
    }

    private void assertFinite(double[][] logits, long[] labels) {
        for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
            LossProbe probe = LossProbe.of(loss(logits[0].length), logits, labels, type);
            String where =
                    Arrays.deepToString(logits) + " " + Arrays.toString(labels) + " in " + type;
            assertThat(probe.isFinite()).as("%s at %s", probe, where).isTrue();
        }
    }

    private static long argMax(double[] row) {
        int best = 0;
        for (int k = 1; k < row.length; k++) {
            best = row[k] > row[best] ? k : best;
        }
        return best;
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"INT32", "INT64", "UINT8", "FLOAT32"})
    void takesLabelsOfAnyType(DataType type) {
        double[][] logits = LossProbe.randomLogits(21, 6, 3, 1);
        long[] labels = LossProbe.randomLabels(22, 6, 3);
        double expected = LossProbe.valueOf(loss(), logits, manager -> manager.create(labels));
        assertThat(
                        LossProbe.valueOf(
                                loss(),
                                logits,
                                manager -> manager.create(labels).toType(type, false)))
                .isEqualTo(expected);
        assertThat(
                        LossProbe.valueOf(
                                loss(),
                                logits,
                                manager ->
                                        manager.create(labels, new Shape(6, 1))
                                                .toType(type, false)))
                .as("labels [N, 1]")
                .isEqualTo(expected);
    }

    @Test
    void takesTokensAndLeavesOutTheIgnoredOnes() {
        assumeTrue(takesIgnoreIndex(), "the loss states that it does not");
        double[][] logits = LossProbe.randomLogits(31, 6, 3, 1);
        LossProbe counted =
                LossProbe.of(
                        loss(),
                        new double[][] {logits[0], logits[1], logits[3], logits[5]},
                        new long[] {2, 0, 1, 1});
        LossProbe tokens =
                LossProbe.of(
                        loss(),
                        LossProbe.flat(logits),
                        new Shape(2, 3, 3),
                        DataType.FLOAT64,
                        manager ->
                                manager.create(
                                        new long[] {2, 0, -100, 1, -100, 1}, new Shape(2, 3)));
        assertThat(tokens.value()).isCloseTo(counted.value(), within(FLOAT64_TOLERANCE));
        double[] expected = new double[18];
        System.arraycopy(counted.gradient(), 0, expected, 0, 6);
        System.arraycopy(counted.gradient(), 6, expected, 9, 3);
        System.arraycopy(counted.gradient(), 9, expected, 15, 3);
        assertThat(tokens.gradient()).containsExactly(expected, within(FLOAT64_TOLERANCE));
    }

    @Test
    void staysFiniteWhenEveryTokenIsIgnored() {
        assumeTrue(takesIgnoreIndex(), "the loss states that it does not");
        LossProbe probe =
                LossProbe.of(
                        loss(),
                        LossProbe.flat(LossProbe.randomLogits(33, 4, 3, 1)),
                        new Shape(2, 2, 3),
                        DataType.FLOAT64,
                        manager -> manager.full(new Shape(2, 2), -100, DataType.INT64));
        assertThat(probe.isFinite()).as("%s", probe).isTrue();
    }

    @Test
    void readsOneHotRowsAsItReadsIndices() {
        assumeTrue(takesDistributions(), "the formula takes class indices only");
        double[][] logits = LossProbe.randomLogits(41, 6, 3, 1);
        long[] labels = LossProbe.randomLabels(42, 6, 3);
        LossProbe byIndex = LossProbe.of(loss(), logits, labels);
        LossProbe byRow =
                LossProbe.of(
                        loss(),
                        LossProbe.flat(logits),
                        new Shape(6, 3),
                        DataType.FLOAT64,
                        manager -> manager.create(labels).oneHot(3, DataType.FLOAT64));
        assertThat(byRow.value()).isCloseTo(byIndex.value(), within(FLOAT64_TOLERANCE));
        assertThat(byRow.gradient()).containsExactly(byIndex.gradient(), within(FLOAT64_TOLERANCE));
    }

    @Test
    void refusesDistributionsWhereTheFormulaHasNone() {
        assumeTrue(!takesDistributions(), "the formula takes distributions");
        assertThatThrownBy(
                        () ->
                                LossProbe.valueOf(
                                        loss(),
                                        LossProbe.randomLogits(41, 4, 3, 1),
                                        manager -> manager.full(new Shape(4, 3), 1f / 3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("class indices");
    }

    @Test
    void takesHalfPrecisionLogits() {
        double[][] logits = LossProbe.randomLogits(51, 6, 3, 1);
        for (double[] row : logits) {
            Arrays.setAll(row, k -> Math.rint(row[k] * 16) / 16);
        }
        long[] labels = LossProbe.randomLabels(52, 6, 3);
        LossProbe half = LossProbe.of(loss(), logits, labels, DataType.FLOAT16);
        LossProbe full = LossProbe.of(loss(), logits, labels, DataType.FLOAT32);
        assertThat(half.value()).isCloseTo(full.value(), within(FLOAT32_TOLERANCE));
        assertThat(half.gradient()).containsExactly(full.gradient(), within(1e-2));
    }

    static Stream<Shape> labelShapesThatDoNotFit() {
        return Stream.of(new Shape(5), new Shape(6, 2), new Shape(1, 6), new Shape(6, 1, 1));
    }

    @ParameterizedTest
    @MethodSource("labelShapesThatDoNotFit")
    void refusesLabelsThatDoNotFit(Shape shape) {
        assertThatThrownBy(
                        () ->
                                LossProbe.valueOf(
                                        loss(),
                                        LossProbe.randomLogits(61, 6, 3, 1),
                                        manager -> manager.zeros(shape, DataType.INT64)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(shape.toString());
    }

    @Test
    void refusesTokenLabelsWithATrailingAxis() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList labels = new NDList(manager.zeros(new Shape(2, 3, 1), DataType.INT64));
            NDList logits = new NDList(manager.zeros(new Shape(2, 3, 4)));
            assertThatThrownBy(() -> loss().evaluate(labels, logits))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("(2, 3, 1)");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT32", "FLOAT64"})
    void theValueHasTheTypeOfTheLogits(DataType type) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList logits = new NDList(manager.randomNormal(new Shape(8, 3)).toType(type, false));
            NDList labels = new NDList(manager.zeros(new Shape(8), DataType.INT64));
            NDArray value = loss().evaluate(labels, logits);
            assertThat(value.getDataType()).isEqualTo(type);
            assertThat(value.getShape()).isEqualTo(new Shape());
        }
    }

    @Test
    void servesAsTheEvaluatorOfATrainer() {
        Loss loss = loss();
        loss.addAccumulator("epoch");
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList logits = new NDList(manager.randomNormal(new Shape(8, 3)));
            NDList labels = new NDList(manager.zeros(new Shape(8), DataType.INT64));
            float value = loss.evaluate(labels, logits).getFloat();
            loss.updateAccumulators(new String[] {"epoch"}, labels, logits);
            assertThat(loss.getAccumulator("epoch")).isEqualTo(value);
        }
    }

    @Test
    void readsNoValueToTheHost() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray logits = manager.randomNormal(new Shape(8, 3));
            NDArray labels = manager.create(new long[] {0, 1, 2, 0, 1, 2, 0, 1});
            assertReadsNoValue(loss(), new NDList(labels), new NDList(logits));
        }
    }

    static void assertReadsNoValue(Loss loss, NDList labels, NDList logits) {
        try (MockedStatic<JniUtils> engine =
                Mockito.mockStatic(JniUtils.class, Answers.CALLS_REAL_METHODS)) {
            loss.evaluate(labels, logits);
            engine.verify(
                    () ->
                            JniUtils.getByteBuffer(
                                    ArgumentMatchers.any(), ArgumentMatchers.anyBoolean()),
                    Mockito.never());
            engine.verify(() -> JniUtils.nonZeros(ArgumentMatchers.any()), Mockito.never());
            engine.verify(
                    () ->
                            JniUtils.clip(
                                    ArgumentMatchers.any(),
                                    ArgumentMatchers.any(),
                                    ArgumentMatchers.any()),
                    Mockito.never());
            engine.verify(
                    () -> JniUtils.booleanMask(ArgumentMatchers.any(), ArgumentMatchers.any()),
                    Mockito.never());
        }
    }

    @Test
    void leavesNoArrayBehind() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList logits = new NDList(manager.randomNormal(new Shape(8, 3)));
            NDList labels = new NDList(manager.zeros(new Shape(8), DataType.INT64));
            assertLeavesNoArray(loss(), manager, labels, logits);
        }
    }

    static void assertLeavesNoArray(Loss loss, NDManager manager, NDList labels, NDList logits) {
        loss.evaluate(labels, logits).close();
        int before = manager.getManagedArrays().size();
        loss.evaluate(labels, logits).close();
        assertThat(manager.getManagedArrays()).hasSize(before);
    }
}
