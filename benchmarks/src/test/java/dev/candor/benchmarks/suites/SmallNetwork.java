package dev.candor.benchmarks.suites;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.Dropout;

/** One linear layer, with which tests measure fast. */
final class SmallNetwork {

    static final Workload WORKLOAD =
            new Workload(
                    "small",
                    new Shape(3, 4),
                    rate -> {
                        SequentialBlock network =
                                new SequentialBlock().add(Blocks.batchFlattenBlock());
                        if (rate > 0) {
                            network.add(Dropout.builder().optRate(rate).build());
                        }
                        return network.add(Linear.builder().setUnits(10).build());
                    });

    private SmallNetwork() {}
}
