package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.initializer.NormalInitializer;
import ai.djl.training.loss.Loss;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every calibrator of probabilities promises beside what all calibrators do. */
abstract class ProbabilityContract extends CalibratorContract {

    static final double MASS_TOLERANCE = 1e-12;

    /** Golden values: Python references in float64, given to ten digits. */
    static final double GOLDEN_TOLERANCE = 1e-9;

    /** Twenty probabilities of a binary event. */
    static final double[] BINARY = {
        .05, .12, .15, .22, .27, .31, .35, .41, .44, .48, .52, .57, .61, .66, .71, .78, .83, .88,
        .93, .97
    };

    /** Whether the event happened. */
    static final long[] HAPPENED = {0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1};

    /** Logits of two classes, the second of these probabilities. */
    NDArray binaryLogits(double... probabilities) {
        return array(
                Arrays.stream(probabilities)
                        .mapToObj(p -> new double[] {Math.log1p(-p), Math.log(p)})
                        .toArray(double[][]::new));
    }

    NDArray binaryLabels() {
        return manager.create(HAPPENED);
    }

    /** What becomes of the probability of the second class. */
    double[] binary(Calibrator calibrator, double... probabilities) {
        return values(calibrator.apply(binaryLogits(probabilities)).get(":, 1").exp());
    }

    static void assertBetween(NDArray array, double low, double high) {
        DoubleSummaryStatistics range = Arrays.stream(values(array)).summaryStatistics();
        assertThat(range.getMin()).isGreaterThanOrEqualTo(low);
        assertThat(range.getMax()).isLessThanOrEqualTo(high);
    }

    /** The fit promises no better likelihood, but reports it. */
    @Override
    @Test
    void neverEndsWorseThanItBegan() {
        for (DataSets data : new DataSets[] {DataSets.a(), DataSets.b()}) {
            Calibrator calibrator = fit(data);
            double[] calibrated = values(calibrator.apply(logits(data)));
            int classes = data.logits()[0].length;
            double after = 0;
            for (int i = 0; i < data.labels().length; i++) {
                after -= calibrated[i * classes + (int) data.labels()[i]];
            }
            FitSummary summary = calibrator.summary();
            assertThat(summary.objectiveBefore()).isCloseTo(data.likelihood(1), within(ROUNDING));
            assertThat(summary.objectiveAfter())
                    .isCloseTo(after / data.labels().length, within(ROUNDING));
        }
    }

    /** Whether the map is more than steps, whose gradient is zero. */
    abstract boolean hasGradient();

    @Override
    @Test
    void gradientsFlowThroughApply() {
        Calibrator calibrator = fitted();
        NDArray[] gradients = new NDArray[2];
        for (int i = 0; i < 2; i++) {
            NDArray logits = i == 0 ? unseen() : float32(unseen());
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                logits.setRequiresGradient(true);
                collector.backward(calibrator.apply(logits).square().sum());
                gradients[i] = logits.getGradient();
            }
        }
        assertThat(gradients[1].getDataType()).isEqualTo(DataType.FLOAT32);
        double size = gradients[0].abs().sum().getDouble();
        assertThat(size > 0).isEqualTo(hasGradient());
        assertThat(values(gradients[1]))
                .containsExactly(values(gradients[0]), within(FLOAT32_TOLERANCE * (1 + size)));
    }

    /** Near constant logits lie within one bin, so that nothing would be learned. */
    @Override
    @Test
    void trainingPassesThroughTheBlockAndLeavesItAsItIs() {
        Calibrator calibrator = fitted();
        Block block = calibrator.asBlock();
        try (Model model = Model.newInstance("network")) {
            model.setBlock(
                    new SequentialBlock()
                            .add(Linear.builder().setUnits(CLASSES).build())
                            .add(block));
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                            .optInitializer(new NormalInitializer(), parameter -> true);
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(4, 3));
                NDManager inputs = trainer.getManager();
                try (GradientCollector collector = trainer.newGradientCollector()) {
                    NDArray input = inputs.randomNormal(new Shape(4, 3));
                    NDList output = trainer.forward(new NDList(input));
                    NDList labels = new NDList(inputs.create(new long[] {0, 1, 2, 3}));
                    collector.backward(trainer.getLoss().evaluate(labels, output));
                }
                assertParameters(block, calibrator);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {31, 32, 33})
    void probabilitiesSumToOne(long seed) {
        Calibrator calibrator = fit(DataSets.random(seed, 200, CLASSES));
        NDArray logits = logits(DataSets.random(seed + 100, 300, CLASSES).scaled(3));
        for (NDArray narrowed : new NDArray[] {logits, float32(logits)}) {
            NDArray calibrated = calibrator.apply(narrowed);
            double tolerance =
                    narrowed.getDataType() == DataType.FLOAT64 ? MASS_TOLERANCE : FLOAT32_TOLERANCE;
            assertBetween(calibrated.exp().sum(new int[] {1}), 1 - tolerance, 1 + tolerance);
        }
    }

    @Test
    void manyRowsAreCalibratedAsFewAre() {
        Calibrator calibrator = fitted();
        int repeats = 500;
        for (NDArray few : new NDArray[] {unseen(), float32(unseen())}) {
            NDArray many = few.tile(new long[] {repeats, 1});
            NDArray expected = calibrator.apply(few).tile(new long[] {repeats, 1});
            assertThat(calibrator.apply(many).contentEquals(expected)).isTrue();
        }
    }

    @Test
    void aRowThatHoldsNaNStaysNaNAndNoOther() {
        NDArray logits = unseen();
        double[] expected = values(fitted().apply(logits));
        double[] rows = values(logits);
        rows[7 * CLASSES + 2] = Double.NaN;
        double[] calibrated = values(fitted().apply(manager.create(rows, logits.getShape())));
        for (int i = 0; i < calibrated.length; i++) {
            if (i / CLASSES == 7) {
                assertThat(calibrated[i]).isNaN();
            } else {
                assertThat(calibrated[i]).isEqualTo(expected[i]);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("degenerateSamples")
    void degenerateSamplesGiveFiniteProbabilities(String name, DataSets data) {
        for (NDArray logits : new NDArray[] {logits(data), float32(logits(data))}) {
            Calibrator calibrator = fit(logits, labels(data));
            NDArray calibrated = calibrator.apply(logits).exp();
            assertBetween(calibrated, 0, 1 + FLOAT32_TOLERANCE);
            assertBetween(
                    calibrated.sum(new int[] {1}), 1 - FLOAT32_TOLERANCE, 1 + FLOAT32_TOLERANCE);
        }
    }

    static Stream<Arguments> degenerateSamples() {
        double[][] certain = {{5, 0, 0}, {0, 5, 0}, {0, 0, 5}, {5, 0, -5}};
        DataSets absent = DataSets.random(41, 60, 4);
        for (int i = 0; i < absent.labels().length; i++) {
            absent.labels()[i] %= 3;
        }
        return Stream.of(
                Arguments.of("one sample", DataSets.random(40, 1, 3)),
                Arguments.of("two samples", DataSets.random(40, 2, 2)),
                Arguments.of("one class", DataSets.random(42, 50, 3).labelled(new long[50])),
                Arguments.of("a class absent", absent),
                Arguments.of(
                        "constant logits", new DataSets(new double[4][3], new long[] {0, 1, 2, 0})),
                Arguments.of("separable", new DataSets(certain, new long[] {0, 1, 2, 0})),
                Arguments.of("all wrong", new DataSets(certain, new long[] {1, 2, 0, 2})),
                Arguments.of("1e38", new DataSets(certain, new long[] {0, 2, 2, 0}).scaled(2e37)),
                Arguments.of("few samples of many classes", DataSets.random(43, 3, 1000)),
                Arguments.of("two classes", DataSets.random(44, 100, 2)),
                Arguments.of("identical samples", identical()));
    }

    private static DataSets identical() {
        double[][] rows = new double[9][];
        Arrays.fill(rows, new double[] {1, 2, .5});
        return new DataSets(rows, new long[] {0, 1, 2, 1, 1, 1, 0, 1, 1});
    }
}
