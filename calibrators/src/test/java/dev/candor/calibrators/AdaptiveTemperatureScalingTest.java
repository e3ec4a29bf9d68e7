package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import dev.candor.calibrators.FitSummary.Status;
import dev.candor.losses.CrossEntropyLoss;
import dev.candor.losses.FocalLoss;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdaptiveTemperatureScalingTest {

    private static final double ROUNDING = 1e-8;
    private static final double GRADIENT_TOLERANCE = 1e-6;
    private static final double FLOAT32_TOLERANCE = 1e-3;
    private static final double STEP = 1e-6;
    private static final int CLASSES = 4;
    private static final int FEATURES = 3;
    private static final int SAMPLES = 300;

    @TempDir Path directory;

    private NDManager manager;
    private DataSets data;
    private NDArray logits;
    private NDArray features;
    private NDArray labels;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
        data = DataSets.random(1, SAMPLES, CLASSES);
        double[] flat = Arrays.stream(data.logits()).flatMapToDouble(Arrays::stream).toArray();
        logits = manager.create(flat, new Shape(SAMPLES, CLASSES));
        labels = manager.create(data.labels());
        Random random = new Random(2);
        double[] seen = new double[SAMPLES * FEATURES];
        for (int i = 0; i < SAMPLES; i++) {
            boolean right = DataSets.argMax(data.logits()[i]) == data.labels()[i];
            for (int j = 0; j < FEATURES; j++) {
                seen[i * FEATURES + j] =
                        (float)
                                ((data.labels()[i] + j) % CLASSES * (right ? 3 : 0)
                                        + random.nextGaussian());
            }
        }
        features = manager.create(seen, new Shape(SAMPLES, FEATURES));
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private AdaptiveTemperatureScaling.Builder builder() {
        return AdaptiveTemperatureScaling.builder()
                .optLatentVariables(2)
                .optEncoderUnits(8, 6)
                .optHiddenUnits(5)
                .optMaxIterations(40)
                .optLearningRate(1e-2)
                .setFeatures(features);
    }

    private static double[] values(NDArray array) {
        return array.toType(DataType.FLOAT64, false).toDoubleArray();
    }

    private NDList arrays(Network network, long seed) {
        NDList arrays = new NDList();
        Random random = new Random(seed);
        network.start(random)
                .forEach(
                        start -> {
                            double[] values = start.values().clone();
                            Arrays.setAll(values, i -> values[i] + 0.3 * random.nextGaussian());
                            arrays.add(manager.create(values, start.shape()).duplicate());
                        });
        return arrays;
    }

    /** Golden value: torch 2.13 in float64. */
    @Test
    void reproducesTheGoldenDivergence() {
        NDArray divergence =
                LatentTemperatureNetwork.divergence(
                        row(.3, -.2), row(.5, 1.2), row(0, .4), row(1, .8));
        assertThat(values(divergence)).containsExactly(new double[] {.863932072452}, within(1e-12));
    }

    private NDArray row(double... values) {
        return manager.create(values, new Shape(1, values.length));
    }

    @Test
    void learnsFromFeatures() {
        AdaptiveTemperatureScaling calibrator = builder().fit(logits, labels);
        double scaled = TemperatureScaling.fit(logits, labels).summary().objectiveAfter();
        assertThat(calibrator.summary().objectiveAfter()).isLessThan(scaled - 0.01);
        assertThat(calibrator.preservesRanking()).isTrue();
        NDArray calibrated = calibrator.apply(logits, features);
        assertThat(data.likelihood(values(calibrated.logSoftmax(1))))
                .isCloseTo(calibrator.summary().objectiveAfter(), within(ROUNDING));
        assertThat(values(calibrated.argSort(1))).containsExactly(values(logits.argSort(1)));
    }

    @Test
    void theFactoryFitsAsTheBuilder() {
        NDArray some = logits.get(new NDIndex(":20"));
        AdaptiveTemperatureScaling calibrator =
                AdaptiveTemperatureScaling.fit(
                        some, features.get(new NDIndex(":20")), labels.get(new NDIndex(":20")));
        assertThat(calibrator.summary().status()).isEqualTo(Status.TOO_FEW_SAMPLES);
        assertThat(calibrator.features()).isEqualTo(FEATURES);
    }

    @Test
    void theTemperatureIsThatOfTheLatentVariable() {
        Network network = LatentTemperatureNetwork.of(2, 1, 1, new int[0], new int[0]);
        NDList arrays =
                new NDList(
                        manager.create(new double[] {1, -1}, new Shape(2, 1)),
                        manager.create(new double[] {.5, 2}, new Shape(2, 1)),
                        manager.create(new double[] {.8, .1}, new Shape(2, 1)),
                        manager.create(new double[] {.2, .3}),
                        manager.create(new double[] {-.4, .3}, new Shape(1, 2)),
                        manager.create(new double[] {.6}),
                        manager.create(new double[] {1}, new Shape(1, 1)),
                        manager.create(new double[] {0}));
        double x = 1.5;
        double latent = .8 * x + .2;
        double[] means = {1, -1};
        double[] raws = {.5, 2};
        double[] weights = {-.4, .3};
        double sum = .6;
        for (int k = 0; k < 2; k++) {
            double scale = Math.log1p(Math.exp(raws[k]));
            double away = (latent - means[k]) / scale;
            double likely = -.5 * away * away - Math.log(scale) - .5 * Math.log(2 * Math.PI);
            sum += weights[k] * likely;
        }
        double temperature = Math.log1p(Math.exp(sum));
        NDArray mapped = network.map(row(2, -3), row(x), arrays);
        assertThat(values(mapped))
                .containsExactly(new double[] {2 / temperature, -3 / temperature}, within(1e-12));
    }

    @Test
    void gradientsAreThoseOfCentralDifferences() {
        Network network = builder().network(CLASSES, FEATURES);
        NDIndex some = new NDIndex(":8");
        NDArray ones = manager.ones(new Shape(8), DataType.FLOAT64);
        Batch batch = new Batch(logits.get(some), features.get(some), labels.get(some), ones);
        NDList leaves = arrays(network, 5);
        leaves.forEach(leaf -> leaf.setRequiresGradient(true));
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            collector.backward(loss(network, batch, leaves));
        }
        NDList at = arrays(network, 5);
        Random random = new Random(6);
        for (int trial = 0; trial < 40; trial++) {
            int array = random.nextInt(at.size());
            NDArray values = at.get(array).flatten();
            int place = random.nextInt((int) values.size());
            double gradient = leaves.get(array).getGradient().flatten().getDouble(place);
            double more = shifted(network, batch, at, array, place, STEP);
            double less = shifted(network, batch, at, array, place, -STEP);
            assertThat(gradient)
                    .as("%d[%d]", array, place)
                    .isCloseTo((more - less) / (2 * STEP), within(GRADIENT_TOLERANCE));
        }
    }

    private double shifted(
            Network network, Batch batch, NDList at, int array, int place, double step) {
        NDList arrays = new NDList(at);
        double[] values = at.get(array).toDoubleArray();
        values[place] += step;
        arrays.set(array, manager.create(values, at.get(array).getShape()));
        return loss(network, batch, arrays).getDouble();
    }

    /** Of equal noise each time. */
    private static NDArray loss(Network network, Batch batch, NDList arrays) {
        return network.loss(batch, arrays, Objective.LIKELIHOOD, new Random(9)).mean();
    }

    @Test
    void aLoadedCalibratorIsTheSavedOneToTheLastBit() throws IOException {
        AdaptiveTemperatureScaling saved = builder().optMaxIterations(2).fit(logits, labels);
        Path file = directory.resolve("adaptive.candor");
        saved.save(file);
        FeatureCalibrator loaded = (FeatureCalibrator) Calibrators.load(file);
        assertThat(loaded.apply(logits, features).contentEquals(saved.apply(logits, features)))
                .isTrue();
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
        assertThatThrownBy(() -> Calibrators.load(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is damaged");
    }

    @Test
    void float32AndFloat64Agree() {
        double[] wide = values(builder().fit(logits, labels).apply(logits, features).softmax(1));
        NDArray narrow = logits.toType(DataType.FLOAT32, false);
        double[] found =
                values(
                        builder()
                                .setFeatures(features.toType(DataType.FLOAT32, false))
                                .fit(narrow, labels)
                                .apply(narrow, features)
                                .softmax(1));
        assertThat(found).containsExactly(wide, within(FLOAT32_TOLERANCE));
    }

    @Test
    void refusesAFitWithoutFeatures() {
        assertThatThrownBy(() -> AdaptiveTemperatureScaling.builder().fit(logits, labels))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no features were set: call setFeatures");
        AdaptiveTemperatureScaling calibrator = builder().optMaxIterations(1).fit(logits, labels);
        assertThatThrownBy(() -> calibrator.apply(logits))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "1 arrays for a calibrator of method 'adaptiveTemperature', expected"
                                + " logits and features");
    }

    @Test
    void aTrainerTrainsTheBlock() {
        for (boolean focal : new boolean[] {false, true}) {
            Block block = builder().block(CLASSES, FEATURES);
            try (Model model = Model.newInstance("adaptive")) {
                model.setBlock(block);
                DefaultTrainingConfig config =
                        new DefaultTrainingConfig(focal ? FocalLoss.of(2) : CrossEntropyLoss.of());
                try (Trainer trainer = model.newTrainer(config)) {
                    NDList inputs =
                            new NDList(
                                    logits.toType(DataType.FLOAT32, false),
                                    features.toType(DataType.FLOAT32, false));
                    inputs.attach(trainer.getManager());
                    trainer.initialize(inputs.getShapes());
                    assertThat(values(trainer.evaluate(inputs).singletonOrThrow()))
                            .containsExactly(values(inputs.head()), within(1e-5));
                    float first = 0;
                    float last = 0;
                    for (int step = 0; step < 10; step++) {
                        try (GradientCollector collector = trainer.newGradientCollector()) {
                            NDArray loss =
                                    trainer.getLoss()
                                            .evaluate(new NDList(labels), trainer.forward(inputs));
                            collector.backward(loss);
                            last = loss.getFloat();
                        }
                        first = step == 0 ? last : first;
                        trainer.step();
                    }
                    assertThat(last).isLessThan(first);
                }
            }
        }
    }
}
