package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every metric of forecasts promises. */
class ForecastMetricsTest {

    private static final double TOLERANCE = 1e-12;

    /** Metrics that have no value when all outcomes are the same, or only those they look for. */
    private static final List<String> NEED_BOTH_OUTCOMES =
            List.of("AUROC", "average precision of correct", "average precision of errors");

    /** Zero where every forecast is certain and right. */
    private static final List<String> CALIBRATION_ERRORS =
            List.of(
                    "ECE",
                    "MCE",
                    "RMSCE",
                    "equal-mass ECE",
                    "debiased",
                    "sweep",
                    "KS",
                    "smECE",
                    "smECE, logit scale",
                    "RBECE");

    private static Map<String, Metric<Forecasts>> metrics() {
        Map<String, Metric<Forecasts>> metrics = new TreeMap<>();
        metrics.put("ECE", ExpectedCalibrationError.of());
        metrics.put("RMSCE", ExpectedCalibrationError.builder().optNorm(2).build());
        metrics.put(
                "equal-mass ECE",
                ExpectedCalibrationError.builder().optBinning(Binning.EQUAL_MASS).build());
        metrics.put("MCE", MaximumCalibrationError.of());
        metrics.put("debiased", DebiasedCalibrationError.of());
        metrics.put("sweep", SweepCalibrationError.of());
        metrics.put("KS", KolmogorovSmirnovCalibrationError.of());
        metrics.put("smECE", SmoothCalibrationError.of());
        metrics.put("smECE, logit scale", SmoothCalibrationError.ofLogitScale());
        metrics.put("RBECE", RegionBalancedCalibrationError.of());
        metrics.put("AUROC", AreaUnderRoc.of());
        metrics.put("average precision of correct", AveragePrecision.ofCorrect());
        metrics.put("average precision of errors", AveragePrecision.ofErrors());
        metrics.put("AURC", AreaUnderRiskCoverage.of());
        metrics.put("E-AURC", ExcessAreaUnderRiskCoverage.ofExact());
        metrics.put("AUGRC", AreaUnderGeneralizedRiskCoverage.of());
        metrics.put("inverse pair ratio", InversePairRatio.of());
        metrics.put("evenness", ConfidenceEvenness.of());
        metrics.put("reliability", f -> MurphyDecomposition.of(f).reliability());
        return metrics;
    }

    static Stream<String> names() {
        return metrics().keySet().stream();
    }

    static Stream<String> calibrationErrors() {
        return CALIBRATION_ERRORS.stream();
    }

    private static double measure(String name, Forecasts forecasts) {
        return metrics().get(name).measure(forecasts);
    }

    @ParameterizedTest
    @MethodSource("names")
    void theOrderOfRowsDoesNotMatter(String name) {
        Forecasts forecasts = RandomForecasts.calibrated(500, 12);
        List<Integer> order = new ArrayList<>(IntStream.range(0, 500).boxed().toList());
        Collections.shuffle(order, new Random(5));
        Forecasts shuffled = forecasts.rows(order.stream().mapToInt(Integer::intValue).toArray());
        assertThat(measure(name, shuffled)).isCloseTo(measure(name, forecasts), within(TOLERANCE));
    }

    @ParameterizedTest
    @MethodSource("names")
    void aSetInPartsIsTheSetItself(String name) {
        Forecasts forecasts = RandomForecasts.calibrated(300, 13);
        Forecasts joined =
                Forecasts.join(
                        List.of(
                                forecasts.rows(IntStream.range(0, 120).toArray()),
                                forecasts.rows(IntStream.range(120, 300).toArray())));
        assertThat(measure(name, joined)).isEqualTo(measure(name, forecasts));
    }

    @ParameterizedTest
    @MethodSource("names")
    void hasAValueOnDegenerateSets(String name) {
        double[] half = new double[40];
        Arrays.fill(half, .5);
        boolean[] mixed = new boolean[40];
        for (int row = 0; row < 40; row += 3) {
            mixed[row] = true;
        }
        assertThat(measure(name, Forecasts.of(half, mixed))).as("constant").isBetween(-1e-15, 1.0);
        if (NEED_BOTH_OUTCOMES.contains(name)) {
            return;
        }
        for (boolean outcome : new boolean[] {true, false}) {
            boolean[] all = new boolean[40];
            Arrays.fill(all, outcome);
            assertThat(measure(name, Forecasts.of(half, all)))
                    .as("all %s", outcome)
                    .isBetween(-1e-15, 1.0);
            assertThat(measure(name, Forecasts.of(new double[] {.7}, new boolean[] {outcome})))
                    .as("one row %s", outcome)
                    .isBetween(-1e-15, 1.0);
            assertThat(
                            measure(
                                    name,
                                    Forecasts.of(
                                            new double[] {0, 1}, new boolean[] {outcome, outcome})))
                    .as("ends %s", outcome)
                    .isBetween(-1e-15, 1.0);
        }
    }

    @ParameterizedTest
    @MethodSource("calibrationErrors")
    void isZeroWhereEveryForecastIsCertainAndRight(String name) {
        Forecasts certain =
                Forecasts.of(
                        new double[] {0, 1, 1, 0, 1},
                        new boolean[] {false, true, true, false, true});
        assertThat(measure(name, certain)).isZero();
    }

    @ParameterizedTest
    @MethodSource("calibrationErrors")
    void growsWithOverconfidence(String name) {
        Forecasts calibrated = RandomForecasts.calibrated(4000, 14);
        double[] sharpened =
                Arrays.stream(calibrated.probabilities())
                        .map(p -> p * p * p / (p * p * p + Math.pow(1 - p, 3)))
                        .toArray();
        Forecasts overconfident = Forecasts.of(sharpened, calibrated.outcomes());
        assertThat(measure(name, overconfident)).isGreaterThan(measure(name, calibrated) + 0.05);
    }
}
