package dev.candor.metrics;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;

/** The sets on which golden values were made: A and B of logits, C of binary probabilities. */
enum PostHocData {
    A(
            new double[][] {
                {4, 1, -1},
                {2.5, 2, 0},
                {.5, 3.5, -.5},
                {-1, 2, 1.5},
                {0, -1, 5},
                {1, .5, 3},
                {3, 0, 2.5},
                {1.5, 4.5, 0},
                {-.5, 0, 2},
                {5, 1, 0},
                {0, 2, 1},
                {2, -1, 3.5}
            },
            new long[] {0, 1, 1, 2, 2, 2, 0, 1, 0, 0, 1, 0}),
    B(waves(), wavesLabels());

    /** Probabilities of the positive class. */
    static final double[] C = {
        .05, .12, .15, .22, .27, .31, .35, .41, .44, .48, .52, .57, .61, .66, .71, .78, .83, .88,
        .93, .97
    };

    static final boolean[] C_OUTCOMES = {
        false, false, true, false, false, false, true, false, true, false, true, false, true, true,
        false, true, true, false, true, true
    };

    final double[][] logits;
    final long[] labels;

    PostHocData(double[][] logits, long[] labels) {
        this.logits = logits;
        this.labels = labels;
    }

    private static double[][] waves() {
        double[][] logits = new double[200][4];
        for (int i = 0; i < 200; i++) {
            for (int k = 0; k < 4; k++) {
                logits[i][k] =
                        4 * Math.sin(1.7 * i + 2.3 * k + 0.5) + 1.5 * Math.cos(0.31 * i * (k + 1));
            }
        }
        return logits;
    }

    private static long[] wavesLabels() {
        double[][] logits = waves();
        long[] labels = new long[200];
        Arrays.setAll(
                labels,
                i -> {
                    int best = argMax(logits[i]);
                    return (7 * i + 3) % 10 >= 3 ? best : (best + 1 + i % 3) % 4;
                });
        return labels;
    }

    private static int argMax(double[] row) {
        int best = 0;
        for (int k = 1; k < row.length; k++) {
            best = row[k] > row[best] ? k : best;
        }
        return best;
    }

    NDArray logits(NDManager manager) {
        return manager.create(
                Arrays.stream(logits).flatMapToDouble(Arrays::stream).toArray(),
                new Shape(logits.length, logits[0].length));
    }

    NDArray logits(NDManager manager, DataType type) {
        return logits(manager).toType(type, false);
    }

    NDArray labels(NDManager manager) {
        return manager.create(labels);
    }

    Predictions predictions() {
        try (NDManager manager = NDManager.newBaseManager()) {
            return Predictions.ofLogits(logits(manager), labels(manager));
        }
    }

    ClassForecasts classes() {
        try (NDManager manager = NDManager.newBaseManager()) {
            return ClassForecasts.ofLogits(logits(manager), labels(manager));
        }
    }

    Forecasts topLabel() {
        return predictions().topLabel();
    }

    static Forecasts binary() {
        return Forecasts.of(C, C_OUTCOMES);
    }
}
