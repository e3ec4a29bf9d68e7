package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ForecastsTest {

    private static final double TOLERANCE = 1e-12;

    private final NDManager manager = NDManager.newBaseManager();

    @AfterEach
    void close() {
        manager.close();
    }

    private static float[] logitsOfC() {
        float[] logits = new float[PostHocData.C.length];
        for (int row = 0; row < logits.length; row++) {
            logits[row] = (float) Math.log(PostHocData.C[row] / (1 - PostHocData.C[row]));
        }
        return logits;
    }

    private NDArray labelsOfC() {
        long[] labels = new long[PostHocData.C.length];
        for (int row = 0; row < labels.length; row++) {
            labels[row] = PostHocData.C_OUTCOMES[row] ? 1 : 0;
        }
        return manager.create(labels);
    }

    @Test
    void readsBinaryLogitsAndProbabilities() {
        Forecasts logits = Forecasts.ofLogits(manager.create(logitsOfC()), labelsOfC());
        assertThat(logits.probabilities()).containsExactly(PostHocData.C, within(1e-6));
        assertThat(logits.outcomes()).isEqualTo(PostHocData.C_OUTCOMES);
        Forecasts probabilities =
                Forecasts.ofProbabilities(
                        manager.create(PostHocData.C, new Shape(4, 5)),
                        labelsOfC().reshape(4, 5).toType(DataType.FLOAT32, false));
        assertThat(probabilities.probabilities()).isEqualTo(PostHocData.C);
        assertThat(probabilities.outcomes()).isEqualTo(PostHocData.C_OUTCOMES);
    }

    @Test
    void binaryPredictionsHaveTheScoresOfTwoClasses() {
        Predictions predictions =
                Predictions.ofBinaryProbabilities(manager.create(PostHocData.C), labelsOfC());
        assertThat(NegativeLogLikelihood.of().measure(predictions))
                .isCloseTo(GoldenMetrics.value("nll", "C"), within(TOLERANCE));
        assertThat(BrierScore.of().measure(predictions) / 2)
                .isCloseTo(GoldenMetrics.value("brier, top label", "C"), within(TOLERANCE));
        NDArray logits = manager.create(logitsOfC());
        NDArray twoClasses = logits.zerosLike().stack(logits, 1);
        Predictions direct = Predictions.ofBinaryLogits(logits, labelsOfC());
        Predictions rows = Predictions.ofLogits(twoClasses, labelsOfC());
        assertThat(direct.predicted()).isEqualTo(rows.predicted());
        assertThat(direct.confidence()).containsExactly(rows.confidence(), within(TOLERANCE));
        assertThat(direct.nll()).containsExactly(rows.nll(), within(TOLERANCE));
        assertThat(direct.brier()).containsExactly(rows.brier(), within(TOLERANCE));
        assertThat(direct.entropy()).containsExactly(rows.entropy(), within(TOLERANCE));
    }

    @Test
    void binaryScoresStayFiniteOnHugeLogitsAndAreInfiniteOnCertainMistakes() {
        NDArray labels = manager.create(new long[] {0, 1});
        Predictions huge =
                Predictions.ofBinaryLogits(manager.create(new double[] {1e38, -1000}), labels);
        assertThat(huge.nll()).containsExactly(1e38, 1000);
        assertThat(huge.entropy()).containsExactly(0, 0);
        Predictions certain =
                Predictions.ofBinaryProbabilities(manager.create(new double[] {1, 1}), labels);
        assertThat(certain.nll()[0]).isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(certain.nll()[1]).isZero();
        assertThat(certain.entropy()).containsExactly(0, 0);
        assertThat(certain.brier()).containsExactly(2, 0);
    }

    @Test
    void predictionsInPartsAreThePredictionsThemselves() {
        NDArray logits = PostHocData.B.logits(manager);
        NDArray labels = PostHocData.B.labels(manager);
        Predictions joined =
                Predictions.join(
                        List.of(
                                Predictions.ofLogits(logits.get(":70"), labels.get(":70")),
                                Predictions.ofLogits(logits.get("70:"), labels.get("70:"))));
        assertThat(CalibrationReport.of(joined))
                .hasToString(CalibrationReport.of(PostHocData.B.predictions()).toString());
        assertThat(joined.nll()).isEqualTo(PostHocData.B.predictions().nll());
        assertThat(joined.predicted()).isEqualTo(PostHocData.B.predictions().predicted());
    }

    @Test
    void refusesToJoinSetsThatDoNotFit() {
        assertThatThrownBy(() -> Predictions.join(List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no sets to join, expected at least one");
        assertThatThrownBy(() -> Forecasts.join(List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no sets to join, expected at least one");
        assertThatThrownBy(
                        () ->
                                Predictions.join(
                                        List.of(
                                                PostHocData.A.predictions(),
                                                PostHocData.B.predictions())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("sets of 3 and 4 classes, expected the same");
    }

    @Test
    void leavesNoArrayBehind() {
        NDArray logits = manager.create(logitsOfC());
        NDArray labels = labelsOfC();
        int before = manager.getManagedArrays().size();
        Forecasts.ofLogits(logits, labels);
        assertThat(manager.getManagedArrays()).hasSize(before);
        assertThat(logits.getManager()).isSameAs(manager);
    }

    @Test
    void warnsOfProbabilitiesPassedAsLogits() {
        assertThat(
                        PredictionsTest.warnings(
                                () ->
                                        Forecasts.ofLogits(
                                                manager.create(PostHocData.C), labelsOfC())))
                .contains("All 20 logits lie in 0..1");
        assertThat(
                        PredictionsTest.warnings(
                                () -> Forecasts.ofLogits(manager.create(logitsOfC()), labelsOfC())))
                .isEmpty();
    }

    @Test
    void refusesBinaryValuesThatAreNone() {
        NDArray labels = manager.create(new long[] {0, 1});
        for (double value :
                new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
            NDArray logits = manager.create(new double[] {-1, value});
            assertThatThrownBy(() -> Forecasts.ofLogits(logits, labels))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("logits[1] = " + value + ", expected a finite value");
        }
        assertThatThrownBy(
                        () ->
                                Forecasts.ofProbabilities(
                                        manager.create(new double[] {.5, 1.5}), labels))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("probabilities[1] = 1.5, expected 0..1");
        NDArray logits = manager.create(new double[] {-1, 2});
        assertThatThrownBy(() -> Forecasts.ofLogits(logits, manager.create(new float[] {0, .5f})))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("labels[1] = 0.5, expected 0 or 1");
        assertThatThrownBy(() -> Forecasts.ofLogits(logits, manager.zeros(new Shape(2, 1))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "labels have shape (2, 1) for predictions of shape (2), expected the same");
        assertThatThrownBy(
                        () ->
                                Forecasts.ofLogits(
                                        manager.zeros(new Shape(0)), manager.zeros(new Shape(0))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected at least one value");
        assertThatThrownBy(() -> Forecasts.ofLogits(labels, labels))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected a floating type");
    }

    @Test
    void saysHowManyThereAre() {
        assertThat(PostHocData.binary())
                .hasToString("20 forecasts, mean 0.5130, of which happened 0.5000");
    }
}
