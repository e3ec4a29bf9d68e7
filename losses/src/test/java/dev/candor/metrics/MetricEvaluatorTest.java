package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.DataType;
import ai.djl.training.evaluator.Evaluator;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MetricEvaluatorTest extends EvaluatorContract {

    @Override
    Map<String, Evaluator> goldens() {
        return Map.of(
                "ks", MetricEvaluator.ofTopLabel("KS", KolmogorovSmirnovCalibrationError.of()),
                "relplot smece", MetricEvaluator.ofTopLabel("smECE", SmoothCalibrationError.of()),
                "brier", MetricEvaluator.of("Brier", BrierScore.of()),
                "nll", MetricEvaluator.of("NLL", NegativeLogLikelihood.of()),
                "mean entropy", MetricEvaluator.of("Entropy", MeanEntropy.of()),
                "region ece 10 mean",
                        MetricEvaluator.of(
                                "RegionECE", RegionCalibrationError.builder().optBins(10).build()));
    }

    @Override
    Evaluator evaluator() {
        return MetricEvaluator.of("AvU", AccuracyVersusUncertainty.of());
    }

    @Test
    void isReportedUnderItsName() {
        assertThat(evaluator().getName()).isEqualTo("AvU");
    }

    @Test
    void tellsTheMetricHowManyClassesThereAre() {
        Evaluator classes = MetricEvaluator.of("classes", Predictions::classes);
        assertThat(accumulated(classes, PostHocData.B, DataType.FLOAT32, 30)).isEqualTo(4);
    }
}
