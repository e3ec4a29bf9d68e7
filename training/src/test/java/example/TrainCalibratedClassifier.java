package example;

import ai.djl.Model;
import ai.djl.metric.Metrics;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.TrainingResult;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.evaluator.Accuracy;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.TranslateException;
import dev.candor.losses.CompositeLoss;
import dev.candor.losses.CrossEntropyLoss;
import dev.candor.losses.SoftBinnedEceLoss;
import dev.candor.training.CalibrationTrainingConfig;
import java.io.IOException;
import java.nio.file.Path;

/** Trains a classifier as the examples of DJL do, made calibration-aware by two lines. */
final class TrainCalibratedClassifier {

    private static final int EPOCHS = 20;

    private TrainCalibratedClassifier() {}

    static Block network(int classes) {
        return new SequentialBlock()
                .add(Linear.builder().setUnits(64).build())
                .add(Activation::relu)
                .add(Linear.builder().setUnits(classes).build());
    }

    static TrainingResult train(
            RandomAccessDataset training,
            RandomAccessDataset validation,
            Shape input,
            int classes,
            Path directory)
            throws IOException, TranslateException {
        try (Model model = Model.newInstance("classifier")) {
            model.setBlock(network(classes));
            TrainingResult result;

            Loss loss = CompositeLoss.of(CrossEntropyLoss.of()).plus(1, SoftBinnedEceLoss.of());
            DefaultTrainingConfig config =
                    CalibrationTrainingConfig.of(loss, validation)
                            .addEvaluator(new Accuracy())
                            .optOptimizer(adam())
                            .addTrainingListeners(TrainingListener.Defaults.logging());

            try (Trainer trainer = model.newTrainer(config)) {
                trainer.setMetrics(new Metrics());
                trainer.initialize(input);
                EasyTrain.fit(trainer, EPOCHS, training, validation);
                result = trainer.getTrainingResult();
            }
            model.save(directory, "classifier");
            return result;
        }
    }

    private static Optimizer adam() {
        return Optimizer.adam().optLearningRateTracker(Tracker.fixed(0.01f)).build();
    }
}
