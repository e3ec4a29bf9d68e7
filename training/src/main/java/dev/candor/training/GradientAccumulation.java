package dev.candor.training;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.training.EasyTrain;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.listener.TrainingListener.BatchData;
import ai.djl.translate.TranslateException;
import ai.djl.util.RandomUtils;
import dev.candor.internal.Checks;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Trains on batches whose activations do not fit into memory, with the gradient of the whole batch.
 *
 * <p>Plain accumulation adds the gradients of the losses of the parts. That is not the gradient of
 * a loss over the whole: a calibration error of 8 times 32 samples is not one of 256. Here the loss
 * sees all logits at once, and its gradient is sent through the network part by part:
 *
 * <pre>
 *   1. logits z_p of each part p, without a graph
 *   2. g = dL(z_1, ..., z_P) / dz
 *   3. for each part: z_p once more, with a graph; back-propagate sum(z_p g_p)
 * </pre>
 *
 * <p>Equal to one large batch, at the price of a second forward pass; memory holds the activations
 * of one part, and the logits of all. Each part has the same dropout in both passes: the seeds of
 * the engine are drawn anew for it, in an order that DJL's seed determines. BatchNorm normalises
 * within a part, and its running statistics move twice.
 *
 * <p>In place of {@link EasyTrain#trainBatch}:
 *
 * <pre>{@code
 * GradientAccumulation accumulation = GradientAccumulation.of(8);
 * for (Batch batch : trainer.iterateDataset(training)) {
 *     accumulation.trainBatch(trainer, batch);
 *     trainer.step();
 *     batch.close();
 * }
 * }</pre>
 *
 * <p>Inputs and labels have samples along their first axis; the network has one output. With
 * several devices each share of a batch is a whole of its own, as with {@link EasyTrain}.
 *
 * <p>Source: Gao, Zhang, Han and Callan, <i>Scaling Deep Contrastive Learning Batch Size under
 * Memory Limited Setup</i>, RepL4NLP 2021, arXiv:2101.06983.
 */
public final class GradientAccumulation {

    private final int parts;

    private GradientAccumulation(int parts) {
        this.parts = parts;
    }

    /**
     * Returns accumulation over parts of a batch.
     *
     * @param parts the number of parts into which each batch is cut, at least 1
     * @return the accumulation
     */
    public static GradientAccumulation of(int parts) {
        return new GradientAccumulation(Checks.atLeast("parts", parts, 1));
    }

    /**
     * Trains as {@link EasyTrain#fit}, but part by part.
     *
     * @param trainer an initialised trainer
     * @param epochs the number of epochs
     * @param training the training set, whose batches are cut
     * @param validation the validation set; null for none
     * @throws IOException if a data set cannot be read
     * @throws TranslateException if a data set cannot be batched
     */
    public void fit(Trainer trainer, int epochs, Dataset training, Dataset validation)
            throws IOException, TranslateException {
        for (int epoch = 0; epoch < epochs; epoch++) {
            for (Batch batch : trainer.iterateDataset(training)) {
                trainBatch(trainer, batch);
                trainer.step();
                batch.close();
            }
            EasyTrain.evaluateDataset(trainer, validation);
            trainer.notifyListeners(listener -> listener.onEpoch(trainer));
        }
    }

    /**
     * Finds the gradient of one batch and tells the listeners; {@link Trainer#step()} is next.
     *
     * @param trainer an initialised trainer
     * @param batch the batch
     */
    public void trainBatch(Trainer trainer, Batch batch) {
        Map<Device, NDList> labels = new ConcurrentHashMap<>();
        Map<Device, NDList> predictions = new ConcurrentHashMap<>();
        for (Batch share : batch.split(trainer.getDevices(), false)) {
            NDArray logits = trainShare(trainer, share);
            labels.put(logits.getDevice(), share.getLabels());
            predictions.put(logits.getDevice(), new NDList(logits));
        }
        BatchData batchData = new BatchData(batch, labels, predictions);
        trainer.notifyListeners(listener -> listener.onTrainingBatch(trainer, batchData));
    }

    private NDArray trainShare(Trainer trainer, Batch share) {
        NDManager manager = share.getData().head().getManager();
        List<int[]> ranges = ranges(share.getData().head());
        int[] seeds = new int[ranges.size() + 1];
        for (int i = 0; i < seeds.length; i++) {
            seeds[i] = RandomUtils.nextInt();
        }
        NDArray logits;
        try (NDManager scope = manager.newSubManager()) {
            NDList parts = new NDList();
            for (int part = 0; part < ranges.size(); part++) {
                NDArray output = forward(trainer, share, ranges.get(part), seeds[part], scope);
                parts.add(output.stopGradient());
                parts.attach(scope);
            }
            logits = NDArrays.concat(parts).duplicate();
            logits.attach(manager);
        }
        NDArray gradient = gradient(trainer, share.getLabels(), logits);
        for (int part = 0; part < ranges.size(); part++) {
            int[] range = ranges.get(part);
            try (NDManager scope = manager.newSubManager();
                    GradientCollector collector = trainer.newGradientCollector()) {
                NDArray output = forward(trainer, share, range, seeds[part], scope);
                NDArray direction = rows(gradient, range, scope);
                NDArray product = output.mul(direction);
                product.attach(scope);
                NDArray surrogate = product.sum();
                surrogate.attach(scope);
                collector.backward(surrogate);
            }
        }
        gradient.close();
        Engine.getInstance().setRandomSeed(seeds[ranges.size()]);
        return logits;
    }

    private static NDArray gradient(Trainer trainer, NDList labels, NDArray logits) {
        logits.setRequiresGradient(true);
        try (GradientCollector collector = trainer.newGradientCollector()) {
            collector.backward(trainer.getLoss().evaluate(labels, new NDList(logits)));
        }
        NDArray gradient = logits.getGradient().duplicate();
        logits.setRequiresGradient(false);
        return gradient;
    }

    private static NDArray forward(
            Trainer trainer, Batch share, int[] range, int seed, NDManager scope) {
        Engine.getInstance().setRandomSeed(seed);
        NDList outputs =
                trainer.forward(
                        rows(share.getData(), range, scope), rows(share.getLabels(), range, scope));
        outputs.attach(scope);
        return outputs.singletonOrThrow();
    }

    private static NDList rows(NDList arrays, int[] range, NDManager scope) {
        NDList rows = new NDList();
        arrays.forEach(array -> rows.add(rows(array, range, scope)));
        return rows;
    }

    private static NDArray rows(NDArray array, int[] range, NDManager scope) {
        NDArray rows = array.get(new NDIndex().addSliceDim(range[0], range[1]));
        rows.attach(scope);
        return rows;
    }

    private List<int[]> ranges(NDArray data) {
        int size = (int) data.getShape().get(0);
        List<int[]> ranges = new ArrayList<>();
        for (int part = 0; part < parts; part++) {
            int from = (int) ((long) size * part / parts);
            int to = (int) ((long) size * (part + 1) / parts);
            if (to > from) {
                ranges.add(new int[] {from, to});
            }
        }
        return ranges;
    }
}
