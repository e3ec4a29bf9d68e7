package dev.candor.benchmarks.suites;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.GradientCollector;
import ai.djl.training.loss.Loss;
import java.util.Comparator;
import java.util.stream.Stream;

/** One forward and backward pass of a loss. */
final class LossPass {

    private static final int PROFILES = 3;

    private LossPass() {}

    /** Measures after one pass for warming up. Each pass starts from a new leaf, as in training. */
    static Timing measure(
            Loss loss, LossInput input, LossInputs inputs, int repetitions, Clock clock) {
        NDArray given = inputs.predictions(input);
        NDList labels = inputs.labels(input);
        double[] seconds = new double[repetitions];
        double value = 0;
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            for (int i = -1; i < repetitions; i++) {
                try (NDManager scope = inputs.manager().newSubManager()) {
                    NDList predictions = leaf(given, scope);
                    double start = clock.seconds();
                    NDArray result = loss.evaluate(labels, predictions);
                    collector.backward(result);
                    if (i < 0) {
                        value = result.toType(DataType.FLOAT64, false).getDouble();
                    }
                    DeviceWork.await(result);
                    result.close();
                    if (i >= 0) {
                        seconds[i] = clock.seconds() - start;
                    }
                }
            }
        }
        return new Timing(Spread.median(seconds), value);
    }

    /** Profiles a few passes after one for warming up, and returns the least disturbed. */
    static EngineProfile profile(Loss loss, LossInput input, LossInputs inputs) {
        measure(loss, input, inputs, 1, Clock.WALL);
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            return Stream.generate(() -> profileOnce(loss, input, inputs, collector))
                    .limit(PROFILES)
                    .min(Comparator.comparingDouble(EngineProfile::microseconds))
                    .orElseThrow();
        }
    }

    private static EngineProfile profileOnce(
            Loss loss, LossInput input, LossInputs inputs, GradientCollector collector) {
        NDArray given = inputs.predictions(input);
        NDList labels = inputs.labels(input);
        try (NDManager scope = inputs.manager().newSubManager()) {
            NDList predictions = leaf(given, scope);
            return EngineProfile.once(
                    given.getDevice(),
                    () -> {
                        NDArray result = loss.evaluate(labels, predictions);
                        collector.backward(result);
                        result.close();
                    });
        }
    }

    private static NDList leaf(NDArray given, NDManager scope) {
        NDArray leaf = given.duplicate();
        leaf.attach(scope);
        leaf.setRequiresGradient(true);
        return new NDList(leaf);
    }
}
