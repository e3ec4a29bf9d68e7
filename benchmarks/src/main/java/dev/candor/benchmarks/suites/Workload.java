package dev.candor.benchmarks.suites;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.Dropout;
import ai.djl.nn.transformer.TransformerEncoderBlock;
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

    Shape inputs(int batch) {
        return new Shape(batch).addAll(input);
    }

    /** Uniform in [0, 1). */
    NDArray inputs(int batch, long seed, NDManager manager) {
        Engine.getInstance().setRandomSeed((int) seed);
        return manager.randomUniform(0, 1, inputs(batch));
    }

    static NDArray labels(int batch, long seed, NDManager manager) {
        return manager.create(new SeededNumbers(seed).integers(0, batch, CLASSES));
    }

    @Override
    public String toString() {
        return name;
    }
}
