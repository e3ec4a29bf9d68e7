package dev.candor.training.augmentation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.translate.TranslateException;
import ai.djl.util.Progress;
import java.io.IOException;
import java.util.concurrent.ExecutorService;

/**
 * A data set whose batches tell the place of each sample, as a second array of labels {@code [N]},
 * int64: what losses that remember samples need, such as {@link
 * dev.candor.losses.CorrectnessRankingLoss}. Other losses of this house leave it alone.
 */
public final class IndexedDataset implements Dataset {

    private final RandomAccessDataset dataset;

    private IndexedDataset(RandomAccessDataset dataset) {
        this.dataset = dataset;
    }

    /**
     * Wraps a data set.
     *
     * @param dataset the data set, with one array of labels
     * @return the same samples, with their indices
     */
    public static IndexedDataset of(RandomAccessDataset dataset) {
        return new IndexedDataset(dataset);
    }

    /**
     * Returns the number of samples, which is that of the history of the loss.
     *
     * @return the number of samples
     */
    public long size() {
        return dataset.size();
    }

    @Override
    public Iterable<Batch> getData(NDManager manager) throws IOException, TranslateException {
        return BatchMapping.of(dataset.getData(manager), this::withIndices);
    }

    @Override
    public Iterable<Batch> getData(NDManager manager, ExecutorService executorService)
            throws IOException, TranslateException {
        return BatchMapping.of(dataset.getData(manager, executorService), this::withIndices);
    }

    private LabelledBatch withIndices(Batch batch) {
        long[] indices =
                batch.getIndices().stream()
                        .mapToLong(index -> ((Number) index).longValue())
                        .toArray();
        NDArray labels = batch.getLabels().head();
        try (NDArray borrowed = batch.getManager().create(indices)) {
            NDArray places = borrowed.duplicate().toDevice(labels.getDevice(), false);
            NDList both = new NDList(batch.getLabels());
            both.add(places);
            return new LabelledBatch(batch.getData(), both);
        }
    }

    @Override
    public void prepare(Progress progress) throws IOException, TranslateException {
        dataset.prepare(progress);
    }
}
