package dev.candor.benchmarks;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.training.ParameterStore;
import ai.djl.training.dataset.ArrayDataset;

/** Runs networks over parts of a data set. */
final class Evaluation {

    private Evaluation() {}

    /** Batches of images and labels. */
    static ArrayDataset dataset(ImageData.Split split, int batch, boolean shuffle) {
        return new ArrayDataset.Builder()
                .setData(split.images())
                .optLabels(split.labels())
                .setSampling(batch, shuffle)
                .build();
    }

    /**
     * The logits of all images.
     *
     * @param target the manager of the logits
     * @param step called after each batch
     */
    static NDArray logits(
            Model model, ImageData.Split split, int batch, NDManager target, Runnable step) {
        NDList parts = new NDList();
        try (NDManager scope = target.newSubManager()) {
            for (int from = 0; from < split.size(); from += batch) {
                int to = Math.min(from + batch, split.size());
                try (NDManager pass = scope.newSubManager()) {
                    NDArray images = split.images().get(pass, new NDIndex().addSliceDim(from, to));
                    NDArray logits =
                            model.getBlock()
                                    .forward(
                                            new ParameterStore(pass, false),
                                            new NDList(images),
                                            false)
                                    .singletonOrThrow();
                    logits.attach(scope);
                    parts.add(logits);
                }
                step.run();
            }
            NDArray all = NDArrays.concat(parts);
            all.attach(target);
            return all;
        }
    }
}
