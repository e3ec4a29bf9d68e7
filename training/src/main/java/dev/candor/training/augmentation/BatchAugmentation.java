package dev.candor.training.augmentation;

import java.util.random.RandomGenerator;

/** Changes the batches of a training set, see {@link AugmentedDataset}. */
@FunctionalInterface
public interface BatchAugmentation {

    /**
     * Changes a batch.
     *
     * @param batch inputs and labels; not changed itself
     * @param random where all that is random comes from
     * @return new inputs and labels; they belong to the manager of the old ones
     */
    LabelledBatch apply(LabelledBatch batch, RandomGenerator random);
}
