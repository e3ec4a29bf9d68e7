package dev.candor.training;

import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.listener.EarlyStoppingListener.EarlyStoppedException;
import ai.djl.translate.TranslateException;
import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link EasyTrain#fit} with a beginning and an end: goes on where {@link BestCheckpoint} left,
 * takes early stopping for an end like any other, gives back the best weights and attaches the
 * calibrator of {@link PostHocCalibration}. Does what the listeners of the trainer ask for, and
 * nothing else.
 */
public final class CalibrationTraining {

    private static final Logger LOGGER = LoggerFactory.getLogger(CalibrationTraining.class);

    private CalibrationTraining() {}

    /**
     * Trains until the number of epochs is reached, those before a resumption included, or a
     * listener stops early.
     *
     * @param trainer an initialised trainer
     * @param epochs the number of epochs in all
     * @param training the training set
     * @param validation the validation set; null for none
     * @return what the {@link CalibrationMonitor} measured; empty if there is none
     * @throws IOException if a data set cannot be read
     * @throws TranslateException if a data set cannot be batched
     */
    public static List<CalibrationEpoch> fit(
            Trainer trainer, int epochs, Dataset training, Dataset validation)
            throws IOException, TranslateException {
        BestCheckpoint checkpoint = Listeners.find(trainer, BestCheckpoint.class);
        int done = checkpoint == null ? 0 : checkpoint.resume(trainer);
        CalibrationMonitor monitor = Listeners.find(trainer, CalibrationMonitor.class);
        if (!isOver(trainer, monitor)) {
            try {
                EasyTrain.fit(trainer, epochs - done, training, validation);
            } catch (EarlyStoppedException e) {
                LOGGER.info("stopped after epoch {}: {}", e.getStopEpoch(), e.getMessage());
            }
        }
        if (checkpoint != null) {
            checkpoint.restore(trainer);
        }
        PostHocCalibration calibration = Listeners.find(trainer, PostHocCalibration.class);
        if (calibration != null) {
            calibration.finish(trainer);
        }
        return monitor == null ? List.of() : monitor.history();
    }

    /** Whether what was resumed had been stopped early. */
    private static boolean isOver(Trainer trainer, CalibrationMonitor monitor) {
        CalibrationEarlyStopping stopping = Listeners.find(trainer, CalibrationEarlyStopping.class);
        return monitor != null && stopping != null && stopping.reasonToStop(monitor) != null;
    }
}
