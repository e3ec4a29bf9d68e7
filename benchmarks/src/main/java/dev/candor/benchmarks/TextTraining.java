package dev.candor.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListenerAdapter;
import dev.candor.benchmarks.FitOptions.Option;
import dev.candor.calibrators.Calibrator;
import dev.candor.language.FineTunedClassifier;
import dev.candor.language.FineTuning;
import dev.candor.language.LabelledTexts;
import dev.candor.language.PretrainedEncoder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Trains a classifier of texts, calibrates and measures it. */
final class TextTraining {

    /** The method of which a figure is shown. */
    static final String TEMPERATURE = "temperature";

    private final PretrainedEncoder source;
    private final TextData data;
    private final Progress progress;
    private long batches;

    TextTraining(PretrainedEncoder source, TextData data, Progress progress) {
        this.source = source;
        this.data = data;
        this.progress = progress;
    }

    /**
     * Trains.
     *
     * @param name what the progress calls it
     * @param builder how to train
     * @param loss what to train with
     * @param method how to calibrate
     * @param seed of the training
     * @param folder where to save; null for nowhere
     */
    TextResult run(
            String name,
            FineTuning.Builder builder,
            TextLoss loss,
            FitMethod method,
            long seed,
            Path folder)
            throws IOException {
        FineTuning tuning =
                builder.optLoss(loss.loss())
                        .optManifold(loss.manifold())
                        .optSeed(seed)
                        .optProgress(new Encoding())
                        .optListeners(new Watch(name))
                        .build();
        batches = tuning.batches(data.training());
        long start = System.nanoTime();
        try (FineTunedClassifier classifier = tuning.fit(source, data.training());
                NDManager manager = NDManager.newBaseManager()) {
            double seconds = (System.nanoTime() - start) / 1e9;
            NDArray held = classifier.logits(manager, data.validation().texts());
            NDArray labels = labels(manager, data.validation());
            Calibrator calibrator =
                    method.fit().fit(held, labels, FitOptions.NONE.with(Option.SEED, seed));
            TextResult result = measure(classifier, manager, calibrator, seconds);
            if (folder != null) {
                classifier.save(folder, calibrator);
            }
            progress.end(summary(name, result));
            return result;
        }
    }

    private TextResult measure(
            FineTunedClassifier classifier,
            NDManager manager,
            Calibrator calibrator,
            double seconds) {
        NDArray logits = classifier.logits(manager, data.test().texts());
        NDArray labels = labels(manager, data.test());
        List<String> others = data.strange();
        NDArray strange = others == null ? null : classifier.logits(manager, others);
        return new TextResult(
                TextResult.Measure.of(logits, labels, strange),
                TextResult.Measure.of(
                        calibrator.apply(logits),
                        labels,
                        strange == null ? null : calibrator.apply(strange)),
                calibrator.method(),
                calibrator.method().equals(TEMPERATURE)
                        ? calibrator.summary().parameter(TEMPERATURE)
                        : Double.NaN,
                seconds);
    }

    private static NDArray labels(NDManager manager, LabelledTexts texts) {
        return manager.create(texts.labels().stream().mapToLong(Integer::longValue).toArray());
    }

    private static String summary(String name, TextResult result) {
        return String.format(
                Locale.ROOT,
                "%s: accuracy %.4f, ECE %.4f, by %s %.4f (%.0f s)",
                name,
                result.before().report().accuracy(),
                result.before().report().ece(),
                result.calibrator(),
                result.after().report().ece(),
                result.seconds());
    }

    /** Shows how far the encoder is. */
    private final class Encoding implements ai.djl.util.Progress {

        @Override
        public void reset(String message, long max, String trailingMessage) {
            if (max > 0) {
                progress.begin(message, max);
            }
        }

        @Override
        public void start(long initialProgress) {}

        @Override
        public void end() {}

        @Override
        public void increment(long increment) {
            for (long i = 0; i < increment; i++) {
                progress.step();
            }
        }

        @Override
        public void update(long position, String message) {}
    }

    /** Shows how far training is. */
    private final class Watch extends TrainingListenerAdapter {

        private final String name;
        private int epoch;

        Watch(String name) {
            this.name = name;
        }

        @Override
        public void onTrainingBegin(Trainer trainer) {
            progress.begin(name, batches);
        }

        @Override
        public void onTrainingBatch(Trainer trainer, BatchData batchData) {
            progress.step();
        }

        @Override
        public void onEpoch(Trainer trainer) {
            epoch++;
            progress.note("epoch " + epoch);
        }
    }
}
