package dev.candor.training.augmentation;

import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.translate.TranslateException;
import ai.djl.util.Progress;
import ai.djl.util.RandomUtils;
import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.function.Function;

/**
 * A training set whose batches are changed as they are read.
 *
 * <pre>{@code
 * Dataset mixed = AugmentedDataset.of(training, Mixup.of(0.2, classes));
 * EasyTrain.fit(trainer, epochs, mixed, validation);
 * }</pre>
 *
 * <p>Each pass draws a seed of its own from DJL's random numbers; the engine's seed determines them
 * all. Wrap an {@link IndexedDataset}, rather than be wrapped by it.
 */
public final class AugmentedDataset implements Dataset {

    private final Dataset dataset;
    private final List<BatchAugmentation> augmentations;

    private AugmentedDataset(Dataset dataset, List<BatchAugmentation> augmentations) {
        this.dataset = dataset;
        this.augmentations = augmentations;
    }

    /**
     * Wraps a data set.
     *
     * @param dataset the training set
     * @param augmentations what is done to each batch, one after the other
     * @return the changed set
     */
    public static AugmentedDataset of(Dataset dataset, BatchAugmentation... augmentations) {
        return new AugmentedDataset(dataset, List.of(augmentations));
    }

    @Override
    public Iterable<Batch> getData(NDManager manager) throws IOException, TranslateException {
        return BatchMapping.of(dataset.getData(manager), this::newPass);
    }

    @Override
    public Iterable<Batch> getData(NDManager manager, ExecutorService executorService)
            throws IOException, TranslateException {
        return BatchMapping.of(dataset.getData(manager, executorService), this::newPass);
    }

    private Function<Batch, LabelledBatch> newPass() {
        SplittableRandom random = new SplittableRandom(RandomUtils.RANDOM.nextLong());
        return batch -> {
            LabelledBatch changed = new LabelledBatch(batch.getData(), batch.getLabels());
            for (BatchAugmentation augmentation : augmentations) {
                changed = augmentation.apply(changed, random);
            }
            return changed;
        };
    }

    @Override
    public void prepare(Progress progress) throws IOException, TranslateException {
        dataset.prepare(progress);
    }
}
