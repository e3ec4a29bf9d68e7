package dev.candor.training.augmentation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.random.RandomGenerator;

/** A random order of the samples of a batch. */
final class Permutation {

    private Permutation() {}

    static NDArray draw(NDManager manager, long size, RandomGenerator random) {
        long[] order = new long[Math.toIntExact(size)];
        for (int i = 0; i < order.length; i++) {
            int other = random.nextInt(i + 1);
            order[i] = order[other];
            order[other] = i;
        }
        return manager.create(order);
    }
}
