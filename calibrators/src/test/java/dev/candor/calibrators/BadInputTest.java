package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.candor.calibrators.BetaCalibration.Form;
import dev.candor.calibrators.FitSummary.Status;
import dev.candor.calibrators.RegionTemperatureScaling.Region;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Samples that no calibrator can learn from: each is refused, or gives a finite map. */
class BadInputTest {

    /** How far a likelihood may lie above another one by rounding alone. */
    private static final double ROUNDING = 1e-9;

    private NDManager manager;

    /** Every method, in all its forms. */
    enum Method {
        TEMPERATURE(0, TemperatureScaling.builder()),
        VECTOR(0, VectorScaling.builder()),
        VECTOR_BY_BRIER(0, VectorScaling.builder().optObjective(Objective.BRIER)),
        MATRIX(0, MatrixScaling.builder()),
        MATRIX_WITH_PENALTY(
                0, MatrixScaling.builder().optOffDiagonalPenalty(0.01).optBiasPenalty(0.01)),
        DIRICHLET(0, DirichletCalibration.builder()),
        STRUCTURED_VECTOR(
                0, StructuredMatrixScaling.builder().optForm(StructuredMatrixScaling.Form.VECTOR)),
        STRUCTURED_MATRIX(
                0, StructuredMatrixScaling.builder().optForm(StructuredMatrixScaling.Form.MATRIX)),
        ENSEMBLE(0, EnsembleTemperatureScaling.builder()),
        ENSEMBLE_BY_BRIER(0, EnsembleTemperatureScaling.builder().optObjective(Objective.BRIER)),
        CONFIDENCE_REGIONS(0, RegionTemperatureScaling.builder()),
        CLASS_REGIONS(0, RegionTemperatureScaling.builder().optRegion(Region.PREDICTED_CLASS)),
        ORDER_PRESERVING(0, IntraOrderPreserving.builder().optForm(IntraOrderPreserving.Form.OP)),
        ORDER_INVARIANT(
                0,
                IntraOrderPreserving.builder()
                        .optForm(IntraOrderPreserving.Form.OI)
                        .optHiddenUnits(3)),
        DIAGONAL(0, IntraOrderPreserving.builder().optForm(IntraOrderPreserving.Form.DIAG)),
        PARAMETERIZED(0, ParameterizedTemperatureScaling.builder()),
        RANK_PRESERVING(0, NeuralRankPreserving.builder()),
        PLATT(2, PlattScaling.builder()),
        LOGISTIC(2, LogisticScaling.builder()),
        QUADRATIC(2, LogisticScaling.builder().optQuadratic(true)),
        BETA(2, BetaCalibration.builder()),
        BETA_AFFINE(2, BetaCalibration.builder().optForm(Form.AM)),
        BETA_FIXED(2, BetaCalibration.builder().optForm(Form.AB)),
        BATCH(0, BatchCalibration.builder()),
        BEST(0, null);

        private final int classes;
        private final FitBuilder<?, ?> builder;

        Method(int classes, FitBuilder<?, ?> builder) {
            this.classes = classes;
            this.builder = builder;
        }

        boolean takesTwoClassesAlone() {
            return classes == 2;
        }

        Calibrator fit(NDArray logits, NDArray labels) {
            return builder == null ? Calibrators.best(logits, labels) : builder.fit(logits, labels);
        }
    }

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private NDArray array(double[][] rows) {
        double[] flat = Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
        return manager.create(flat, new Shape(rows.length, rows[0].length));
    }

    private static void refuses(Method method, NDArray logits, NDArray labels, String message) {
        assertThatThrownBy(() -> method.fit(logits, labels))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    /** Two or three columns of the logits, as the method takes. */
    private NDArray columns(Method method, double[][] rows) {
        int classes = method.takesTwoClassesAlone() ? 2 : 3;
        return array(
                Arrays.stream(rows)
                        .map(row -> Arrays.copyOf(row, classes))
                        .toArray(double[][]::new));
    }

    private Status fits(Method method, NDArray logits, long... labels) {
        Status status = null;
        for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
            NDArray typed = logits.toType(type, false);
            Calibrator fitted = method.fit(typed, manager.create(labels));
            FitSummary summary = fitted.summary();
            assertThat(summary.objectiveAfter())
                    .isFinite()
                    .isLessThanOrEqualTo(summary.objectiveBefore() + ROUNDING);
            summary.parameters().forEach((name, values) -> assertFinite(name, values));
            NDArray probabilities = fitted.apply(typed).softmax(1);
            double[] values = probabilities.toType(DataType.FLOAT64, false).toDoubleArray();
            assertFinite("probabilities", values);
            status = summary.status();
        }
        return status;
    }

    private static void assertFinite(String name, double[] values) {
        assertThat(Arrays.stream(values).allMatch(Double::isFinite))
                .as(() -> name + " " + Arrays.toString(values))
                .isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void refusesLogitsThatAreNotFinite(Method method) {
        for (double bad :
                new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
            NDArray logits = columns(method, new double[][] {{1, 2, 0}, {0, 1, 3}, {bad, 1, 1}});
            NDArray labels = manager.create(new long[] {0, 1, 1});
            refuses(method, logits, labels, "logits[2] holds NaN or infinity");
            NDArray narrow = logits.toType(DataType.FLOAT32, false);
            refuses(method, narrow, labels, "logits[2] holds NaN or infinity");
        }
    }

    @ParameterizedTest
    @EnumSource
    void refusesNoSamples(Method method) {
        NDArray logits = manager.create(new Shape(0, 2));
        NDArray labels = manager.create(new long[0]);
        refuses(method, logits, labels, "logits have shape (0, 2), expected at least one row");
    }

    @ParameterizedTest
    @EnumSource
    void refusesLabelsWithFractions(Method method) {
        NDArray logits = columns(method, new double[][] {{1, 2, 0}, {0, 1, 3}});
        refuses(
                method,
                logits,
                manager.create(new float[] {0, 0.25f}),
                "labels[1] = 0.25, expected a whole class index");
    }

    @ParameterizedTest
    @EnumSource
    void oneSampleFits(Method method) {
        for (long label : new long[] {0, 1}) {
            fits(method, columns(method, new double[][] {{2, 1, 0}}), label);
            fits(method, columns(method, new double[][] {{0, 0, 0}}), label);
        }
    }

    @ParameterizedTest
    @EnumSource
    void oneClassFits(Method method) {
        double[][] rows = {{2, 1, 0}, {0, 1, 2}, {1, 0.5, 0}, {0, 0.1, -1}};
        fits(method, columns(method, rows), 0, 0, 0, 0);
        fits(method, columns(method, rows), 1, 1, 1, 1);
    }

    @ParameterizedTest
    @EnumSource
    void anAbsentClassFits(Method method) {
        assumeThat(method.takesTwoClassesAlone()).isFalse();
        double[][] rows = {{2, 1, 0}, {0, 1, 2}, {1, 0.5, 0}, {0, 0.1, -1}, {1, 3, 2}, {2, 0, 1}};
        Status status = fits(method, array(rows), 0, 1, 0, 1, 0, 1);
        if (method == Method.VECTOR || method == Method.VECTOR_BY_BRIER) {
            assertThat(status).isEqualTo(Status.CLASS_WITHOUT_SAMPLES);
        }
        if (method == Method.MATRIX) {
            assertThat(status).isIn(Status.CLASS_WITHOUT_SAMPLES, Status.SEPARABLE);
        }
    }

    @ParameterizedTest
    @EnumSource
    void constantLogitsFit(Method method) {
        for (double constant : new double[] {0, 1, -1e38}) {
            double[][] rows = new double[4][3];
            for (double[] row : rows) {
                Arrays.fill(row, constant);
            }
            Status status = fits(method, columns(method, rows), 0, 1, 1, 0);
            assertThat(status).isIn(Status.DEGENERATE, Status.CONVERGED);
            if (method != Method.BEST) {
                assertThat(status).isEqualTo(Status.DEGENERATE);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void separableSamplesFit(Method method) {
        for (double scale : new double[] {1e-3, 1, 1000, 1e38}) {
            double[][] rows = {{scale, 0, 0}, {0, scale, 0}, {2 * scale, 0, 0}, {0, scale, 0}};
            Status status = fits(method, columns(method, rows), 0, 1, 0, 1);
            switch (method) {
                case VECTOR, VECTOR_BY_BRIER, MATRIX, MATRIX_WITH_PENALTY, DIRICHLET ->
                        assertThat(status).isEqualTo(Status.SEPARABLE);
                case LOGISTIC, QUADRATIC, BETA, BETA_AFFINE, BETA_FIXED ->
                        assertThat(status).isEqualTo(Status.SEPARABLE);
                case PLATT, BEST ->
                        assertThat(status).isIn(Status.CONVERGED, Status.TEMPERATURE_TO_ZERO);
                case BATCH -> assertThat(status).isIn(Status.CONVERGED, Status.DEGENERATE);
                default -> assertThat(status).isEqualTo(Status.TEMPERATURE_TO_ZERO);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void allWrongFits(Method method) {
        for (double scale : new double[] {1e-3, 1, 1000, 1e38}) {
            double[][] rows = {{scale, 0, 0}, {0, scale, 0}, {2 * scale, 0, 0}, {0, scale, 0}};
            fits(method, columns(method, rows), 1, 0, 1, 0);
        }
    }

    @ParameterizedTest
    @EnumSource
    void logitsNearTheEndOfTheRangeFit(Method method) {
        double[][] rows = {
            {1e38, -1e38, 0}, {0, 1e38, 3e38}, {3e38, 0, -3e38}, {1e38, 2e38, 0}, {-1e38, 2e38, 0}
        };
        fits(method, columns(method, rows), 0, 1, 0, 0, 1);
    }

    @ParameterizedTest
    @EnumSource
    void threeSamplesOfManyClassesFit(Method method) {
        assumeThat(method.takesTwoClassesAlone()).isFalse();
        assumeThat(method).isNotIn(Method.MATRIX_WITH_PENALTY, Method.DIRICHLET);
        DataSets data = DataSets.random(2, 3, 1000);
        fits(method, array(data.logits()), data.labels());
    }

    @ParameterizedTest
    @EnumSource
    void probabilitiesPassedAsLogitsGiveAWarning(Method method) {
        NDArray logits = columns(method, new double[][] {{1, 2, 0}, {0, 1, 3}, {2, 1, 1}});
        NDArray labels = manager.create(new long[] {0, 1, 1});
        String warning = "they look like probabilities";
        assertThat(warnings(method, logits.softmax(1), labels)).containsOnlyOnce(warning);
        assertThat(warnings(method, logits.logSoftmax(1), labels)).isEmpty();
    }

    private static String warnings(Method method, NDArray logits, NDArray labels) {
        PrintStream before = System.err;
        ByteArrayOutputStream captured = new ByteArrayOutputStream();
        System.setErr(new PrintStream(captured, true, StandardCharsets.UTF_8));
        try {
            method.fit(logits, labels);
        } finally {
            System.setErr(before);
        }
        return captured.toString(StandardCharsets.UTF_8);
    }
}
