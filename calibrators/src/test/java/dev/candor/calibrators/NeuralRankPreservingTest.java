package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import dev.candor.calibrators.NeuralRankPreserving.Unit;
import dev.candor.internal.Stable;
import dev.candor.losses.CrossEntropyLoss;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class NeuralRankPreservingTest extends NeuralContract {

    private static final double SUM_TOLERANCE = 1e-9;

    @Override
    NeuralRankPreserving.Builder builder() {
        return NeuralRankPreserving.builder()
                .optUnits(3)
                .optUnit(Unit.SOFTPLUS)
                .optTop(3)
                .optHiddenUnits(4)
                .optMaxIterations(10);
    }

    @Override
    Block block(long classes) {
        return builder().block(classes);
    }

    private void assertSum(Unit unit, double... expected) {
        NDArray logits = manager.create(new double[] {2, -1, .5, 3}, new Shape(1, 4));
        NDArray sum =
                RankPreservingNetwork.sum(
                        logits,
                        manager.create(new double[] {.5, 1.5, .7}),
                        manager.create(new double[] {0, 1, -.5}),
                        manager.create(new double[] {1, 2, .5}),
                        unit);
        assertThat(values(sum)).containsExactly(expected, within(SUM_TOLERANCE));
        if (unit == Unit.TANH) {
            assertThat(values(sum.softmax(1)))
                    .containsExactly(
                            new double[] {.3479436666, .0068251232, .0914154509, .5538157592},
                            within(SUM_TOLERANCE));
        }
    }

    /** Golden values: torch 2.13 in float64. */
    @Test
    void reproducesTheGoldenSums() {
        assertSum(Unit.TANH, 1.8751259689, -2.0563042211, .5384998911, 2.3399174466);
        assertSum(Unit.LEAKY_RELU, 5.25, -.54, 1.575, 7.9);
        assertSum(Unit.SOFTPLUS, 6.0292802257, .8458065563, 2.8397972296, 8.3948242336);
    }

    /** Golden values: torch 2.13 in float64. */
    @Test
    void reproducesTheGoldenGradients() {
        NDArray raw = manager.create(new double[] {0, 0, 0, -1, 0, 1, .5, .5, .5}, new Shape(3, 3));
        raw.setRequiresGradient(true);
        DataSets data = DataSets.b();
        double likelihood;
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray sum =
                    RankPreservingNetwork.sum(
                            logits(data),
                            Stable.softPlus(raw.get(0)),
                            raw.get(1),
                            Stable.softPlus(raw.get(2)),
                            Unit.LEAKY_RELU);
            NDArray loss =
                    CrossEntropyLoss.of().evaluate(new NDList(labels(data)), new NDList(sum));
            collector.backward(loss);
            likelihood = loss.getDouble();
        }
        assertThat(likelihood).isCloseTo(2.37577046882, within(1e-8));
        assertThat(values(raw.getGradient()))
                .containsExactly(
                        new double[] {
                            .6008932720, .5194518411, .4270092442,
                            -.0927778697, -.1205076044, -.1292791222,
                            -.5323171987, -.4601701530, -.3782774335
                        },
                        within(1e-8));
    }

    @Test
    void everyUnitCanBeTrained() {
        DataSets data = DataSets.random(51, 300, CLASSES);
        double scaled =
                TemperatureScaling.fit(logits(data), labels(data)).summary().objectiveAfter();
        for (Unit unit : Unit.values()) {
            FitSummary summary =
                    builder()
                            .optUnit(unit)
                            .optMaxIterations(3)
                            .fit(logits(data), labels(data))
                            .summary();
            assertThat(summary.objectiveAfter()).isLessThanOrEqualTo(scaled);
        }
    }

    private static final int FEATURES = 2;

    /** Samples of which the first feature tells how far to trust the logits. */
    private NDArray telling(DataSets data) {
        double[][] features = new double[data.labels().length][FEATURES];
        for (int i = 0; i < features.length; i++) {
            boolean right = DataSets.argMax(data.logits()[i]) == data.labels()[i];
            features[i][0] = 100 + (right ? 1 : -1);
            features[i][1] = i % 7;
        }
        return array(features);
    }

    @Test
    void learnsFromFeatures() throws IOException {
        DataSets data = DataSets.random(52, 500, CLASSES);
        NDArray features = telling(data);
        NeuralRankPreserving calibrator =
                builder()
                        .optMaxIterations(30)
                        .optBatchSize(50)
                        .optLearningRate(0.02)
                        .optFeatures(features)
                        .fit(logits(data), labels(data));
        double scaled =
                TemperatureScaling.fit(logits(data), labels(data)).summary().objectiveAfter();
        assertThat(calibrator.features()).isEqualTo(FEATURES);
        assertThat(calibrator.summary().objectiveAfter()).isLessThan(scaled - 0.02);
        NDArray calibrated = calibrator.apply(logits(data), features);
        assertThat(calibrator.summary().objectiveAfter())
                .isCloseTo(data.likelihood(values(calibrated.logSoftmax(1))), within(ROUNDING));

        Path file = directory.resolve("features.candor");
        calibrator.save(file);
        FeatureCalibrator loaded = (FeatureCalibrator) Calibrators.load(file);
        assertThat(values(loaded.apply(logits(data), features)))
                .containsExactly(values(calibrated));

        Block block = calibrator.asBlock();
        NDList inputs = new NDList(float32(logits(data)), float32(features));
        block.initialize(manager, DataType.FLOAT32, inputs.getShapes());
        NDList output = block.forward(new ParameterStore(manager, false), inputs, true);
        assertThat(values(output.singletonOrThrow()))
                .containsExactly(
                        values(calibrator.apply(inputs.get(0), inputs.get(1))),
                        within(NARROW_TOLERANCE));
        assertThat(block.getOutputShapes(inputs.getShapes()))
                .containsExactly(inputs.get(0).getShape());
    }

    @Test
    void refusesFeaturesThatDoNotFit() {
        DataSets data = DataSets.random(53, 60, CLASSES);
        NDArray features = telling(data);
        NeuralRankPreserving calibrator =
                builder().optFeatures(features).fit(logits(data), labels(data));
        refusesCall(
                () -> calibrator.apply(logits(data)),
                "1 arrays for a calibrator of method 'neuralRankPreserving', expected logits and"
                        + " features");
        refusesCall(
                () -> calibrator.apply(logits(data), manager.ones(new Shape(60, 3))),
                "features have shape (60, 3) for logits of shape (60, 5), expected (60, 2)");
        refusesCall(
                () -> ((FeatureCalibrator) fitted()).apply(logits(data), features),
                "2 arrays for a calibrator of method 'neuralRankPreserving', expected logits"
                        + " alone");
        refusesCall(
                () ->
                        builder()
                                .optFeatures(manager.ones(new Shape(59, 2)))
                                .fit(logits(data), labels(data)),
                "features have shape (59, 2) for 60 samples, expected [N, F]");
        NDArray bad = features.duplicate();
        bad.set(new NDIndex("33, 1"), Double.NaN);
        refusesCall(
                () -> builder().optFeatures(bad).fit(logits(data), labels(data)),
                "features[33] holds NaN or infinity");
    }

    private static void refusesCall(Runnable call, String message) {
        assertThatThrownBy(call::run)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
