package dev.candor.training;

import ai.djl.Device;
import ai.djl.metric.Metrics;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListenerAdapter;
import dev.candor.calibrators.FitSummary;
import dev.candor.calibrators.TemperatureScaling;
import dev.candor.metrics.CalibrationReport;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches calibration while a DJL {@link Trainer} trains: after each epoch, on the validation set,
 * the expected calibration error, the negative log-likelihood, and the temperature that would
 * repair it.
 *
 * <pre>{@code
 * config.addTrainingListeners(CalibrationListener.of());
 * }</pre>
 *
 * <p>The numbers go into the trainer's {@link Metrics}, when it has one, under {@value #ECE},
 * {@value #NLL} and {@value #TEMPERATURE}, and as a line to the log at level info. They come from
 * the predictions that validation makes anyway; logits {@code [N, C]}, kept until the epoch ends,
 * with class indices as labels. Without a validation set nothing is recorded.
 */
public final class CalibrationListener extends TrainingListenerAdapter {

    /** Expected calibration error with 15 bins of equal width. */
    public static final String ECE = "validate_epoch_ECE";

    /** Negative log-likelihood in nats. */
    public static final String NLL = "validate_epoch_NLL";

    /** Temperature that minimises the negative log-likelihood. */
    public static final String TEMPERATURE = "validate_epoch_Temperature";

    private static final Logger LOGGER = LoggerFactory.getLogger(CalibrationListener.class);

    private NDManager keeper;
    private final NDList logits = new NDList();
    private final NDList labels = new NDList();
    private int epoch;

    private CalibrationListener() {}

    /**
     * Returns a listener for one trainer.
     *
     * @return the listener
     */
    public static CalibrationListener of() {
        return new CalibrationListener();
    }

    @Override
    public void onValidationBatch(Trainer trainer, BatchData batchData) {
        if (keeper == null) {
            keeper = trainer.getManager().newSubManager();
        }
        for (Device device : batchData.getPredictions().keySet()) {
            logits.add(keep(batchData.getPredictions().get(device).singletonOrThrow()));
            labels.add(keep(batchData.getLabels().get(device).singletonOrThrow()));
        }
    }

    private NDArray keep(NDArray array) {
        NDArray copy = array.toDevice(keeper.getDevice(), true);
        copy.attach(keeper);
        return copy;
    }

    @Override
    public void onEpoch(Trainer trainer) {
        epoch++;
        if (logits.isEmpty()) {
            return;
        }
        try {
            NDArray allLogits = NDArrays.concat(logits);
            NDArray allLabels = NDArrays.concat(labels).flatten();
            CalibrationReport report = CalibrationReport.of(allLogits, allLabels);
            FitSummary fit = TemperatureScaling.fit(allLogits, allLabels).summary();
            record(trainer.getMetrics(), report, fit);
        } finally {
            keeper.close();
            keeper = null;
            logits.clear();
            labels.clear();
        }
    }

    private void record(Metrics metrics, CalibrationReport report, FitSummary fit) {
        double temperature = fit.parameter("temperature");
        if (metrics != null) {
            metrics.addMetric(ECE, report.ece());
            metrics.addMetric(NLL, report.nll());
            metrics.addMetric(TEMPERATURE, temperature);
        }
        if (LOGGER.isInfoEnabled()) {
            LOGGER.info(
                    String.format(
                            Locale.ROOT,
                            "epoch %d: validation ECE %.4f, NLL %.4f, temperature %.3f (NLL with it"
                                    + " %.4f)",
                            epoch,
                            report.ece(),
                            report.nll(),
                            temperature,
                            fit.objectiveAfter()));
        }
    }
}
