package dev.candor.benchmarks;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.training.ParameterStore;
import java.util.function.UnaryOperator;

/** Runs networks over parts of a data set. */
final class Evaluation {

    private Evaluation() {}

    /**
     * The logits of all images.
     *
     * @param target the manager of the logits
     * @param step called after each batch
     */
    static NDArray logits(
            Model model, ImageData.Split split, int batch, NDManager target, Runnable step) {
        return inBatches(
                split,
                batch,
                target,
                images ->
                        model.getBlock()
                                .forward(
                                        new ParameterStore(images.getManager(), false),
                                        new NDList(images),
                                        false)
                                .singletonOrThrow(),
                step);
    }

    /**
     * What a function gives for all images, a batch at a time.
     *
     * @param target the manager of the result
     * @param function from images {@code [n, ...]} to {@code [n, C]}
     * @param step called after each batch
     */
    static NDArray inBatches(
            ImageData.Split split,
            int batch,
            NDManager target,
            UnaryOperator<NDArray> function,
            Runnable step) {
        NDList parts = new NDList();
        try (NDManager scope = target.newSubManager()) {
            for (int from = 0; from < split.size(); from += batch) {
                int to = Math.min(from + batch, split.size());
                try (NDManager pass = scope.newSubManager()) {
                    NDArray images = split.images().get(pass, new NDIndex().addSliceDim(from, to));
                    NDArray part = function.apply(images);
                    part.attach(scope);
                    parts.add(part);
                }
                step.run();
            }
            NDArray all = NDArrays.concat(parts);
            all.attach(target);
            return all;
        }
    }
}
