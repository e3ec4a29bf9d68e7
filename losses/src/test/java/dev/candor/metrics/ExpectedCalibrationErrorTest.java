package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.evaluator.Evaluator;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ExpectedCalibrationErrorTest extends EvaluatorContract {

    @Override
    Map<String, Evaluator> goldens() {
        return Map.of(
                "ece 10", ExpectedCalibrationError.of(10),
                "ece 15", ExpectedCalibrationError.of(),
                "rmsce 15", ExpectedCalibrationError.builder().optNorm(2).build(),
                "equal-mass ece 10", equalMass(10, 1),
                "equal-mass ece 15", equalMass(15, 1),
                "equal-mass rmsce 15", equalMass(15, 2));
    }

    private static ExpectedCalibrationError equalMass(int bins, double norm) {
        return ExpectedCalibrationError.builder()
                .optBins(bins)
                .optBinning(Binning.EQUAL_MASS)
                .optNorm(norm)
                .build();
    }

    private static ExpectedCalibrationError leftClosed(int bins) {
        return ExpectedCalibrationError.builder()
                .optBins(bins)
                .optEdge(BinEdge.LEFT_CLOSED)
                .build();
    }

    @Override
    Evaluator evaluator() {
        return ExpectedCalibrationError.of();
    }

    @Override
    Stream<Evaluator> variants() {
        return Stream.of(evaluator(), equalMass(5, 1));
    }

    @Test
    void reproducesTheGoldenValuesOfForecasts() {
        GoldenMetrics.assertForecasts("ece 10", ExpectedCalibrationError.of(10)::measure);
        GoldenMetrics.assertForecasts("ece 15", ExpectedCalibrationError.of()::measure);
        GoldenMetrics.assertForecasts("equal-mass ece 10", equalMass(10, 1)::measure);
        GoldenMetrics.assertForecasts("equal-mass ece 15", equalMass(15, 1)::measure);
        GoldenMetrics.assertForecasts("equal-mass rmsce 10", equalMass(10, 2)::measure);
        GoldenMetrics.assertForecasts("equal-mass rmsce 15", equalMass(15, 2)::measure);
    }

    @Test
    void agreesWithOtherLibraries() {
        GoldenMetrics.assertForecasts("torchmetrics ece 15", leftClosed(15)::measure);
        GoldenMetrics.assertForecasts("netcal ece 10", leftClosed(10)::measure);
        GoldenMetrics.assertForecasts(
                "torchmetrics rmsce 15",
                ExpectedCalibrationError.builder().optEdge(BinEdge.LEFT_CLOSED).optNorm(2).build()
                        ::measure);
    }

    @Test
    void putsForecastsOnAnEdgeWhereTheConventionPutsThem() {
        Forecasts forecasts =
                Forecasts.of(
                        new double[] {.2, .4, .6, .8, 1},
                        new boolean[] {false, true, false, true, true});
        assertThat(ExpectedCalibrationError.of(5).measure(forecasts)).isCloseTo(.32, within(1e-15));
        assertThat(leftClosed(5).measure(forecasts)).isCloseTo(.32, within(1e-15));
    }

    @Test
    void equalMassKeepsTiesInTheOrderOfTheirRows() {
        Forecasts forecasts =
                Forecasts.of(
                        new double[] {.5, .5, .9, .5, .5, .9},
                        new boolean[] {true, true, true, false, false, false});
        assertThat(equalMass(3, 1).measure(forecasts)).isCloseTo((.5 + .5 + .4) / 3, within(1e-15));
    }

    @Test
    void theEvaluatorKeepsTiesInTheOrderOfTheirRowsToo() {
        double[] logits = new double[6000];
        long[] labels = new long[3000];
        Random random = new Random(3);
        for (int row = 0; row < labels.length; row++) {
            logits[2 * row] = 1 + random.nextInt(4);
            labels[row] = random.nextInt(2);
        }
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray z = manager.create(logits, new Shape(3000, 2));
            NDArray y = manager.create(labels);
            ExpectedCalibrationError metric = equalMass(15, 1);
            metric.addAccumulator(KEY);
            update(metric, new String[] {KEY}, z, y, 700);
            assertThat((double) metric.getAccumulator(KEY))
                    .isCloseTo(
                            metric.measure(Predictions.ofLogits(z, y).topLabel()),
                            within(FLOAT_TOLERANCE));
            metric.resetAccumulator(KEY);
        }
    }

    @Test
    void checksValuesWhenAsked() {
        ExpectedCalibrationError metric =
                ExpectedCalibrationError.builder().optValidate(true).build();
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList logits = new NDList(PostHocData.A.logits(manager));
            long[] labels = PostHocData.A.labels.clone();
            labels[5] = 3;
            assertThatThrownBy(() -> metric.evaluate(new NDList(manager.create(labels)), logits))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("labels[5] = 3, expected 0..2");
        }
    }

    @Test
    void refusesANormBelowOne() {
        assertThatThrownBy(() -> ExpectedCalibrationError.builder().optNorm(0.5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("norm = 0.5, expected 1");
    }

    @Test
    void refusesNoBins() {
        assertThatThrownBy(() -> ExpectedCalibrationError.of(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("bins = 0, expected at least 1");
    }
}
