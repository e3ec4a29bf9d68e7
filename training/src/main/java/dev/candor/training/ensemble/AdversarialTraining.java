package dev.candor.training.ensemble;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.EasyTrain;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.listener.TrainingListener.BatchData;
import ai.djl.translate.TranslateException;
import java.io.IOException;
import java.util.concurrent.ConcurrentHashMap;

/** Trains on each batch, and on the same batch moved by the fast gradient sign method. */
final class AdversarialTraining {

    private final double step;

    AdversarialTraining(double step) {
        this.step = step;
    }

    /** As {@link EasyTrain#fit}. */
    void fit(Trainer trainer, int epochs, Dataset training, Dataset validation)
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

    private void trainBatch(Trainer trainer, Batch batch) {
        BatchData told = new BatchData(batch, new ConcurrentHashMap<>(), new ConcurrentHashMap<>());
        try (GradientCollector collector = trainer.newGradientCollector()) {
            for (Batch split : batch.split(trainer.getDevices(), false)) {
                NDList labels = split.getLabels();
                NDArray input = split.getData().head().duplicate();
                input.setRequiresGradient(true);
                NDList predictions = backward(trainer, collector, replaced(split, input), labels);
                NDArray moved = moved(input);
                backward(trainer, collector, replaced(split, moved), labels);
                told.getLabels().put(labels.head().getDevice(), labels);
                told.getPredictions().put(predictions.head().getDevice(), predictions);
            }
        }
        trainer.notifyListeners(listener -> listener.onTrainingBatch(trainer, told));
    }

    private NDArray moved(NDArray input) {
        NDArray direction = input.getGradient().sign();
        return input.stopGradient().add(direction.mul(step));
    }

    private static NDList replaced(Batch batch, NDArray input) {
        NDList inputs = new NDList(batch.getData());
        inputs.set(0, input);
        return inputs;
    }

    private static NDList backward(
            Trainer trainer, GradientCollector collector, NDList inputs, NDList labels) {
        NDList predictions = trainer.forward(inputs, labels);
        collector.backward(trainer.getLoss().evaluate(labels, predictions));
        return predictions;
    }
}
