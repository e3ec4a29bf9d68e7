package dev.candor.benchmarks.suites;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.Dropout;
import ai.djl.nn.transformer.TransformerEncoderBlock;
import ai.djl.training.initializer.Initializer;
import dev.candor.internal.Checks;
import java.util.List;
import java.util.function.Function;

/**
 * A network to measure with, and inputs for it.
 *
 * @param name how tables call it
 * @param input the shape of one input, without the batch
 * @param network makes it anew, from inputs to ten logits, with dropout of the given rate before
 *     its last layer, and without any where the rate is 0
 */
public record Workload(String name, Shape input, Function<Float, Block> network) {

    static final int CLASSES = 10;

    private static final int CHUNK = 1 << 16;
    private static final long INPUTS = 5;
    private static final long WEIGHTS = 6;

    private static final int TOKENS = 32;
    private static final int EMBEDDING = 128;
    private static final int HEADS = 4;
    private static final int FEED_FORWARD = 512;
    private static final int LAYERS = 4;

    /**
     * Returns four layers of attention with 4 heads, over 32 tokens of 128 numbers, and their mean.
     *
     * @return the workload
     */
    public static Workload transformer() {
        return new Workload("transformer", new Shape(TOKENS, EMBEDDING), Workload::attention);
    }

    private static Block attention(float dropout) {
        SequentialBlock network = new SequentialBlock();
        for (int layer = 0; layer < LAYERS; layer++) {
            network.add(
                    new TransformerEncoderBlock(
                            EMBEDDING, HEADS, FEED_FORWARD, 0, Activation::gelu));
        }
        network.add(LambdaBlock.singleton(tokens -> tokens.mean(new int[] {1})));
        if (dropout > 0) {
            network.add(Dropout.builder().optRate(dropout).build());
        }
        return network.add(Linear.builder().setUnits(CLASSES).build());
    }

    static List<Integer> checkBatches(List<Integer> batches) {
        batches.forEach(batch -> Checks.atLeast("batch", batch, 1));
        return List.copyOf(batches);
    }

    Shape inputs(int batch) {
        return new Shape(batch).addAll(input);
    }

    /** Uniform in [0, 1), float32. */
    NDArray inputs(int batch, long seed, NDManager manager) {
        return uniform(new SeededNumbers(seed), INPUTS, 0, inputs(batch), 0, 1, manager);
    }

    /** A network whose weights another program can draw as well. */
    Block block(float dropout, long seed) {
        Block block = network.apply(dropout);
        block.setInitializer(new Weights(seed), Parameter.Type.WEIGHT);
        return block;
    }

    /**
     * Weights uniform within one over the square root of what a unit sums up, drawn in the order in
     * which a network initialises them.
     */
    private static final class Weights implements Initializer {

        private final SeededNumbers numbers;
        private long drawn;

        Weights(long seed) {
            numbers = new SeededNumbers(seed);
        }

        @Override
        public NDArray initialize(NDManager manager, Shape shape, DataType type) {
            double bound = 1 / Math.sqrt(shape.slice(1).size());
            NDArray weights = uniform(numbers, WEIGHTS, drawn, shape, -bound, bound, manager);
            drawn += shape.size();
            return weights.toType(type, false);
        }
    }

    /** Chunk by chunk: what the heap holds would count as memory of training. */
    private static NDArray uniform(
            SeededNumbers numbers,
            long stream,
            long start,
            Shape shape,
            double low,
            double high,
            NDManager manager) {
        NDArray all = manager.create(new Shape(shape.size()));
        for (long first = 0; first < shape.size(); first += CHUNK) {
            int count = (int) Math.min(CHUNK, shape.size() - first);
            double[] unit = numbers.uniform(stream, start + first, count);
            float[] values = new float[count];
            for (int i = 0; i < count; i++) {
                values[i] = (float) (low + (high - low) * unit[i]);
            }
            try (NDArray part = manager.create(values)) {
                all.set(new NDIndex("{}:{}", first, first + count), part);
            }
        }
        return all.reshape(shape);
    }

    static NDArray labels(int batch, long seed, NDManager manager) {
        return manager.create(new SeededNumbers(seed).integers(0, batch, CLASSES));
    }

    @Override
    public String toString() {
        return name;
    }
}
