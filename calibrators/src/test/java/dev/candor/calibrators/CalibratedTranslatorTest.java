package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.modality.Classifications;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import ai.djl.translate.Batchifier;
import ai.djl.translate.NoBatchifyTranslator;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CalibratedTranslatorTest {

    private static final double TOLERANCE = 1e-6;
    private static final List<String> NAMES = List.of("cat", "dog", "owl");
    private static final float[][] INPUTS = {{1, 0}, {0, 2}, {-1, 3}, {.5f, .5f}};

    private final NDManager manager = NDManager.newBaseManager();
    private Model model;
    private Linear network;

    @BeforeEach
    void open() {
        model = Model.newInstance("network");
        network = Linear.builder().setUnits(3).build();
        network.initialize(model.getNDManager(), DataType.FLOAT32, new Shape(1, 2));
        network.getParameters().get("weight").getArray().set(new float[] {3, 1, -1, 2, 0, 1});
        model.setBlock(network);
    }

    @AfterEach
    void close() {
        model.close();
        manager.close();
    }

    /** Vectors, one by one or stacked. */
    private static Translator<float[], float[]> vectors() {
        return new Translator<>() {
            private float scale;

            @Override
            public void prepare(TranslatorContext ctx) {
                scale = 1;
            }

            @Override
            public NDList processInput(TranslatorContext ctx, float[] input) {
                return new NDList(ctx.getNDManager().create(input).mul(scale));
            }

            @Override
            public float[] processOutput(TranslatorContext ctx, NDList list) {
                throw new AssertionError("outputs are not those of the other translator");
            }
        };
    }

    private double[] expected(Calibrator calibrator, float[] input) {
        NDArray weights = network.getParameters().get("weight").getArray();
        NDArray logits = manager.create(input, new Shape(1, 2)).matMul(weights.transpose());
        NDArray probabilities = calibrator.apply(logits).softmax(1);
        return probabilities.toType(DataType.FLOAT64, false).toDoubleArray();
    }

    private static double[] found(Classifications classifications) {
        return NAMES.stream()
                .mapToDouble(name -> classifications.get(name).getProbability())
                .toArray();
    }

    private static List<Calibrator> calibrators(NDManager manager) {
        DataSets data = DataSets.random(1, 200, 3);
        double[] flat = Arrays.stream(data.logits()).flatMapToDouble(Arrays::stream).toArray();
        NDArray logits = manager.create(flat, new Shape(200, 3));
        NDArray labels = manager.create(data.labels());
        List<Calibrator> calibrators = new ArrayList<>();
        calibrators.add(TemperatureScaling.of(2));
        calibrators.add(TemperatureScaling.fit(logits, labels));
        calibrators.add(IsotonicCalibration.fit(logits, labels));
        return calibrators;
    }

    @Test
    void aPredictorReturnsCalibratedProbabilities() throws TranslateException {
        for (Calibrator calibrator : calibrators(manager)) {
            CalibratedTranslator<float[]> translator =
                    CalibratedTranslator.of(vectors(), calibrator, NAMES);
            assertThat(translator.getBatchifier()).isSameAs(Batchifier.STACK);
            try (Predictor<float[], Classifications> predictor = model.newPredictor(translator)) {
                assertThat(found(predictor.predict(INPUTS[0])))
                        .containsExactly(expected(calibrator, INPUTS[0]), within(TOLERANCE));
                List<Classifications> batch = predictor.batchPredict(List.of(INPUTS));
                for (int i = 0; i < INPUTS.length; i++) {
                    assertThat(found(batch.get(i)))
                            .containsExactly(expected(calibrator, INPUTS[i]), within(TOLERANCE));
                }
            }
        }
    }

    @Test
    void aTranslatorWithoutBatchesIsCalibratedToo() throws TranslateException {
        Calibrator calibrator = TemperatureScaling.of(3);
        NoBatchifyTranslator<float[], float[]> single =
                new NoBatchifyTranslator<>() {
                    @Override
                    public NDList processInput(TranslatorContext ctx, float[] input) {
                        return new NDList(ctx.getNDManager().create(input, new Shape(1, 2)));
                    }

                    @Override
                    public float[] processOutput(TranslatorContext ctx, NDList list) {
                        throw new AssertionError("outputs are not those of the other translator");
                    }
                };
        try (Predictor<float[], Classifications> predictor =
                model.newPredictor(CalibratedTranslator.of(single, calibrator, NAMES))) {
            assertThat(found(predictor.predict(INPUTS[1])))
                    .containsExactly(expected(calibrator, INPUTS[1]), within(TOLERANCE));
        }
    }

    @Test
    void refusesNamesThatDoNotMatch() {
        Calibrator three = calibrators(manager).get(1);
        assertThatThrownBy(() -> CalibratedTranslator.of(vectors(), three, List.of("a", "b")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("2 class names for a calibrator of 3 classes");
        CalibratedTranslator<float[]> any =
                CalibratedTranslator.of(
                        vectors(), TemperatureScaling.of(2), List.of("a", "b", "c", "d"));
        try (Predictor<float[], Classifications> predictor = model.newPredictor(any)) {
            assertThatThrownBy(() -> predictor.predict(INPUTS[0]))
                    .hasRootCauseInstanceOf(IllegalArgumentException.class)
                    .hasRootCauseMessage(
                            "logits have shape (1, 3), expected 4 classes as last axis");
        }
    }
}
