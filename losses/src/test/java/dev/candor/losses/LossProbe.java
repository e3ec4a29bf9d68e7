package dev.candor.losses;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.loss.Loss;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Function;

/** The value of a loss and its gradient with respect to the logits. */
record LossProbe(double value, double[] gradient) {

    /** Labels given by a function, so that each probe makes them in its own manager. */
    static LossProbe of(
            Loss loss,
            double[] logits,
            Shape shape,
            DataType type,
            Function<NDManager, NDArray> labels) {
        try (NDManager manager = NDManager.newBaseManager();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray z = manager.create(logits, shape).toType(type, false);
            z.setRequiresGradient(true);
            NDArray value = loss.evaluate(new NDList(labels.apply(manager)), new NDList(z));
            collector.backward(value);
            double[] gradient = z.getGradient().toType(DataType.FLOAT64, false).toDoubleArray();
            return new LossProbe(value.toType(DataType.FLOAT64, false).getDouble(), gradient);
        }
    }

    /** The same, with all garbage collected and overwritten before the backward pass. */
    static LossProbe afterCollection(Loss loss, double[][] logits, long[] labels, DataType type) {
        Loss collecting =
                new Loss(loss.getName()) {
                    @Override
                    public NDArray evaluate(NDList labels, NDList predictions) {
                        NDArray value = loss.evaluate(labels, predictions);
                        Garbage.overwrite();
                        return value;
                    }
                };
        return of(collecting, logits, labels, type);
    }

    static LossProbe of(Loss loss, double[][] logits, long[] labels) {
        return of(loss, logits, labels, DataType.FLOAT64);
    }

    static LossProbe of(Loss loss, double[][] logits, long[] labels, DataType type) {
        return of(
                loss,
                flat(logits),
                new Shape(logits.length, logits[0].length),
                type,
                manager -> manager.create(labels));
    }

    boolean isFinite() {
        return Double.isFinite(value) && Arrays.stream(gradient).allMatch(Double::isFinite);
    }

    @Override
    public String toString() {
        return "value " + value + ", gradient " + Arrays.toString(gradient);
    }

    /** The value alone, without a graph. */
    static double valueOf(Loss loss, double[][] logits, Function<NDManager, NDArray> labels) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray z = manager.create(flat(logits), new Shape(logits.length, logits[0].length));
            return loss.evaluate(new NDList(labels.apply(manager)), new NDList(z)).getDouble();
        }
    }

    /** Central differences of the value with respect to each logit, in float64. */
    static double[] centralDifferences(
            Loss loss, double[][] logits, Function<NDManager, NDArray> labels, double step) {
        double[] differences = new double[logits.length * logits[0].length];
        for (int i = 0; i < differences.length; i++) {
            int row = i / logits[0].length;
            int column = i % logits[0].length;
            double kept = logits[row][column];
            logits[row][column] = kept + step;
            double above = valueOf(loss, logits, labels);
            logits[row][column] = kept - step;
            double below = valueOf(loss, logits, labels);
            logits[row][column] = kept;
            differences[i] = (above - below) / (2 * step);
        }
        return differences;
    }

    static double[][] randomLogits(long seed, int rows, int classes, double scale) {
        Random random = new Random(seed);
        double[][] logits = new double[rows][classes];
        for (double[] row : logits) {
            Arrays.setAll(row, k -> scale * random.nextGaussian());
        }
        return logits;
    }

    static long[] randomLabels(long seed, int rows, int classes) {
        return new Random(seed).longs(rows, 0, classes).toArray();
    }

    static double[] flat(double[][] rows) {
        return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
    }
}
