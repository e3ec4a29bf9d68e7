package dev.candor.benchmarks;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.metric.Metric;
import ai.djl.metric.Metrics;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.listener.TrainingListenerAdapter;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.TranslateException;
import dev.candor.calibrators.TemperatureScaling;
import dev.candor.training.CalibrationMonitor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * Trains the demo's network with one loss and measures it before and after temperature scaling.
 *
 * @param name what tells this arm from the others
 * @param description how the network is trained, in a sentence
 * @param loss makes the loss
 */
record ArmTraining(String name, String description, Supplier<Loss> loss) {

    static final int BATCH = 128;
    static final float LEARNING_RATE = 1e-3f;
    private static final int VALIDATION_PART = 5;
    private static final int EVALUATION_BATCH = 1000;

    /** The images of each purpose. */
    record Images(
            ImageData.Split training,
            ImageData.Split validation,
            ImageData.Split test,
            int classes) {

        /** Keeps the last fifth of the training images for validation. */
        static Images of(ImageData data) {
            int size = data.training().size();
            int kept = size - size / VALIDATION_PART;
            return new Images(
                    data.training().rows(0, kept),
                    data.training().rows(kept, size),
                    data.test(),
                    data.classes());
        }
    }

    /** Trains a new network; the same seed and number of threads give the same result. */
    ArmResult run(Images images, int epochs, int seed, Progress progress) throws IOException {
        return run(images, epochs, seed, null, progress);
    }

    /** The same; a folder that is not null receives the logits of validation and test images. */
    ArmResult run(Images images, int epochs, int seed, Path folder, Progress progress)
            throws IOException {
        Engine.getInstance().setRandomSeed(seed);
        long start = System.nanoTime();
        int batches = (images.training.size() + BATCH - 1) / BATCH;
        progress.begin(name, (long) epochs * batches);
        try (Model model = Model.newInstance("demo")) {
            model.setBlock(DemoNetwork.newBlock(images.classes));
            Metrics metrics = new Metrics();
            try (Trainer trainer = model.newTrainer(config(progress))) {
                trainer.setMetrics(metrics);
                trainer.initialize(new Shape(1).addAll(DemoNetwork.IMAGE));
                EasyTrain.fit(
                        trainer,
                        epochs,
                        dataset(images.training, true),
                        dataset(images.validation, false));
                double seconds = (System.nanoTime() - start) / 1e9;
                ArmResult result = measure(trainer, images, folder, history(metrics), seconds);
                progress.end(summary(result));
                return result;
            }
        } catch (TranslateException e) {
            throw new IOException("the images cannot be batched: " + e.getMessage(), e);
        }
    }

    private DefaultTrainingConfig config(Progress progress) {
        Tracker rate = Tracker.fixed(LEARNING_RATE);
        return new DefaultTrainingConfig(loss.get())
                .optOptimizer(Optimizer.adam().optLearningRateTracker(rate).build())
                .addTrainingListeners(
                        CalibrationMonitor.of(),
                        new TrainingListenerAdapter() {
                            @Override
                            public void onTrainingBatch(Trainer trainer, BatchData batchData) {
                                progress.step();
                            }

                            @Override
                            public void onEpoch(Trainer trainer) {
                                progress.note(note(trainer.getMetrics()));
                            }
                        });
    }

    static ArrayDataset dataset(ImageData.Split split, boolean shuffle) {
        return new ArrayDataset.Builder()
                .setData(split.images())
                .optLabels(split.labels())
                .setSampling(shuffle ? BATCH : EVALUATION_BATCH, shuffle)
                .build();
    }

    private ArmResult measure(
            Trainer trainer, Images images, Path folder, List<EpochRecord> history, double seconds)
            throws IOException {
        try (NDManager scope = trainer.getManager().newSubManager()) {
            NDArray held = logits(trainer, images.validation, scope);
            NDArray logits = logits(trainer, images.test, scope);
            if (folder != null) {
                save(folder, "valid", held, images.validation.labels());
                save(folder, "test", logits, images.test.labels());
            }
            TemperatureScaling scaling = TemperatureScaling.fit(held, images.validation.labels());
            return new ArmResult(
                    name,
                    description,
                    history,
                    CalibrationFigures.of(logits, images.test.labels()),
                    CalibrationFigures.of(scaling.apply(logits), images.test.labels()),
                    scaling.temperature(),
                    seconds);
        }
    }

    private void save(Path folder, String part, NDArray logits, NDArray labels) throws IOException {
        String file = name.toLowerCase(Locale.ROOT).replace(' ', '-') + "_" + part + ".npz";
        ScoreFile.write(folder.resolve(file), logits, labels);
    }

    private static NDArray logits(Trainer trainer, ImageData.Split split, NDManager target) {
        return Evaluation.logits(trainer.getModel(), split, EVALUATION_BATCH, target, () -> {});
    }

    private static List<EpochRecord> history(Metrics metrics) {
        List<Metric> ece = metrics.getMetric(CalibrationMonitor.ECE);
        List<Metric> nll = metrics.getMetric(CalibrationMonitor.NLL);
        List<Metric> temperature = metrics.getMetric(CalibrationMonitor.TEMPERATURE);
        List<EpochRecord> history = new ArrayList<>();
        for (int i = 0; i < ece.size(); i++) {
            history.add(
                    new EpochRecord(
                            i + 1,
                            ece.get(i).getValue(),
                            nll.get(i).getValue(),
                            temperature.get(i).getValue()));
        }
        return history;
    }

    private static String note(Metrics metrics) {
        return String.format(
                Locale.ROOT, "ECE %.3f", metrics.latestMetric(CalibrationMonitor.ECE).getValue());
    }

    private static String summary(ArmResult result) {
        return String.format(
                Locale.ROOT,
                "%s: ECE %.4f, after temperature %.2f %.4f (%.0f s)",
                result.name(),
                result.before().ece(),
                result.temperature(),
                result.after().ece(),
                result.seconds());
    }
}
