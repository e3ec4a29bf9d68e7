package dev.candor.benchmarks.suites;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.GradientCollector;
import ai.djl.training.loss.Loss;

/** One forward and backward pass of a loss. */
final class LossPass {

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
                    NDArray leaf = given.duplicate();
                    leaf.attach(scope);
                    leaf.setRequiresGradient(true);
                    NDList predictions = new NDList(leaf);
                    double start = clock.seconds();
                    NDArray result = loss.evaluate(labels, predictions);
                    collector.backward(result);
                    if (i < 0) {
                        value = result.toType(DataType.FLOAT64, false).getDouble();
                    }
                    if (result.getDevice().isGpu()) {
                        // The GPU works on while the program goes on: reading waits for it.
                        result.toType(DataType.FLOAT64, false).getDouble();
                    }
                    result.close();
                    if (i >= 0) {
                        seconds[i] = clock.seconds() - start;
                    }
                }
            }
        }
        return new Timing(Spread.median(seconds), value);
    }
}
