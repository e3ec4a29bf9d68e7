package dev.candor.benchmarks;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.norm.Dropout;
import ai.djl.training.ParameterStore;
import dev.candor.uncertainty.McDropout;
import dev.candor.uncertainty.PredictiveDistribution;
import java.util.Arrays;
import java.util.Locale;

/**
 * Times Monte Carlo dropout beside a loop of one forward pass for each sample, on the demo's
 * network: 32 samples of a batch of 16, with dropout in the head and right at the input. Both end
 * in the same distribution; the loop runs in training mode, which is all that DJL offers, and which
 * this network, having no batch normalisation, does not mind. The two take turns.
 */
final class DropoutTiming {

    private static final int SAMPLES = 32;
    private static final int BATCH = 16;
    private static final int CLASSES = 10;
    private static final int ROUNDS = 40;
    private static final int WARM_UP = 10;
    private static final float RATE = 0.5f;

    private DropoutTiming() {}

    /**
     * Prints the times.
     *
     * @param arguments none
     */
    public static void main(String[] arguments) {
        time("dropout in the head", DemoNetwork.newBlock(CLASSES, RATE));
        time(
                "dropout at the input",
                new SequentialBlock()
                        .add(Dropout.builder().optRate(RATE).build())
                        .add(DemoNetwork.newBlock(CLASSES)));
    }

    private static void time(String name, Block network) {
        try (Model model = Model.newInstance("demo")) {
            model.setBlock(network);
            Shape shape = new Shape(BATCH).addAll(DemoNetwork.IMAGE);
            network.initialize(model.getNDManager(), DataType.FLOAT32, shape);
            McDropout dropout = McDropout.of(model).samples(SAMPLES);
            double[] ours = new double[ROUNDS];
            double[] loop = new double[ROUNDS];
            double[] ratios = new double[ROUNDS];
            for (int round = -WARM_UP; round < ROUNDS; round++) {
                double first = milliseconds(() -> predict(dropout, shape));
                double second = milliseconds(() -> loop(network, shape));
                if (round >= 0) {
                    ours[round] = first;
                    loop[round] = second;
                    ratios[round] = second / first;
                }
            }
            System.out.printf(
                    Locale.ROOT,
                    "%s: McDropout %s ms, loop %s ms, ratio %s%n",
                    name,
                    spread(ours),
                    spread(loop),
                    spread(ratios));
        }
    }

    private static void predict(McDropout dropout, Shape shape) {
        try (NDManager scope = NDManager.newBaseManager()) {
            read(dropout.predict(scope.ones(shape)));
        }
    }

    private static void loop(Block network, Shape shape) {
        try (NDManager scope = NDManager.newBaseManager()) {
            NDArray images = scope.ones(shape);
            ParameterStore parameters = new ParameterStore(scope, false);
            NDList logits = new NDList();
            for (int sample = 0; sample < SAMPLES; sample++) {
                logits.add(network.forward(parameters, new NDList(images), true).head());
            }
            read(PredictiveDistribution.of(NDArrays.stack(logits)));
        }
    }

    private static void read(PredictiveDistribution distribution) {
        distribution.mean().toDoubleArray();
    }

    private static double milliseconds(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e6;
    }

    /** Median, and the quarter and three quarters beside it. */
    private static String spread(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int n = sorted.length;
        return String.format(
                Locale.ROOT, "%.2f (%.2f..%.2f)", sorted[n / 2], sorted[n / 4], sorted[n * 3 / 4]);
    }
}
