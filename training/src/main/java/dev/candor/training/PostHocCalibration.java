package dev.candor.training;

import ai.djl.ndarray.NDArray;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.listener.TrainingListenerAdapter;
import dev.candor.calibrators.Calibrator;
import dev.candor.calibrators.FitAccumulator;
import dev.candor.calibrators.TemperatureScaling;
import java.util.function.BiFunction;

/**
 * Fits a calibrator when training ends and puts it behind the network, so that the model that is
 * saved is the calibrated one.
 *
 * <pre>{@code
 * config.addTrainingListeners(PostHocCalibration.of(validation));
 * ...
 * try (Trainer trainer = model.newTrainer(config)) {
 *     EasyTrain.fit(trainer, epochs, training, validation);
 * }
 * model.save(directory, name);
 * }</pre>
 *
 * <p>DJL does not tell listeners that a {@code fit} is over: it happens when the trainer closes, or
 * at the end of {@link CalibrationTraining#fit}. The validation set is evaluated once more, with
 * the weights that {@link BestCheckpoint} restores if it is among the listeners. To load the model,
 * see {@link Calibrator#attachTo}.
 *
 * <p>For one trainer; a second end of training changes nothing.
 */
public final class PostHocCalibration extends TrainingListenerAdapter {

    private final Dataset validation;
    private final BiFunction<NDArray, NDArray, ? extends Calibrator> method;
    private Calibrator calibrator;
    private boolean trained;

    private PostHocCalibration(
            Dataset validation, BiFunction<NDArray, NDArray, ? extends Calibrator> method) {
        this.validation = validation;
        this.method = method;
    }

    /**
     * Returns a listener that fits temperature scaling.
     *
     * @param validation samples that were not trained on
     * @return the listener
     */
    public static PostHocCalibration of(Dataset validation) {
        return of(validation, TemperatureScaling::fit);
    }

    /**
     * Returns a listener that fits a calibrator.
     *
     * @param validation samples that were not trained on
     * @param method takes logits {@code [N, C]} and class indices {@code [N]}, such as {@code
     *     VectorScaling::fit} or {@code Calibrators::best}
     * @return the listener
     */
    public static PostHocCalibration of(
            Dataset validation, BiFunction<NDArray, NDArray, ? extends Calibrator> method) {
        return new PostHocCalibration(validation, method);
    }

    @Override
    public void onTrainingBatch(Trainer trainer, BatchData batchData) {
        trained = true;
    }

    /** Fits and attaches, unless that was done or there is nothing to calibrate. */
    void finish(Trainer trainer) {
        BestCheckpoint checkpoint = Listeners.find(trainer, BestCheckpoint.class);
        boolean resumed = checkpoint != null && checkpoint.best() != null;
        if (calibrator != null || !trained && !resumed) {
            return;
        }
        if (checkpoint != null) {
            checkpoint.restore(trainer);
        }
        try (FitAccumulator samples = Evaluation.of(trainer, validation)) {
            calibrator = samples.fit(method::apply);
        }
        calibrator.attachTo(trainer.getModel());
    }

    /** Fits the calibrator and attaches it to the model. */
    @Override
    public void onTrainingEnd(Trainer trainer) {
        finish(trainer);
    }

    /**
     * Returns the calibrator.
     *
     * @return the calibrator; null until training ended
     */
    public Calibrator calibrator() {
        return calibrator;
    }
}
