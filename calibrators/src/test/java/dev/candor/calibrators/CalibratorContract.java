package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.initializer.NormalInitializer;
import ai.djl.training.loss.Loss;
import ai.djl.translate.NoopTranslator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every calibrator promises. A test class states how to fit one and inherits. */
abstract class CalibratorContract {

    static final double ROUNDING = 1e-8;
    static final double FLOAT32_TOLERANCE = 1e-4;
    static final int CLASSES = 5;

    @TempDir Path directory;

    NDManager manager;

    /** The calibrator with its usual options. */
    abstract Calibrator fit(NDArray logits, NDArray labels);

    /** A calibrator of the same method for the same number of classes, with other parameters. */
    abstract Calibrator other();

    /** The number of classes of the samples of these tests. */
    int classes() {
        return CLASSES;
    }

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    NDArray logits(DataSets data) {
        return array(data.logits());
    }

    NDArray labels(DataSets data) {
        return manager.create(data.labels());
    }

    NDArray array(double[][] rows) {
        double[] flat = Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
        return manager.create(flat, new Shape(rows.length, rows[0].length));
    }

    NDArray float32(NDArray array) {
        return array.toType(DataType.FLOAT32, false);
    }

    Calibrator fit(DataSets data) {
        return fit(logits(data), labels(data));
    }

    Calibrator fitted() {
        return fit(DataSets.random(1, 400, classes()));
    }

    NDArray unseen() {
        return logits(DataSets.random(2, 50, classes()));
    }

    static double[] values(NDArray array) {
        return array.toType(DataType.FLOAT64, false).toDoubleArray();
    }

    /** Samples of many kinds. */
    DataSets[] samples() {
        return new DataSets[] {
            DataSets.a(),
            DataSets.b(),
            DataSets.random(3, 100, 3),
            DataSets.random(4, 3, 1000),
            DataSets.random(5, 200, 10).scaled(0.01)
        };
    }

    @Test
    void neverEndsWorseThanItBegan() {
        for (DataSets data : samples()) {
            FitSummary summary = fit(data).summary();
            assertThat(summary.objectiveBefore()).isCloseTo(data.likelihood(1), within(ROUNDING));
            assertThat(summary.objectiveAfter())
                    .isFinite()
                    .isLessThanOrEqualTo(summary.objectiveBefore());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {6, 7, 8})
    void keepsTheRankingOfClassesAndTheirTies(long seed) {
        DataSets data = DataSets.random(seed, 300, classes());
        for (double[] row : data.logits()) {
            row[classes() - 1] = row[0];
        }
        Calibrator calibrator = fit(data);
        assumeTrue(calibrator.preservesRanking());
        double[] calibrated = values(calibrator.apply(logits(data)));
        for (int i = 0; i < data.logits().length; i++) {
            double[] before = data.logits()[i];
            double[] after = Arrays.copyOfRange(calibrated, i * classes(), (i + 1) * classes());
            for (int j = 0; j < classes(); j++) {
                for (int k = 0; k < classes(); k++) {
                    assertThat(Double.compare(after[j], after[k]))
                            .as("classes %d and %d of row %d", j, k, i)
                            .isEqualTo(Double.compare(before[j], before[k]));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {9, 10, 11})
    void theOrderOfSamplesDoesNotMatter(long seed) {
        DataSets data = DataSets.random(seed, 300, classes());
        double[] calibrated = values(fit(data).apply(unseen()));
        double[] permuted = values(fit(data.permuted(seed)).apply(unseen()));
        assertThat(permuted).containsExactly(calibrated, within(ROUNDING));
    }

    @Test
    void float32AndFloat64Agree() {
        DataSets data = DataSets.random(12, 300, classes());
        NDArray wide = fit(data).apply(unseen());
        NDArray narrow = fit(float32(logits(data)), labels(data)).apply(float32(unseen()));
        assertThat(wide.getDataType()).isEqualTo(DataType.FLOAT64);
        assertThat(narrow.getDataType()).isEqualTo(DataType.FLOAT32);
        assertThat(values(narrow)).containsExactly(values(wide), within(FLOAT32_TOLERANCE));
    }

    @Test
    void labelsOfAnyTypeAndShapeFitTheSame() {
        DataSets data = DataSets.random(13, 100, classes());
        double[] expected = values(fit(data).apply(unseen()));
        NDArray labels = labels(data);
        for (NDArray same :
                new NDArray[] {
                    labels.expandDims(1), labels.toType(DataType.INT32, false), float32(labels)
                }) {
            assertThat(values(fit(logits(data), same).apply(unseen()))).containsExactly(expected);
        }
    }

    @Test
    void theResultBelongsToTheManagerOfTheLogits() {
        Calibrator calibrator = fitted();
        NDArray logits = unseen();
        NDArray calibrated = calibrator.apply(logits);
        assertThat(calibrated.getManager()).isSameAs(logits.getManager());
        assertThat(calibrated.getShape()).isEqualTo(logits.getShape());
    }

    @Test
    void aFitLeavesNoArraysBehind() {
        DataSets data = DataSets.random(14, 100, classes());
        NDArray logits = logits(data);
        NDArray labels = labels(data);
        double[] before = values(logits);
        int arrays = manager.getManagedArrays().size();
        fit(logits, labels);
        assertThat(manager.getManagedArrays()).hasSize(arrays);
        assertThat(values(logits)).containsExactly(before);
    }

    @Test
    void aLoadedCalibratorIsTheSavedOneToTheLastBit() throws IOException {
        Calibrator saved = fitted();
        Path file = directory.resolve("calibrator.candor");
        saved.save(file);
        Calibrator loaded = Calibrators.load(file);
        assertThat(loaded.getClass()).isEqualTo(saved.getClass());
        assertThat(loaded.classes()).isEqualTo(saved.classes());
        assertThat(loaded.toString()).isEqualTo(saved.toString());
        for (NDArray logits : new NDArray[] {unseen(), float32(unseen())}) {
            assertThat(loaded.apply(logits).contentEquals(saved.apply(logits))).isTrue();
        }
        assertThat(loaded.summary().objectiveAfter()).isEqualTo(saved.summary().objectiveAfter());
    }

    @Test
    void savingReplacesAFileAndLeavesNothingElse() throws IOException {
        Path file = directory.resolve("calibrator.candor");
        other().save(file);
        fitted().save(file);
        assertThat(values(Calibrators.load(file).apply(unseen())))
                .containsExactly(values(fitted().apply(unseen())));
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void refusesOtherNumbersOfClasses() {
        Calibrator calibrator = fitted();
        NDArray logits = manager.ones(new Shape(2, classes() + 1));
        assertThatThrownBy(() -> calibrator.apply(logits))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "logits have shape (2, %d), expected %d classes as last axis",
                        classes() + 1, classes());
    }

    @Test
    void refusesLogitsOfAnIntegerType() {
        Calibrator calibrator = fitted();
        NDArray logits = manager.ones(new Shape(2, classes()), DataType.INT32);
        assertThatThrownBy(() -> calibrator.apply(logits))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("logits have type int32, expected a floating-point type");
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT32", "FLOAT64"})
    void theBlockDoesWhatApplyDoes(DataType type) {
        Calibrator calibrator = fitted();
        NDArray logits = unseen().toType(type, false);
        NDArray expected = calibrator.apply(logits);
        Block block = calibrator.asBlock();
        ParameterStore store = new ParameterStore(manager, false);
        NDList before = block.forward(store, new NDList(logits), false);
        assertThat(before.singletonOrThrow().contentEquals(expected)).isTrue();

        block.initialize(manager, DataType.FLOAT32, logits.getShape());
        for (boolean training : new boolean[] {false, true}) {
            NDList output = block.forward(store, new NDList(logits), training);
            assertThat(output.singletonOrThrow().getDataType()).isEqualTo(type);
            assertThat(output.singletonOrThrow().contentEquals(expected)).isTrue();
        }
        assertThat(block.getOutputShapes(new Shape[] {logits.getShape()}))
                .containsExactly(logits.getShape());
    }

    @Test
    void theBlockLeavesNoArraysWithItsParameters() {
        Block block = fitted().asBlock();
        try (NDManager parameters = manager.newSubManager();
                NDManager inputs = manager.newSubManager()) {
            NDArray logits = unseen();
            logits.attach(inputs);
            block.initialize(parameters, DataType.FLOAT32, logits.getShape());
            int arrays = parameters.getManagedArrays().size();
            block.forward(new ParameterStore(parameters, false), new NDList(logits), false);
            assertThat(parameters.getManagedArrays()).hasSize(arrays);
        }
    }

    @Test
    void trainingPassesThroughTheBlockAndLeavesItAsItIs() {
        Calibrator calibrator = fitted();
        Block block = calibrator.asBlock();
        // The trainer takes gradients that sum to zero, as those of the last layer do, for none.
        Block network =
                new SequentialBlock()
                        .add(Linear.builder().setUnits(4).build())
                        .add(Activation::tanh)
                        .add(Linear.builder().setUnits(classes()).build());
        try (Model model = Model.newInstance("network")) {
            model.setBlock(new SequentialBlock().add(network).add(block));
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                            .optInitializer(new NormalInitializer(), parameter -> true);
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(4, 3));
                double[] weights = values(network.getParameters().valueAt(0).getArray());
                NDManager inputs = trainer.getManager();
                try (GradientCollector collector = trainer.newGradientCollector()) {
                    NDArray input = inputs.randomNormal(new Shape(4, 3));
                    NDList output = trainer.forward(new NDList(input));
                    NDList labels = new NDList(inputs.create(new long[] {0, 1, 1, 0}));
                    collector.backward(trainer.getLoss().evaluate(labels, output));
                }
                trainer.step();
                assertThat(values(network.getParameters().valueAt(0).getArray()))
                        .isNotEqualTo(weights);
                assertParameters(block, calibrator);
            }
        }
    }

    void assertParameters(Block block, Calibrator calibrator) {
        calibrator
                .summary()
                .parameters()
                .forEach(
                        (name, expected) -> {
                            Parameter parameter = block.getParameters().get(name);
                            assertThat(values(parameter.getArray())).containsExactly(expected);
                            assertThat(parameter.requiresGradient()).isFalse();
                        });
    }

    @Test
    void aModelIsSavedAndLoadedTogetherWithItsCalibrator() throws Exception {
        Calibrator calibrator = fitted();
        NDArray input = manager.randomNormal(new Shape(6, 3));
        double[] expected;
        try (Model model = Model.newInstance("network")) {
            Block network = Linear.builder().setUnits(classes()).build();
            network.initialize(model.getNDManager(), DataType.FLOAT32, input.getShape());
            model.setBlock(network);
            NDArray logits = predict(model, input);
            expected = values(calibrator.apply(logits));
            assertThat(calibrator.attachTo(model)).isSameAs(model);
            assertThat(values(predict(model, input))).containsExactly(expected);
            model.save(directory, "calibrated");
        }
        try (Model model = Model.newInstance("calibrated")) {
            Block network = Linear.builder().setUnits(classes()).build();
            Block block = other().asBlock();
            model.setBlock(new SequentialBlock().add(network).add(block));
            model.load(directory, "calibrated");
            assertThat(values(predict(model, input))).containsExactly(expected);
            model.newTrainer(new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())).close();
            assertParameters(block, calibrator);
        }
    }

    private static NDArray predict(Model model, NDArray input) throws Exception {
        try (Predictor<NDList, NDList> predictor = model.newPredictor(new NoopTranslator())) {
            NDArray output = predictor.predict(new NDList(input)).singletonOrThrow();
            output.attach(input.getManager());
            return output;
        }
    }

    @Test
    void refusesToAttachToAModelWithoutAnUsableBlock() {
        try (Model model = Model.newInstance("network")) {
            assertThatThrownBy(() -> fitted().attachTo(model))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("model 'network' has no block to calibrate");
            model.setBlock(Linear.builder().setUnits(classes()).build());
            assertThatThrownBy(() -> fitted().attachTo(model))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(
                            "parameter weight of model 'network' has no values: train or load the"
                                    + " model first");
        }
    }

    @Test
    void gradientsFlowThroughApply() {
        Calibrator calibrator = fitted();
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray logits = unseen();
            logits.setRequiresGradient(true);
            collector.backward(calibrator.apply(logits).square().sum());
            assertThat(logits.getGradient().abs().sum().getDouble()).isPositive();
        }
    }

    @Test
    void refusesNaNAndInfinityAndNamesTheRow() {
        for (double bad :
                new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
            DataSets data = DataSets.random(15, 40, classes());
            data.logits()[17][1] = bad;
            refuses(logits(data), labels(data), "logits[17] holds NaN or infinity");
            NDArray narrow = float32(logits(data));
            refuses(narrow, labels(data), "logits[17] holds NaN or infinity");
        }
    }

    @Test
    void refusesLabelsThatAreNoClassIndices() {
        DataSets data = DataSets.random(16, 3, classes());
        NDArray logits = logits(data);
        int last = classes() - 1;
        refuses(
                logits,
                manager.create(new long[] {0, last + 1, 1}),
                "labels[1] = " + (last + 1) + ", expected 0.." + last);
        refuses(
                logits,
                manager.create(new long[] {0, 1, -1}),
                "labels[2] = -1, expected 0.." + last);
        refuses(
                logits,
                manager.create(new float[] {0.5f, 1, 0}),
                "labels[0] = 0.5, expected a whole class index");
        refuses(
                logits,
                manager.create(new float[] {0, Float.NaN, 1}),
                "labels[1] = NaN, expected a whole class index");
    }

    @Test
    void refusesShapesThatDoNotMatch() {
        NDArray labels = manager.create(new long[] {0, 1, 1});
        refuses(
                manager.ones(new Shape(4, classes())),
                labels,
                "labels have shape (3) for logits of shape (4, "
                        + classes()
                        + "), expected [N] or [N, 1]");
        refuses(
                manager.ones(new Shape(0, classes())),
                manager.create(new long[0]),
                "logits have shape (0, " + classes() + "), expected at least one row");
        refuses(
                manager.ones(new Shape(3, 1)),
                labels,
                "logits have shape (3, 1), expected at least two classes");
        refuses(manager.ones(new Shape(3)), labels, "logits have shape (3), expected [N, C]");
        refuses(
                manager.ones(new Shape(3, 2), DataType.INT64),
                labels,
                "logits have type int64, expected a floating-point type");
    }

    void refuses(NDArray logits, NDArray labels, String message) {
        assertThatThrownBy(() -> fit(logits, labels))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
