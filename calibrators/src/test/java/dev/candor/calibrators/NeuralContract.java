package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
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
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import dev.candor.calibrators.FitSummary.Status;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.losses.CrossEntropyLoss;
import dev.candor.losses.FocalLoss;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every calibrator promises that is a network of the logits. */
abstract class NeuralContract extends CalibratorContract {

    static final double GOLDEN_TOLERANCE = 1e-9;

    /** Rounding of float32 parameters in a block that is given float64 logits. */
    static final double NARROW_TOLERANCE = 1e-5;

    /** Rounding of float32 that many steps of training have magnified. */
    static final double LEARNT_TOLERANCE = 1e-4;

    /** Central differences in float64. */
    static final double STEP = 1e-6;

    static final double GRADIENT_TOLERANCE = 1e-7;

    private static final Map<Class<?>, Calibrator> FITTED = new ConcurrentHashMap<>();
    private static final int STEPS_OF_TRAINING = 30;
    private static final int DIFFERENCES = 60;

    /** A small network, soon trained. */
    abstract NetworkBuilder<?, ?> builder();

    /** A block before training. */
    abstract Block block(long classes);

    @Override
    Calibrator fit(NDArray logits, NDArray labels) {
        return builder().fit(logits, labels);
    }

    /** One for all tests of a class: it is immutable. */
    @Override
    Calibrator fitted() {
        return FITTED.computeIfAbsent(getClass(), type -> super.fitted());
    }

    @Override
    Calibrator other() {
        return builder().optSeed(7).fit(logits(samplesOfOther()), labels(samplesOfOther()));
    }

    private DataSets samplesOfOther() {
        return DataSets.random(40, 60, classes());
    }

    Network network() {
        return ((NeuralCalibrator) fitted()).network();
    }

    /** Arrays of a network that is far from the identity. */
    List<Coefficient> wild(Network network, long seed, double spread) {
        Random random = new Random(seed);
        List<Coefficient> arrays = new ArrayList<>();
        for (Coefficient start : network.start(random)) {
            double[] values = start.values().clone();
            Arrays.setAll(values, i -> values[i] + spread * random.nextGaussian());
            arrays.add(new Coefficient(start.name(), start.shape(), values));
        }
        return arrays;
    }

    NDList arrays(List<Coefficient> coefficients) {
        NDList arrays = new NDList();
        coefficients.forEach(c -> arrays.add(c.in(manager).duplicate()));
        return arrays;
    }

    @Test
    void isNeverWorseThanTemperatureScaling() {
        for (DataSets data : samples()) {
            double scaled =
                    TemperatureScaling.fit(logits(data), labels(data)).summary().objectiveAfter();
            assertThat(fit(data).summary().objectiveAfter()).isLessThanOrEqualTo(scaled + ROUNDING);
        }
    }

    @Test
    void theSummaryTellsTheObjectiveOfTheResult() {
        DataSets data = DataSets.random(41, 400, classes());
        Calibrator calibrator = fit(data);
        NDArray calibrated = calibrator.apply(logits(data)).logSoftmax(1);
        assertThat(calibrator.summary().objectiveAfter())
                .isCloseTo(data.likelihood(values(calibrated)), within(ROUNDING));
    }

    @Test
    void learnsWhatATemperatureCannot() {
        DataSets data = DataSets.random(42, 1000, classes());
        NDArray bent = bent(data);
        NDArray labels = labels(data);
        double scaled = TemperatureScaling.fit(bent, labels).summary().objectiveAfter();
        FitSummary summary =
                builder().optMaxIterations(60).optPatience(60).fit(bent, labels).summary();
        assertThat(summary.objectiveAfter()).isLessThan(scaled - 1e-3);
    }

    /** Logits of which the greater ones are drawn in, exact in float32. */
    private NDArray bent(DataSets data) {
        NDArray bent = logits(data).mul(0.5).exp().add(1).log().log();
        return float32(bent).toType(DataType.FLOAT64, false);
    }

    @Test
    void theBrierScoreCanBeTheObjective() {
        DataSets data = DataSets.b();
        Calibrator calibrator =
                builder().optObjective(Objective.BRIER).fit(logits(data), labels(data));
        FitSummary summary = calibrator.summary();
        assertThat(summary.objectiveBefore())
                .isCloseTo(data.brier(values(logits(data).softmax(1))), within(ROUNDING));
        double after = data.brier(values(calibrator.apply(logits(data)).softmax(1)));
        assertThat(summary.objectiveAfter())
                .isCloseTo(after, within(ROUNDING))
                .isLessThan(summary.objectiveBefore());
    }

    @Test
    void samplesOfWeightZeroDoNotCount() {
        DataSets data = DataSets.random(43, 300, classes());
        NDIndex tail = new NDIndex("200:");
        NDArray weights = manager.ones(new Shape(300, 1));
        weights.set(tail, 0);
        NDArray logits = logits(data);
        double[] expected = values(builder().fit(logits, labels(data), weights).apply(unseen()));
        NDArray others = labels(data);
        others.set(tail, 0);
        NDArray changed = logits.duplicate();
        Calibrator same = builder().fit(changed, labels(data), weights);
        assertThat(values(same.apply(unseen()))).containsExactly(expected);
        assertThat(same.summary().objectiveAfter())
                .isCloseTo(weighted(same, logits.get(new NDIndex(":200")), data), within(ROUNDING));
    }

    private double weighted(Calibrator calibrator, NDArray logits, DataSets data) {
        int rows = (int) logits.getShape().get(0);
        DataSets head =
                new DataSets(
                        Arrays.copyOf(data.logits(), rows), Arrays.copyOf(data.labels(), rows));
        return head.likelihood(values(calibrator.apply(logits).logSoftmax(1)));
    }

    @Test
    void theSeedTellsTheResult() {
        double[] first = ofSeed(3);
        double[] again = ofSeed(3);
        double[] other = ofSeed(4);
        assertThat(again).containsExactly(first);
        assertThat(other).isNotEqualTo(first);
    }

    @Test
    void learnsTheSameInFloat32AndInAnyOrder() {
        DataSets data = DataSets.random(48, 300, classes());
        NDArray expected = builder().fit(bent(data), labels(data)).apply(unseen()).softmax(1);
        Calibrator narrow = builder().fit(float32(bent(data)), labels(data));
        assertThat(values(narrow.apply(float32(unseen())).softmax(1)))
                .containsExactly(values(expected), within(LEARNT_TOLERANCE));
        NDArray backwards = bent(data).flip(0);
        Calibrator permuted = builder().fit(backwards, labels(data).flip(0));
        assertThat(values(permuted.apply(unseen()).softmax(1)))
                .containsExactly(values(expected), within(ROUNDING));
    }

    private double[] ofSeed(long seed) {
        DataSets data = DataSets.random(44, 300, classes());
        return values(builder().optSeed(seed).fit(bent(data), labels(data)).apply(unseen()));
    }

    @Test
    void tooFewSamplesGiveTheTemperature() {
        DataSets data = DataSets.random(45, 49, classes());
        Calibrator calibrator = fit(data);
        assertThat(calibrator.summary().status()).isEqualTo(Status.TOO_FEW_SAMPLES);
        NDArray scaled = TemperatureScaling.fit(logits(data), labels(data)).apply(unseen());
        assertThat(values(calibrator.apply(unseen()).softmax(1)))
                .containsExactly(values(scaled.softmax(1)), within(ROUNDING));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void keepsTheRankingWhateverTheArraysAre(long seed) {
        Network network = network();
        DataSets data = DataSets.random(seed, 100, classes());
        for (double[] row : data.logits()) {
            row[classes() - 1] = row[0];
        }
        NDList arrays = arrays(wild(network, seed, 0.3));
        NDArray calibrated = network.map(logits(data), null, arrays);
        double[] sums = values(calibrated.softmax(1).sum(new int[] {1}));
        double[] after = values(calibrated);
        for (int i = 0; i < data.logits().length; i++) {
            assertThat(sums[i]).isCloseTo(1, within(ROUNDING));
            double[] before = data.logits()[i];
            for (int j = 0; j < classes(); j++) {
                for (int k = 0; k < classes(); k++) {
                    double first = after[i * classes() + j];
                    double second = after[i * classes() + k];
                    assertThat(Double.compare(first, second))
                            .isEqualTo(Double.compare(before[j], before[k]));
                }
            }
        }
    }

    @Test
    void gradientsAreThoseOfCentralDifferences() {
        Network network = network();
        DataSets data = DataSets.random(46, 20, classes());
        List<Coefficient> at = wild(network, 5, 0.3);
        List<double[]> gradients = new ArrayList<>();
        NDList leaves = arrays(at);
        NDArray logits = logits(data);
        leaves.forEach(leaf -> leaf.setRequiresGradient(true));
        logits.setRequiresGradient(true);
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            collector.backward(loss(network, logits, labels(data), leaves));
        }
        leaves.forEach(leaf -> gradients.add(values(leaf.getGradient())));
        Random random = new Random(6);
        for (int trial = 0; trial < DIFFERENCES; trial++) {
            int array = random.nextInt(at.size());
            double[] values = at.get(array).values();
            int place = random.nextInt(values.length);
            double before = values[place];
            values[place] = before + STEP;
            double more = loss(network, logits(data), labels(data), arrays(at)).getDouble();
            values[place] = before - STEP;
            double less = loss(network, logits(data), labels(data), arrays(at)).getDouble();
            values[place] = before;
            assertThat(gradients.get(array)[place])
                    .as("%s[%d]", at.get(array).name(), place)
                    .isCloseTo((more - less) / (2 * STEP), within(GRADIENT_TOLERANCE));
        }
        double[] ofLogits = values(logits.getGradient());
        for (int i = 0; i < 10; i++) {
            double before = data.logits()[i][1];
            data.logits()[i][1] = before + STEP;
            double more = loss(network, logits(data), labels(data), arrays(at)).getDouble();
            data.logits()[i][1] = before - STEP;
            double less = loss(network, logits(data), labels(data), arrays(at)).getDouble();
            data.logits()[i][1] = before;
            assertThat(ofLogits[i * classes() + 1])
                    .isCloseTo((more - less) / (2 * STEP), within(GRADIENT_TOLERANCE));
        }
    }

    private static NDArray loss(Network network, NDArray logits, NDArray labels, NDList arrays) {
        NDArray calibrated = network.map(logits, null, arrays);
        return CrossEntropyLoss.of().evaluate(new NDList(labels), new NDList(calibrated));
    }

    @Override
    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT32", "FLOAT64"})
    void theBlockDoesWhatApplyDoes(DataType type) {
        Calibrator calibrator = fitted();
        NDArray logits = unseen().toType(type, false);
        double[] expected = values(calibrator.apply(logits));
        Block block = calibrator.asBlock();
        ParameterStore store = new ParameterStore(manager, false);
        NDArray before = block.forward(store, new NDList(logits), false).singletonOrThrow();
        assertThat(values(before)).containsExactly(expected);
        block.initialize(manager, DataType.FLOAT32, logits.getShape());
        double tolerance = type == DataType.FLOAT32 ? 0 : NARROW_TOLERANCE;
        for (boolean training : new boolean[] {false, true}) {
            NDArray output = block.forward(store, new NDList(logits), training).singletonOrThrow();
            assertThat(output.getDataType()).isEqualTo(type);
            assertThat(values(output)).containsExactly(expected, within(tolerance));
        }
        assertThat(block.getOutputShapes(new Shape[] {logits.getShape()}))
                .containsExactly(logits.getShape());
    }

    /** Trained parameters are those of float32, and may be trained on. */
    @Override
    void assertParameters(Block block, Calibrator calibrator) {
        int index = 0;
        for (Map.Entry<String, double[]> entry : calibrator.summary().parameters().entrySet()) {
            boolean trained = ((FittedCalibrator) calibrator).isTrained(index++);
            double[] expected = entry.getValue();
            if (trained) {
                Arrays.setAll(expected, i -> (float) expected[i]);
            }
            Parameter parameter = block.getParameters().get(entry.getKey());
            assertThat(values(parameter.getArray())).containsExactly(expected);
            assertThat(parameter.requiresGradient()).isEqualTo(trained);
        }
    }

    @Override
    @Test
    void trainingPassesThroughTheBlockAndLeavesItAsItIs() {
        trains(FocalLoss.of(2), false, true);
    }

    @Test
    void aTrainerTrainsTheBlockBehindAFrozenNetwork() {
        trains(CrossEntropyLoss.of(), true, false);
    }

    @Test
    void aTrainerTrainsTheBlockJointlyWithTheNetwork() {
        trains(FocalLoss.of(2), true, true);
    }

    private void trains(Loss loss, boolean trainsBlock, boolean trainsNetwork) {
        DataSets data = DataSets.random(47, 64, classes());
        Block block = block(classes());
        Block network = Linear.builder().setUnits(classes()).build();
        try (Model model = Model.newInstance("network")) {
            model.setBlock(new SequentialBlock().add(network).add(block));
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(loss)
                            .optOptimizer(
                                    Optimizer.adam()
                                            .optLearningRateTracker(Tracker.fixed(0.02f))
                                            .build())
                            .optInitializer(new NormalInitializer(1), parameter -> true);
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(64, classes()));
                network.freezeParameters(!trainsNetwork);
                if (!trainsBlock) {
                    block.freezeParameters(true);
                }
                double[] ofNetwork = parameters(network);
                double[] ofBlock = parameters(block);
                NDArray logits = float32(logits(data));
                logits.attach(trainer.getManager());
                NDArray labels = labels(data);
                labels.attach(trainer.getManager());
                double first = 0;
                double last = 0;
                for (int step = 0; step < STEPS_OF_TRAINING; step++) {
                    try (GradientCollector collector = trainer.newGradientCollector()) {
                        NDList output = trainer.forward(new NDList(logits));
                        NDArray value = trainer.getLoss().evaluate(new NDList(labels), output);
                        collector.backward(value);
                        last = value.getFloat();
                    }
                    first = step == 0 ? last : first;
                    trainer.step();
                }
                assertThat(last).isFinite().isLessThan(first);
                assertThat(Arrays.equals(parameters(network), ofNetwork)).isEqualTo(!trainsNetwork);
                assertThat(Arrays.equals(parameters(block), ofBlock)).isEqualTo(!trainsBlock);
                Calibrator trained = Calibrators.of(block);
                assertThat(trained.summary().status()).isEqualTo(Status.GIVEN);
                NDArray between =
                        network.forward(
                                        new ParameterStore(manager, false),
                                        new NDList(logits),
                                        false)
                                .singletonOrThrow();
                NDArray output = trainer.evaluate(new NDList(logits)).singletonOrThrow();
                assertThat(values(trained.apply(between))).containsExactly(values(output));
            }
        }
    }

    private static double[] parameters(Block block) {
        return block.getParameters().values().stream()
                .flatMapToDouble(parameter -> Arrays.stream(values(parameter.getArray())))
                .toArray();
    }

    @Test
    void manyRowsAreMappedAsFewAre() {
        Calibrator calibrator = fitted();
        NDArray few = float32(unseen());
        double[] expected = values(calibrator.apply(few));
        long repeats =
                1 + (1L << 22) / ((NeuralCalibrator) calibrator).network().elementsOfSample(1) / 50;
        NDArray many = calibrator.apply(few.tile(new long[] {repeats, 1}));
        assertThat(values(many.get(new NDIndex("-50:"))))
                .containsExactly(expected, within(NARROW_TOLERANCE));
    }

    @Test
    void refusesOptionsOutOfRange() {
        refusesOption(() -> builder().optBatchSize(-1), "batchSize = -1, expected at least 0");
        refusesOption(
                () -> builder().optLearningRate(0),
                "learningRate = 0.0, expected a finite value > 0");
        refusesOption(
                () -> builder().optWeightDecay(-1),
                "weightDecay = -1.0, expected a finite value >= 0");
        refusesOption(
                () -> builder().optValidationShare(0.6),
                "validationShare = 0.6, expected 0.0..0.5");
        refusesOption(() -> builder().optPatience(0), "patience = 0, expected at least 1");
    }

    static void refusesOption(Runnable option, String message) {
        assertThatThrownBy(option::run)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
