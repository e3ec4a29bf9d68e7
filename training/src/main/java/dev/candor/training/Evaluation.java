package dev.candor.training;

import ai.djl.ndarray.NDList;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.translate.TranslateException;
import dev.candor.calibrators.FitAccumulator;
import java.io.IOException;
import java.io.UncheckedIOException;

/** A pass over a data set with a trainer's network as it is, unseen by its listeners. */
final class Evaluation {

    private Evaluation() {}

    /** Logits and labels of all samples; whoever asks closes them. */
    static FitAccumulator of(Trainer trainer, Dataset dataset) {
        FitAccumulator samples = FitAccumulator.of(trainer.getManager());
        try {
            for (Batch batch : trainer.iterateDataset(dataset)) {
                try (batch) {
                    for (Batch split : batch.split(trainer.getDevices(), false)) {
                        NDList outputs = trainer.evaluate(split.getData());
                        ValidationRows.add(samples, outputs, split.getLabels());
                    }
                }
            }
            return samples;
        } catch (IOException e) {
            samples.close();
            throw new UncheckedIOException("cannot read the data set", e);
        } catch (TranslateException e) {
            samples.close();
            throw new IllegalArgumentException("the data set cannot be batched", e);
        } catch (RuntimeException e) {
            samples.close();
            throw e;
        }
    }
}
