package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import dev.candor.calibrators.internal.LabelledLogits;
import java.util.Arrays;

/** The samples of a fit for two classes, on the host: one number of each tells all. */
final class LogOdds {

    private final double[] values;
    private final double[] targets;
    private final double[] shares;
    private final double positives;
    private final double negatives;

    private LogOdds(LabelledLogits data) {
        int size = Math.toIntExact(data.size());
        values = new double[size];
        targets = new double[size];
        shares = new double[size];
        double[] masses = new double[2];
        Float64Chunk.forEach(
                data,
                chunk -> {
                    int first = Math.toIntExact(chunk.first());
                    NDArray difference = chunk.logits().get(":, 1").sub(chunk.logits().get(":, 0"));
                    double[] scores = difference.toDoubleArray();
                    long[] labels = chunk.labels().toLongArray();
                    double[] weights = chunk.weights().toDoubleArray();
                    for (int i = 0; i < scores.length; i++) {
                        if (!Double.isFinite(scores[i])) {
                            throw data.notFinite();
                        }
                        values[first + i] = scores[i];
                        targets[first + i] = labels[i];
                        shares[first + i] = weights[i] / data.totalWeight();
                        masses[(int) labels[i]] += weights[i];
                    }
                });
        negatives = masses[0];
        positives = masses[1];
    }

    static LogOdds of(LabelledLogits data) {
        return new LogOdds(data);
    }

    /** {@code f = z_1 - z_0}, in the order of the samples; not to be written to. */
    double[] values() {
        return values;
    }

    /** The labels as numbers; not to be written to. */
    double[] targets() {
        return targets;
    }

    /** The weights, which sum to one; not to be written to. */
    double[] shares() {
        return shares;
    }

    /** Sum of the weights of label 1. */
    double positives() {
        return positives;
    }

    /** Sum of the weights of label 0. */
    double negatives() {
        return negatives;
    }

    boolean classIsMissing() {
        return positives == 0 || negatives == 0;
    }

    boolean isConstant() {
        return Arrays.stream(values).allMatch(value -> value == values[0]);
    }

    /** Mean magnitude of the log-odds, or one where they are all zero. */
    double scale() {
        double mean = 0;
        for (double value : values) {
            mean += Math.abs(value) / values.length;
        }
        return mean == 0 ? 1 : mean;
    }

    /** A feature of each sample that is one. */
    double[] ones() {
        double[] ones = new double[values.length];
        Arrays.fill(ones, 1);
        return ones;
    }
}
