package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import dev.candor.calibrators.FitSummary.Status;
import dev.candor.calibrators.internal.Coefficient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalTemperatureScalingTest {

    private static final double ROUNDING = 1e-8;
    private static final double FLOAT32_TOLERANCE = 1e-3;
    private static final double GRADIENT_TOLERANCE = 1e-6;
    private static final double STEP = 1e-6;
    private static final int IMAGES = 6;
    private static final int CLASSES = 3;
    private static final int CHANNELS = 2;
    private static final int HEIGHT = 6;
    private static final int WIDTH = 7;
    private static final int PIXELS = HEIGHT * WIDTH;

    @TempDir Path directory;

    private NDManager manager;
    private NDArray logits;
    private NDArray labels;
    private NDArray images;

    /** Pixels in the left half, which the image shows, are overconfident. */
    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
        DataSets data = DataSets.random(1, IMAGES * PIXELS, CLASSES);
        double[] values = new double[IMAGES * CLASSES * PIXELS];
        double[] seen = new double[IMAGES * CHANNELS * PIXELS];
        long[] classes = data.labels().clone();
        for (int n = 0; n < IMAGES; n++) {
            for (int pixel = 0; pixel < PIXELS; pixel++) {
                boolean left = pixel % WIDTH < WIDTH / 2;
                for (int k = 0; k < CLASSES; k++) {
                    double logit = data.logits()[n * PIXELS + pixel][k];
                    values[(n * CLASSES + k) * PIXELS + pixel] = left ? 3 * logit : logit / 2;
                }
                seen[n * CHANNELS * PIXELS + pixel] = left ? 20 : 10;
            }
        }
        logits = manager.create(values, new Shape(IMAGES, CLASSES, HEIGHT, WIDTH));
        images = manager.create(seen, new Shape(IMAGES, CHANNELS, HEIGHT, WIDTH));
        labels = manager.create(classes, new Shape(IMAGES, HEIGHT, WIDTH));
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private static LocalTemperatureScaling.Builder builder() {
        return LocalTemperatureScaling.builder()
                .optBatchSize(2)
                .optLearningRate(3e-3)
                .optPatience(50)
                .optMaxIterations(50);
    }

    private static double[] values(NDArray array) {
        return array.toType(DataType.FLOAT64, false).toDoubleArray();
    }

    private double likelihood(NDArray calibrated) {
        NDArray all = calibrated.logSoftmax(1);
        return -all.gather(labels.expandDims(1), 1).mean().getDouble();
    }

    private double scaled() {
        NDArray rows = logits.transpose(0, 2, 3, 1).reshape(-1, CLASSES);
        return TemperatureScaling.fit(rows, labels.flatten()).summary().objectiveAfter();
    }

    private NDList arrays(List<Coefficient> coefficients) {
        NDList arrays = new NDList();
        coefficients.forEach(c -> arrays.add(c.in(manager).duplicate()));
        return arrays;
    }

    private static List<Coefficient> moved(Network network, double factor, double spread) {
        Random random = new Random(3);
        List<Coefficient> arrays = new ArrayList<>();
        for (Coefficient start : network.start(random)) {
            double[] values = start.values().clone();
            Arrays.setAll(values, i -> factor * values[i] + spread * random.nextGaussian());
            arrays.add(new Coefficient(start.name(), start.shape(), values));
        }
        return arrays;
    }

    @Test
    void zeroWeightsHalveTheLogits() {
        for (int channels : new int[] {0, CHANNELS}) {
            Network network = new LocalTemperatureNetwork(CLASSES, channels);
            NDArray mapped =
                    network.map(
                            logits, channels == 0 ? null : images, arrays(moved(network, 0, 0)));
            assertThat(values(mapped))
                    .containsExactly(values(logits.mul(0.5)), within(ROUNDING * 100));
        }
    }

    @Test
    void learnsATemperatureOfEachPlace() throws IOException {
        LocalTemperatureScaling calibrator = builder().optImages(images).fit(logits, labels);
        FitSummary summary = calibrator.summary();
        assertThat(summary.objectiveBefore()).isCloseTo(likelihood(logits), within(ROUNDING));
        assertThat(summary.objectiveAfter()).isLessThan(scaled() - 0.01);
        assertThat(calibrator.features()).isEqualTo(CHANNELS);
        NDArray calibrated = calibrator.apply(logits, images);
        assertThat(likelihood(calibrated)).isCloseTo(summary.objectiveAfter(), within(ROUNDING));
        assertThat(values(calibrated.argSort(1))).containsExactly(values(logits.argSort(1)));

        Path file = directory.resolve("local.candor");
        calibrator.save(file);
        FeatureCalibrator loaded = (FeatureCalibrator) Calibrators.load(file);
        assertThat(values(loaded.apply(logits, images))).containsExactly(values(calibrated));
    }

    @Test
    void withoutAnImageItIsNoWorseThanOneTemperature() {
        LocalTemperatureScaling calibrator = builder().fit(logits, labels);
        assertThat(calibrator.summary().objectiveAfter()).isLessThanOrEqualTo(scaled() + ROUNDING);
        assertThat(likelihood(calibrator.apply(logits)))
                .isCloseTo(calibrator.summary().objectiveAfter(), within(ROUNDING));
        NDArray narrow = logits.toType(DataType.FLOAT32, false);
        Calibrator same = builder().fit(narrow, labels);
        assertThat(values(same.apply(narrow).softmax(1)))
                .containsExactly(
                        values(calibrator.apply(logits).softmax(1)), within(FLOAT32_TOLERANCE));
    }

    @Test
    void ignoredPixelsDoNotCount() {
        NDArray weights = labels.neq(2).toType(DataType.FLOAT64, false);
        NDArray ignoring = labels.duplicate();
        ignoring.set(labels.eq(2), -100);
        double[] weighted = values(builder().fit(logits, labels, weights).apply(logits));
        double[] ignored = values(builder().fit(logits, ignoring).apply(logits));
        assertThat(ignored).containsExactly(weighted, within(ROUNDING));
        double[] all = values(builder().fit(logits, labels).apply(logits));
        assertThat(ignored).isNotEqualTo(all);
        ignoring.set(labels.eq(2), 255);
        double[] other = values(builder().optIgnoreIndex(255).fit(logits, ignoring).apply(logits));
        assertThat(other).containsExactly(ignored);
    }

    @Test
    void gradientsAreThoseOfCentralDifferences() {
        Network network = new LocalTemperatureNetwork(CLASSES, CHANNELS);
        List<Coefficient> at = moved(network, 1, 0.002);
        NDArray scaled = images.div(20);
        NDList leaves = arrays(at);
        NDArray inputs = logits.duplicate();
        inputs.setRequiresGradient(true);
        leaves.forEach(leaf -> leaf.setRequiresGradient(true));
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            collector.backward(loss(network.map(inputs, scaled, leaves)));
        }
        Random random = new Random(6);
        for (int trial = 0; trial < 40; trial++) {
            int array = random.nextInt(at.size());
            double[] values = at.get(array).values();
            int place = random.nextInt(values.length);
            double before = values[place];
            values[place] = before + STEP;
            double more = loss(network.map(logits, scaled, arrays(at))).getDouble();
            values[place] = before - STEP;
            double less = loss(network.map(logits, scaled, arrays(at))).getDouble();
            values[place] = before;
            assertThat(leaves.get(array).getGradient().flatten().getDouble(place))
                    .as("%s[%d]", at.get(array).name(), place)
                    .isCloseTo((more - less) / (2 * STEP), within(GRADIENT_TOLERANCE));
        }
        double[] ofLogits = inputs.getGradient().toDoubleArray();
        double[] values = logits.toDoubleArray();
        for (int place = 0; place < values.length; place += 97) {
            double before = values[place];
            values[place] = before + STEP;
            NDArray shifted = manager.create(values, logits.getShape());
            double more = loss(network.map(shifted, scaled, arrays(at))).getDouble();
            values[place] = before - STEP;
            shifted = manager.create(values, logits.getShape());
            double less = loss(network.map(shifted, scaled, arrays(at))).getDouble();
            values[place] = before;
            assertThat(ofLogits[place])
                    .isCloseTo((more - less) / (2 * STEP), within(GRADIENT_TOLERANCE));
        }
    }

    private NDArray loss(NDArray calibrated) {
        return calibrated.logSoftmax(1).gather(labels.expandDims(1), 1).mean();
    }

    @Test
    void aTrainerTrainsTheBlock() {
        Block block = builder().block(CLASSES, CHANNELS);
        try (Model model = Model.newInstance("local")) {
            model.setBlock(block);
            Loss loss = Loss.softmaxCrossEntropyLoss("loss", 1, 1, true, true);
            try (Trainer trainer = model.newTrainer(new DefaultTrainingConfig(loss))) {
                NDList inputs =
                        new NDList(
                                logits.toType(DataType.FLOAT32, false),
                                images.div(20).toType(DataType.FLOAT32, false));
                inputs.attach(trainer.getManager());
                trainer.initialize(inputs.getShapes());
                assertThat(values(trainer.evaluate(inputs).singletonOrThrow()))
                        .containsExactly(values(inputs.head()), within(1e-5));
                NDArray target = labels.expandDims(1);
                float first = 0;
                float last = 0;
                for (int step = 0; step < 10; step++) {
                    try (GradientCollector collector = trainer.newGradientCollector()) {
                        NDArray value = loss.evaluate(new NDList(target), trainer.forward(inputs));
                        collector.backward(value);
                        last = value.getFloat();
                    }
                    first = step == 0 ? last : first;
                    trainer.step();
                }
                assertThat(last).isLessThan(first);
                NDArray output =
                        block.forward(new ParameterStore(manager, false), inputs, false).head();
                FeatureCalibrator trained = (FeatureCalibrator) Calibrators.of(block);
                assertThat(values(trained.apply(inputs.get(0), inputs.get(1))))
                        .containsExactly(values(output));
            }
        }
    }

    @Test
    void nothingIsLearntFromConstantLogits() {
        Calibrator calibrator = builder().fit(logits.zerosLike(), labels);
        assertThat(calibrator.summary().status()).isEqualTo(Status.DEGENERATE);
        assertThat(calibrator.summary().objectiveAfter())
                .isCloseTo(Math.log(CLASSES), within(ROUNDING));
    }

    @Test
    void refusesWhatDoesNotFit() {
        refuses(
                () -> builder().fit(logits.reshape(-1, CLASSES), labels),
                "logits have shape (252, 3), expected [N, C, H, W]");
        refuses(
                () -> builder().fit(logits.reshape(IMAGES, CLASSES, 2, 21), labels),
                "logits have shape (6, 3, 2, 21), expected at least 5 rows and columns of pixels");
        refuses(
                () -> builder().fit(logits, labels.flatten()),
                "labels have shape (252), expected (6, 6, 7)");
        refuses(
                () -> builder().optImages(images.flatten()).fit(logits, labels),
                "images have shape (504) for logits of shape (6, 3, 6, 7), expected [N, I, H, W]");
        refuses(() -> builder().fit(logits, labels.add(1)), "labels[");
        double[] values = logits.toDoubleArray();
        values[2 * CLASSES * PIXELS + 5] = Double.NaN;
        NDArray bad = manager.create(values, logits.getShape());
        refuses(() -> builder().fit(bad, labels), "logits[2] holds NaN or infinity");
        NDArray unseen = images.duplicate();
        unseen.set(images.eq(20), Double.POSITIVE_INFINITY);
        refuses(
                () -> builder().optImages(unseen).fit(logits, labels),
                "features[0] holds NaN or infinity");
        Calibrator calibrator = builder().optMaxIterations(1).fit(logits, labels);
        refuses(
                () -> calibrator.apply(images),
                "logits have shape (6, 2, 6, 7), expected [N, C, H, W] with 3 classes");
    }

    private static void refuses(Runnable call, String message) {
        assertThatThrownBy(call::run)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
    }
}
