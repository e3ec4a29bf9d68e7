package dev.candor.benchmarks;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.Dropout;
import ai.djl.nn.pooling.Pool;

/** The network of the demo: two 3x3 convolutions of 16 and 32 filters, 128 hidden units. */
final class DemoNetwork {

    /** Images are 28 x 28 with one channel. */
    static final Shape IMAGE = new Shape(1, 28, 28);

    private static final Shape WINDOW = new Shape(2, 2);

    private DemoNetwork() {}

    /** A new, uninitialised network from images {@code [N, 1, 28, 28]} to logits {@code [N, C]}. */
    static Block newBlock(int classes) {
        return newBlock(classes, 0);
    }

    /**
     * As above, with dropout before the last layer.
     *
     * @param dropout the rate, 0 for none
     */
    static Block newBlock(int classes, float dropout) {
        SequentialBlock network =
                new SequentialBlock()
                        .add(convolution(16))
                        .add(Activation::relu)
                        .add(Pool.maxPool2dBlock(WINDOW, WINDOW))
                        .add(convolution(32))
                        .add(Activation::relu)
                        .add(Pool.maxPool2dBlock(WINDOW, WINDOW))
                        .add(Blocks.batchFlattenBlock())
                        .add(Linear.builder().setUnits(128).build())
                        .add(Activation::relu);
        if (dropout > 0) {
            network.add(Dropout.builder().optRate(dropout).build());
        }
        return network.add(Linear.builder().setUnits(classes).build());
    }

    private static Block convolution(int filters) {
        return Conv2d.builder()
                .setKernelShape(new Shape(3, 3))
                .setFilters(filters)
                .optPadding(new Shape(1, 1))
                .build();
    }
}
