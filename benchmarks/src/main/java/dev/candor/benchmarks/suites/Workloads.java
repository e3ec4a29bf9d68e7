package dev.candor.benchmarks.suites;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.Dropout;
import ai.djl.nn.pooling.Pool;
import ai.djl.nn.transformer.TransformerEncoderBlock;
import dev.candor.internal.Checks;
import java.util.List;
import java.util.stream.Collectors;

/** The networks that the suites of training and inference measure with. */
final class Workloads {

    static final double DROPOUT_RATE = 0.1;

    private static final int CLASSES = 10;
    private static final int TOKENS = 32;
    private static final int EMBEDDING = 128;
    private static final int HEADS = 4;
    private static final int FEED_FORWARD = 512;
    private static final int LAYERS = 4;

    /** What a step computes: a small and a large convolutional network, and attention. */
    enum Workload {
        /** Two 3x3 convolutions of 16 and 32 channels, 128 hidden units. */
        CONVOLUTIONAL("convolutional", new Shape(1, 28, 28)),
        /** Twenty layers with shortcuts, as for CIFAR-10. */
        RESIDUAL("resnet-20", new Shape(3, 32, 32)),
        /** Four layers of attention over 32 tokens. */
        TRANSFORMER("transformer", new Shape(TOKENS, EMBEDDING));

        private final String text;
        private final Shape input;

        Workload(String text, Shape input) {
            this.text = text;
            this.input = input;
        }

        Shape input(int batch) {
            return new Shape(batch).addAll(input);
        }

        static Workload parse(String text) {
            for (Workload workload : values()) {
                if (workload.text.equals(text)) {
                    return workload;
                }
            }
            throw Checks.illegal(
                    "network = %s, expected one of %s",
                    text,
                    List.of(values()).stream()
                            .map(Workload::toString)
                            .collect(Collectors.joining(", ")));
        }

        @Override
        public String toString() {
            return text;
        }
    }

    private Workloads() {}

    /** A new network, with dropout before the last layer if the rate is above 0. */
    static Block network(Workload workload, double dropout) {
        SequentialBlock network =
                switch (workload) {
                    case CONVOLUTIONAL -> convolutional();
                    case RESIDUAL -> new SequentialBlock().add(new ResidualTrunk());
                    case TRANSFORMER -> transformer();
                };
        if (dropout > 0) {
            network.add(Dropout.builder().optRate((float) dropout).build());
        }
        return network.add(Linear.builder().setUnits(CLASSES).build());
    }

    private static SequentialBlock convolutional() {
        return new SequentialBlock()
                .add(convolution(16))
                .add(Activation.reluBlock())
                .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
                .add(convolution(32))
                .add(Activation.reluBlock())
                .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
                .add(Blocks.batchFlattenBlock())
                .add(Linear.builder().setUnits(128).build())
                .add(Activation.reluBlock());
    }

    private static Block convolution(int channels) {
        return Conv2d.builder()
                .setFilters(channels)
                .setKernelShape(new Shape(3, 3))
                .optPadding(new Shape(1, 1))
                .build();
    }

    private static SequentialBlock transformer() {
        SequentialBlock network = new SequentialBlock();
        for (int layer = 0; layer < LAYERS; layer++) {
            network.add(
                    new TransformerEncoderBlock(
                            EMBEDDING, HEADS, FEED_FORWARD, 0, Activation::gelu));
        }
        return network.add(LambdaBlock.singleton(tokens -> tokens.mean(new int[] {1})));
    }

    /** Made inputs, uniform in [0, 1), and labels. */
    static NDArray inputs(Workload workload, int batch, long seed, NDManager manager) {
        Engine.getInstance().setRandomSeed((int) seed);
        return manager.randomUniform(0, 1, workload.input(batch));
    }

    static NDArray labels(int batch, long seed, NDManager manager) {
        return manager.create(new SeededNumbers(seed).integers(0, batch, CLASSES));
    }
}
