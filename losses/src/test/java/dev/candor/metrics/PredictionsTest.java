package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PredictionsTest {

    private static final double TOLERANCE = 1e-14;

    private final NDManager manager = NDManager.newBaseManager();

    @AfterEach
    void close() {
        manager.close();
    }

    private Predictions ofLogits(double[][] logits, long... labels) {
        return Predictions.ofLogits(manager.create(logits), manager.create(labels));
    }

    private Predictions ofProbabilities(double[][] probabilities, long... labels) {
        return Predictions.ofProbabilities(manager.create(probabilities), manager.create(labels));
    }

    @Test
    void tellsOfEachRowWhatTheFormulasSay() {
        Predictions predictions =
                ofLogits(new double[][] {{0, Math.log(3)}, {Math.log(4), 0}}, 1, 1);
        assertThat(predictions.size()).isEqualTo(2);
        assertThat(predictions.classes()).isEqualTo(2);
        assertThat(predictions.labels()).containsExactly(1, 1);
        assertThat(predictions.predicted()).containsExactly(1, 0);
        assertThat(predictions.correct()).containsExactly(true, false);
        assertThat(predictions.accuracy()).isEqualTo(0.5);
        assertThat(predictions.confidence())
                .containsExactly(new double[] {.75, .8}, within(TOLERANCE));
        assertThat(predictions.nll())
                .containsExactly(new double[] {-Math.log(.75), -Math.log(.2)}, within(TOLERANCE));
        assertThat(predictions.brier())
                .containsExactly(new double[] {.125, 1.28}, within(TOLERANCE));
        assertThat(predictions.entropy())
                .containsExactly(
                        new double[] {
                            -.75 * Math.log(.75) - .25 * Math.log(.25),
                            -.8 * Math.log(.8) - .2 * Math.log(.2)
                        },
                        within(TOLERANCE));
    }

    @Test
    void readsProbabilitiesAsItReadsTheirLogits() {
        NDArray logits = PostHocData.B.logits(manager);
        NDArray labels = PostHocData.B.labels(manager);
        Predictions direct = Predictions.ofLogits(logits, labels);
        Predictions read = Predictions.ofProbabilities(logits.softmax(1), labels);
        assertThat(read.predicted()).isEqualTo(direct.predicted());
        assertThat(read.confidence()).containsExactly(direct.confidence(), within(TOLERANCE));
        assertThat(read.nll()).containsExactly(direct.nll(), within(1e-12));
        assertThat(read.brier()).containsExactly(direct.brier(), within(TOLERANCE));
        assertThat(read.entropy()).containsExactly(direct.entropy(), within(TOLERANCE));
    }

    @Test
    void readsASetOfManyChunksAsOne() {
        int rows = 90_000;
        int classes = 100;
        NDArray logits = manager.randomNormal(new Shape(rows, classes));
        long[] labels = new long[rows];
        Arrays.setAll(labels, row -> row % classes);
        Predictions all = Predictions.ofLogits(logits, manager.create(labels));
        long[] tail = Arrays.copyOfRange(labels, rows - 10, rows);
        Predictions last = Predictions.ofLogits(logits.get(rows - 10 + ":"), manager.create(tail));
        assertThat(Arrays.copyOfRange(all.nll(), rows - 10, rows)).isEqualTo(last.nll());
        assertThat(Arrays.copyOfRange(all.predicted(), rows - 10, rows))
                .isEqualTo(last.predicted());
    }

    @Test
    void leavesNoArrayBehind() {
        NDArray logits = PostHocData.A.logits(manager, DataType.FLOAT32);
        NDArray labels = PostHocData.A.labels(manager);
        int before = manager.getManagedArrays().size();
        Predictions.ofLogits(logits, labels);
        assertThat(manager.getManagedArrays()).hasSize(before);
        assertThat(logits.getManager()).isSameAs(manager);
    }

    @Test
    void leavesOutTokensThatDoNotCount() {
        NDArray logits = PostHocData.A.logits(manager).reshape(3, 4, 3);
        long[] labels = PostHocData.A.labels.clone();
        labels[0] = -100;
        labels[7] = -100;
        Predictions tokens = Predictions.ofLogits(logits, manager.create(labels, new Shape(3, 4)));
        Predictions all = PostHocData.A.predictions();
        assertThat(tokens.size()).isEqualTo(10);
        assertThat(tokens.nll()[0]).isEqualTo(all.nll()[1]);
        assertThat(tokens.nll()[6]).isEqualTo(all.nll()[8]);
    }

    @Test
    void leavesOutTheLabelItIsTold() {
        NDArray logits = PostHocData.A.logits(manager);
        Predictions kept = Predictions.ofLogits(logits, PostHocData.A.labels(manager), 0);
        assertThat(kept.labels()).containsExactly(1, 1, 2, 2, 2, 1, 1);
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"INT32", "INT64", "UINT8", "FLOAT32", "FLOAT64"})
    void takesLabelsOfAnyType(DataType type) {
        NDArray logits = PostHocData.A.logits(manager);
        NDArray labels = PostHocData.A.labels(manager).toType(type, false);
        double[] expected = PostHocData.A.predictions().nll();
        assertThat(Predictions.ofLogits(logits, labels).nll()).isEqualTo(expected);
        assertThat(Predictions.ofLogits(logits, labels.expandDims(1)).nll()).isEqualTo(expected);
    }

    @Test
    void takesHalfPrecision() {
        NDArray logits = PostHocData.A.logits(manager, DataType.FLOAT16);
        assertThat(Predictions.ofLogits(logits, PostHocData.A.labels(manager)).nll())
                .isEqualTo(PostHocData.A.predictions().nll());
    }

    @Test
    void staysFiniteOnHugeLogits() {
        Predictions predictions = ofLogits(new double[][] {{1e38, -1e38}, {-1000, 1000}}, 1, 0);
        assertThat(predictions.nll()).containsExactly(2e38, 2000);
        assertThat(predictions.brier()).containsExactly(2, 2);
        assertThat(predictions.entropy()).containsExactly(new double[2], within(TOLERANCE));
    }

    @Test
    void takesASingleRowAndASetWithoutOneOfTheClasses() {
        assertThat(ofLogits(new double[][] {{1, 2, 3}}, 2).accuracy()).isEqualTo(1);
        assertThat(ofLogits(new double[][] {{1, 2, 3}, {0, 0, 0}}, 0, 0).accuracy()).isEqualTo(0.5);
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void refusesLogitsThatAreNotFinite(double value) {
        assertThatThrownBy(() -> ofLogits(new double[][] {{0, 1}, {value, 0}}, 0, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("logits[1] holds NaN or infinity");
        assertThatThrownBy(() -> ofProbabilities(new double[][] {{0, 1}, {value, 0}}, 0, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("probabilities[1] holds NaN or infinity");
    }

    @Test
    void refusesRowsThatAreNotDistributions() {
        assertThatThrownBy(() -> ofProbabilities(new double[][] {{.5, .5}, {1.5, -.5}}, 0, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("probabilities[1] holds -0.5, expected nonnegative values");
        assertThatThrownBy(() -> ofProbabilities(new double[][] {{.5, .25}}, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("probabilities[0] sums to 0.75, expected 1");
    }

    @Test
    void refusesLabelsThatNameNoClass() {
        assertThatThrownBy(() -> ofLogits(new double[][] {{0, 1}, {1, 0}}, 0, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("labels[1] = 2, expected 0..1");
        assertThatThrownBy(
                        () ->
                                Predictions.ofLogits(
                                        manager.zeros(new Shape(2, 3)),
                                        manager.create(new float[] {0, 1.5f})))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("labels[1] = 1.5, expected a whole class index");
    }

    @Test
    void refusesShapesThatDoNotFit() {
        NDArray labels = manager.zeros(new Shape(3), DataType.INT64);
        assertThatThrownBy(() -> Predictions.ofLogits(manager.zeros(new Shape(2, 3)), labels))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("labels have shape (3) for logits of shape (2, 3)");
        assertThatThrownBy(() -> Predictions.ofLogits(manager.zeros(new Shape(3)), labels))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected [N, C] or [N, T, C]");
        assertThatThrownBy(() -> Predictions.ofLogits(manager.zeros(new Shape(3, 1)), labels))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected at least two classes");
        assertThatThrownBy(
                        () ->
                                Predictions.ofLogits(
                                        manager.zeros(new Shape(3, 2), DataType.INT32), labels))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected a floating type");
    }

    @Test
    void refusesASetWithoutRows() {
        assertThatThrownBy(
                        () ->
                                Predictions.ofLogits(
                                        manager.zeros(new Shape(0, 3)),
                                        manager.zeros(new Shape(0), DataType.INT64)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected at least one row");
        assertThatThrownBy(
                        () ->
                                Predictions.ofLogits(
                                        manager.zeros(new Shape(1, 2, 3)),
                                        manager.full(new Shape(1, 2), -100, DataType.INT64)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("all 2 labels are -100, the label of rows that do not count");
    }

    @Test
    void warnsOfProbabilitiesPassedAsLogitsAndOfNothingElse() {
        NDArray logits = PostHocData.A.logits(manager, DataType.FLOAT32);
        NDArray labels = PostHocData.A.labels(manager);
        assertThat(warnings(() -> Predictions.ofLogits(logits.softmax(1), labels)))
                .contains("12 rows of logits are nonnegative and sum to 1");
        assertThat(warnings(() -> Predictions.ofLogits(logits, labels))).isEmpty();
        assertThat(warnings(() -> Predictions.ofProbabilities(logits.softmax(1), labels)))
                .isEmpty();
    }

    static String warnings(Runnable action) {
        PrintStream kept = System.err;
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
        try {
            action.run();
        } finally {
            System.setErr(kept);
        }
        return written.toString(StandardCharsets.UTF_8);
    }
}
