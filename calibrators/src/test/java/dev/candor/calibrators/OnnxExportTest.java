package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.candor.calibrators.BetaCalibration.Form;
import dev.candor.calibrators.RegionTemperatureScaling.Region;
import dev.candor.calibrators.internal.Coefficient;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Exported models are run by ONNX Runtime. */
class OnnxExportTest {

    private static final double TOLERANCE = 1e-5;
    private static final int ROWS = 300;
    private static final int FEATURES = 3;
    private static final OrtEnvironment ENVIRONMENT = OrtEnvironment.getEnvironment();

    @TempDir Path directory;

    private NDManager manager;

    /** Every method that is exported, in all its forms. */
    enum Method {
        TEMPERATURE(4, TemperatureScaling.builder()),
        TEMPERATURE_WITH_SMOOTHING(4, TemperatureScaling.builder().optLaplaceSmoothing(true)),
        VECTOR(4, VectorScaling.builder()),
        MATRIX(4, MatrixScaling.builder()),
        DIRICHLET(4, DirichletCalibration.builder()),
        STRUCTURED_VECTOR(
                4, StructuredMatrixScaling.builder().optForm(StructuredMatrixScaling.Form.VECTOR)),
        STRUCTURED_MATRIX(
                4, StructuredMatrixScaling.builder().optForm(StructuredMatrixScaling.Form.MATRIX)),
        ENSEMBLE(4, EnsembleTemperatureScaling.builder()),
        CONFIDENCE_REGIONS(4, RegionTemperatureScaling.builder()),
        CLASS_REGIONS(4, RegionTemperatureScaling.builder().optRegion(Region.PREDICTED_CLASS)),
        PLATT(2, PlattScaling.builder()),
        LOGISTIC(2, LogisticScaling.builder()),
        QUADRATIC(2, LogisticScaling.builder().optQuadratic(true)),
        BETA(2, BetaCalibration.builder()),
        BETA_FIXED(2, BetaCalibration.builder().optForm(Form.AB)),
        PARAMETERIZED(4, ParameterizedTemperatureScaling.builder().optTop(3).optMaxIterations(5)),
        ORDER_PRESERVING(4, order(IntraOrderPreserving.Form.OP)),
        ORDER_INVARIANT(4, order(IntraOrderPreserving.Form.OI)),
        DIAGONAL(4, order(IntraOrderPreserving.Form.DIAG)),
        LEAKY_UNITS(4, rank(NeuralRankPreserving.Unit.LEAKY_RELU)),
        TANH_UNITS(4, rank(NeuralRankPreserving.Unit.TANH)),
        SOFTPLUS_UNITS(4, rank(NeuralRankPreserving.Unit.SOFTPLUS));

        private final int classes;
        private final FitBuilder<?, ?> builder;

        Method(int classes, FitBuilder<?, ?> builder) {
            this.classes = classes;
            this.builder = builder;
        }

        private static FitBuilder<?, ?> order(IntraOrderPreserving.Form form) {
            return IntraOrderPreserving.builder().optForm(form).optMaxIterations(5);
        }

        private static FitBuilder<?, ?> rank(NeuralRankPreserving.Unit unit) {
            return NeuralRankPreserving.builder().optUnit(unit).optTop(3).optMaxIterations(5);
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

    private NDArray logits(DataSets data) {
        double[] flat = Arrays.stream(data.logits()).flatMapToDouble(Arrays::stream).toArray();
        return manager.create(flat, new Shape(data.labels().length, data.logits()[0].length))
                .toType(DataType.FLOAT32, false);
    }

    private static float[] run(byte[] model, Map<String, NDArray> inputs) throws OrtException {
        Map<String, OnnxTensor> tensors = new HashMap<>();
        try (OrtSession session = ENVIRONMENT.createSession(model)) {
            for (Map.Entry<String, NDArray> input : inputs.entrySet()) {
                NDArray array = input.getValue();
                FloatBuffer values = FloatBuffer.wrap(array.toFloatArray());
                long[] shape = array.getShape().getShape();
                tensors.put(input.getKey(), OnnxTensor.createTensor(ENVIRONMENT, values, shape));
            }
            try (OrtSession.Result result = session.run(tensors)) {
                OnnxTensor output = (OnnxTensor) result.get("calibrated").orElseThrow();
                assertThat(output.getInfo().getShape())
                        .isEqualTo(inputs.get("logits").getShape().getShape());
                float[] values = new float[(int) inputs.get("logits").size()];
                output.getFloatBuffer().get(values);
                return values;
            }
        } finally {
            tensors.values().forEach(OnnxTensor::close);
        }
    }

    private static void assertSame(float[] found, NDArray expected) {
        float[] values = expected.toFloatArray();
        for (int i = 0; i < values.length; i++) {
            double scale = Math.max(1, Math.abs(values[i]));
            assertThat((double) found[i])
                    .as("value %d", i)
                    .isCloseTo(values[i], within(TOLERANCE * scale));
        }
    }

    /** A wild calibrator of the same network: fits stay near the identity, which proves little. */
    private static Calibrator bent(Calibrator calibrator) {
        if (!(calibrator instanceof NeuralCalibrator neural)) {
            return calibrator;
        }
        Random random = new Random(3);
        List<Coefficient> coefficients = new ArrayList<>();
        for (int i = 0; i < neural.coefficients().size(); i++) {
            Coefficient coefficient = neural.coefficients().get(i);
            double[] values = coefficient.values().clone();
            double spread = neural.isTrained(i) ? 0.2 : 0;
            Arrays.setAll(values, k -> values[k] + spread * random.nextGaussian());
            coefficients.add(new Coefficient(coefficient.name(), coefficient.shape(), values));
        }
        return Calibrators.of(neural.toFile(coefficients));
    }

    @ParameterizedTest
    @EnumSource
    void theModelDoesWhatApplyDoes(Method method) throws OrtException {
        DataSets data = DataSets.random(1, ROWS, method.classes);
        NDArray labels = manager.create(data.labels());
        Calibrator calibrator = bent(method.builder.fit(logits(data), labels));
        NDArray unseen = logits(DataSets.random(2, ROWS, method.classes));
        byte[] model = OnnxExport.toBytes(calibrator);
        assertSame(run(model, Map.of("logits", unseen)), calibrator.apply(unseen));
    }

    @Test
    void featuresAreASecondInput() throws OrtException {
        DataSets data = DataSets.random(3, ROWS, 4);
        NDArray logits = logits(data);
        NDArray labels = manager.create(data.labels());
        Random random = new Random(4);
        float[] values = new float[ROWS * FEATURES];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (5 + 2 * random.nextGaussian());
        }
        NDArray features = manager.create(values, new Shape(ROWS, FEATURES));
        List<Calibrator> fitted =
                List.of(
                        NeuralRankPreserving.builder()
                                .optFeatures(features)
                                .optMaxIterations(2)
                                .fit(logits, labels),
                        AdaptiveTemperatureScaling.builder()
                                .setFeatures(features)
                                .optEncoderUnits(8, 6)
                                .optLatentVariables(2)
                                .optMaxIterations(2)
                                .fit(logits, labels));
        for (Calibrator calibrator : fitted) {
            FeatureCalibrator bent = (FeatureCalibrator) bent(calibrator);
            Map<String, NDArray> inputs = Map.of("logits", logits, "features", features);
            assertSame(run(OnnxExport.toBytes(bent), inputs), bent.apply(logits, features));
        }
    }

    @Test
    void calibratorsOfAnyNumberOfClassesTakeAny() throws OrtException {
        for (int classes : new int[] {2, 7}) {
            NDArray logits = logits(DataSets.random(5, 20, classes));
            for (Calibrator calibrator :
                    List.of(
                            TemperatureScaling.of(1.7),
                            EnsembleTemperatureScaling.of(1.7, .5, .3, .2),
                            EnsembleTemperatureScaling.of(1.7, 0, 1, 0),
                            RegionTemperatureScaling.byConfidence(1, 2, .5))) {
                float[] found = run(OnnxExport.toBytes(calibrator), Map.of("logits", logits));
                assertSame(found, calibrator.apply(logits));
            }
        }
    }

    @Test
    void correctionsOfAPriorAreExported() throws OrtException {
        double[] prior = {.2, .5, .3};
        NDArray logits = logits(DataSets.random(7, 20, 3));
        for (Calibrator calibrator :
                List.of(
                        ContextualCalibration.of(prior),
                        ContextualCalibration.builder()
                                .optReading(ContextualCalibration.Reading.SOFTMAX)
                                .of(prior),
                        DomainContextCalibration.of(prior),
                        BatchCalibration.of(prior, 1.5))) {
            float[] found = run(OnnxExport.toBytes(calibrator), Map.of("logits", logits));
            assertSame(found, calibrator.apply(logits));
        }
    }

    @Test
    void theFileHoldsTheModel() throws IOException, OrtException {
        Path file = directory.resolve("temperature.onnx");
        OnnxExport.write(TemperatureScaling.of(2), file);
        assertThat(Files.readAllBytes(file))
                .isEqualTo(OnnxExport.toBytes(TemperatureScaling.of(2)));
        try (OrtSession session = ENVIRONMENT.createSession(file.toString())) {
            assertThat(session.getMetadata().getProducerName()).isEqualTo("candor");
            assertThat(session.getMetadata().getCustomMetadata())
                    .containsEntry("method", "temperature");
        }
    }

    @Test
    void saysWhyAMethodCannotBeExported() {
        String table =
                "it looks probabilities up among thresholds, and ONNX has no operator that searches"
                        + " a sorted table";
        Map<String, BiFunction<NDArray, NDArray, Calibrator>> methods =
                Map.of(
                        "isotonic", IsotonicCalibration::fit,
                        "histogram", HistogramBinning::fit,
                        "spline", SplineCalibration::fit);
        NDArray logits = logits(DataSets.a());
        NDArray labels = manager.create(DataSets.a().labels());
        methods.forEach(
                (name, method) -> {
                    Calibrator calibrator = method.apply(logits, labels);
                    refuses(calibrator, table);
                });
        DataSets many = DataSets.random(6, 200, 4);
        refuses(
                MetaCal.fit(logits(many), manager.create(many.labels())),
                "its result jumps at an entropy that it compares in float64, and these models"
                        + " compute in float32");
        refuses(
                Calibrators.of(LocalTemperatureScaling.builder().block(3)),
                "its logits are [N, C, H, W], not the rows of these models");
    }

    private static void refuses(Calibrator calibrator, String reason) {
        assertThatThrownBy(() -> OnnxExport.toBytes(calibrator))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "a calibrator of method '%s' cannot be exported to ONNX: %s",
                        calibrator.method(), reason);
    }

    /** The class path of these tests without the library that holds the messages. */
    @Test
    void saysWhatIsMissingOnTheClassPath() throws Exception {
        List<URL> urls = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (!entry.contains("tribuo")) {
                urls.add(url(entry));
            }
        }
        ClassLoader platform = ClassLoader.getPlatformClassLoader();
        try (URLClassLoader loader = new URLClassLoader(urls.toArray(new URL[0]), platform)) {
            Object given =
                    loader.loadClass(TemperatureScaling.class.getName())
                            .getMethod("of", double.class)
                            .invoke(null, 2.0);
            Class<?> calibrator = loader.loadClass(Calibrator.class.getName());
            java.lang.reflect.Method export =
                    loader.loadClass(OnnxExport.class.getName()).getMethod("toBytes", calibrator);
            assertThatThrownBy(() -> export.invoke(null, given))
                    .isInstanceOf(InvocationTargetException.class)
                    .hasRootCauseInstanceOf(ClassNotFoundException.class)
                    .cause()
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage(
                            "to export to ONNX, add org.tribuo:tribuo-util-onnx to the class path");
        }
    }

    private static URL url(String entry) throws MalformedURLException {
        return new File(entry).toURI().toURL();
    }
}
