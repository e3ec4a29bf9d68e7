package dev.candor.training;

import ai.djl.Device;
import ai.djl.metric.Metrics;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListenerAdapter;
import dev.candor.calibrators.FitAccumulator;
import dev.candor.calibrators.FitSummary;
import dev.candor.calibrators.TemperatureScaling;
import dev.candor.internal.Checks;
import dev.candor.metrics.CalibrationReport;
import dev.candor.metrics.Predictions;
import dev.candor.metrics.ReliabilityDiagram;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches calibration while a DJL {@link Trainer} trains: after each epoch, on the validation set,
 * the numbers of {@link CalibrationEpoch}.
 *
 * <pre>{@code
 * config.addTrainingListeners(CalibrationMonitor.of());
 * }</pre>
 *
 * <p>The numbers go into the trainer's {@link Metrics}, when it has one, under {@value #ECE},
 * {@value #NLL}, {@value #BRIER}, {@value #TEMPERATURE}, {@value #REFINEMENT} and {@value
 * #CALIBRATION}; as a line to the log at level info; and where asked into a CSV file and an event
 * file for TensorBoard. {@link #history()} holds them all, {@link #diagram()} the reliability
 * diagram of the last epoch.
 *
 * <p>They come from the predictions that validation makes anyway: logits {@code [N, C]}, or {@code
 * [N, T, C]} without the tokens labelled -100, of all devices, kept until the epoch ends; with
 * class indices as labels, or distributions, of which the most probable class counts. An epoch
 * without a validation set is not recorded.
 *
 * <p>For one trainer at a time. The other listeners of this package find the monitor among the
 * listeners of their trainer, in any order.
 */
public final class CalibrationMonitor extends TrainingListenerAdapter {

    /** Expected calibration error. */
    public static final String ECE = "validate_epoch_ECE";

    /** Negative log-likelihood in nats. */
    public static final String NLL = "validate_epoch_NLL";

    /** Brier score. */
    public static final String BRIER = "validate_epoch_Brier";

    /** Temperature that minimises the negative log-likelihood. */
    public static final String TEMPERATURE = "validate_epoch_Temperature";

    /** Negative log-likelihood at that temperature. */
    public static final String REFINEMENT = "validate_epoch_Refinement";

    /** What that temperature takes away from the negative log-likelihood. */
    public static final String CALIBRATION = "validate_epoch_Calibration";

    private static final Logger LOGGER = LoggerFactory.getLogger(CalibrationMonitor.class);

    private final int bins;
    private final Path csv;
    private final Path tensorBoard;
    private final List<CalibrationEpoch> history = new ArrayList<>();

    private FitAccumulator samples;
    private int finishedEpochs;
    private boolean measured;
    private Predictions predictions;
    private ReliabilityDiagram diagram;
    private TensorBoardFile events;

    private CalibrationMonitor(Builder builder) {
        this.bins = builder.bins;
        this.csv = builder.csv;
        this.tensorBoard = builder.tensorBoard;
    }

    /**
     * Returns a monitor with 15 bins that writes no files.
     *
     * @return the monitor
     */
    public static CalibrationMonitor of() {
        return builder().build();
    }

    /**
     * Returns a builder.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** The monitor among the listeners of a trainer. */
    static CalibrationMonitor in(Trainer trainer, Object seeker) {
        CalibrationMonitor monitor = Listeners.find(trainer, CalibrationMonitor.class);
        if (monitor == null) {
            throw new IllegalStateException(
                    seeker.getClass().getSimpleName()
                            + " found no CalibrationMonitor among the training listeners, expected"
                            + " one");
        }
        return monitor;
    }

    @Override
    public void onTrainingBegin(Trainer trainer) {
        resumeAt(0, List.of());
        measured = false;
    }

    @Override
    public void onTrainingBatch(Trainer trainer, BatchData batchData) {
        measured = false;
    }

    @Override
    public void onValidationBatch(Trainer trainer, BatchData batchData) {
        measured = false;
        // Sorted, for an order of devices that does not change from run to run.
        TreeMap<String, Device> devices = new TreeMap<>();
        batchData
                .getPredictions()
                .keySet()
                .forEach(device -> devices.put(device.toString(), device));
        for (Device device : devices.values()) {
            NDList labels = batchData.getLabels().get(device);
            Checks.that(
                    labels != null,
                    "predictions but no labels on %s, expected both: without an executor service",
                    device);
            add(trainer, batchData.getPredictions().get(device), labels);
        }
    }

    private void add(Trainer trainer, NDList outputs, NDList labels) {
        if (samples == null) {
            samples = FitAccumulator.of(trainer.getManager());
        }
        ValidationRows.add(samples, outputs, labels);
    }

    @Override
    public void onEpoch(Trainer trainer) {
        measure(trainer);
    }

    /** Ends the epoch, unless another listener had it ended; null without a validation set. */
    CalibrationEpoch measure(Trainer trainer) {
        if (!measured) {
            measured = true;
            finishedEpochs++;
            predictions = null;
            if (samples != null && samples.size() > 0) {
                try {
                    samples.fit((logits, labels) -> record(trainer, logits, labels));
                } finally {
                    samples.close();
                    samples = null;
                }
            }
        }
        return predictions == null ? null : history.get(history.size() - 1);
    }

    private CalibrationEpoch record(Trainer trainer, NDArray logits, NDArray labels) {
        Predictions seen = Predictions.ofLogits(logits, labels);
        CalibrationReport report = CalibrationReport.of(seen, bins);
        FitSummary fit = TemperatureScaling.fit(logits, labels).summary();
        CalibrationEpoch epoch =
                CalibrationEpoch.of(
                        finishedEpochs, report, fit.parameter("temperature"), fit.objectiveAfter());
        predictions = seen;
        diagram = report.diagram();
        history.add(epoch);
        LOGGER.info("{}", epoch);
        report(trainer.getMetrics(), epoch);
        write(epoch);
        return epoch;
    }

    private static void report(Metrics metrics, CalibrationEpoch epoch) {
        if (metrics != null) {
            metrics.addMetric(ECE, epoch.ece());
            metrics.addMetric(NLL, epoch.nll());
            metrics.addMetric(BRIER, epoch.brier());
            metrics.addMetric(TEMPERATURE, epoch.temperature());
            metrics.addMetric(REFINEMENT, epoch.refinement());
            metrics.addMetric(CALIBRATION, epoch.calibration());
        }
    }

    private void write(CalibrationEpoch epoch) {
        try {
            if (csv != null) {
                EpochTable.write(csv, history);
            }
            if (tensorBoard != null) {
                if (events == null) {
                    events = TensorBoardFile.in(tensorBoard);
                }
                events.add(epoch);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot record epoch " + epoch.epoch(), e);
        }
    }

    /** Frees what is kept and closes the event file. */
    @Override
    public void onTrainingEnd(Trainer trainer) {
        if (samples != null) {
            samples.close();
            samples = null;
        }
        if (events != null) {
            try {
                events.close();
            } catch (IOException e) {
                throw new UncheckedIOException("cannot close the event file", e);
            }
            events = null;
        }
    }

    /**
     * Returns what was measured so far, epochs before a resumption included.
     *
     * @return a copy, in the order of the epochs
     */
    public List<CalibrationEpoch> history() {
        return List.copyOf(history);
    }

    /**
     * Returns the reliability diagram of the last epoch that was measured.
     *
     * @return the diagram; null before the first
     */
    public ReliabilityDiagram diagram() {
        return diagram;
    }

    /** The predictions of the epoch that {@link #measure} ended; null without a validation set. */
    Predictions predictions() {
        return predictions;
    }

    /** Number of epochs that ended, measured or not. */
    int finishedEpochs() {
        return finishedEpochs;
    }

    /** Goes on after these epochs. */
    void resumeAt(int epochs, List<CalibrationEpoch> past) {
        finishedEpochs = epochs;
        history.clear();
        history.addAll(past);
        measured = true;
        predictions = null;
    }

    /** Builds a {@link CalibrationMonitor}. */
    public static final class Builder {

        private int bins = 15;
        private Path csv;
        private Path tensorBoard;

        private Builder() {}

        /**
         * Sets the number of bins of the calibration error and the diagram.
         *
         * @param bins at least 1, default 15
         * @return this builder
         */
        public Builder optBins(int bins) {
            this.bins = Checks.atLeast("bins", bins, 1);
            return this;
        }

        /**
         * Sets a table that is written anew after each epoch, with a header and a row for each.
         *
         * @param file the table, comma-separated; replaced if it exists
         * @return this builder
         */
        public Builder optCsv(Path file) {
            this.csv = file;
            return this;
        }

        /**
         * Sets where TensorBoard looks for its logs.
         *
         * @param directory gets one event file for each training; made if it does not exist
         * @return this builder
         */
        public Builder optTensorBoard(Path directory) {
            this.tensorBoard = directory;
            return this;
        }

        /**
         * Builds the monitor.
         *
         * @return the monitor
         */
        public CalibrationMonitor build() {
            return new CalibrationMonitor(this);
        }
    }
}
