package dev.candor.benchmarks;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.metric.Metrics;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.TranslateException;
import dev.candor.calibrators.TemperatureScaling;
import dev.candor.metrics.CalibrationReport;
import dev.candor.training.CalibrationMonitor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Fine-tunes a published ResNet-20 with several losses.
 *
 * <p>The network has seen all training images before, and is nearly always right on them, so that a
 * temperature is fitted on the first half of the test images, and everything is measured on the
 * second.
 *
 * @param settings what to do
 * @param progress where to tell how far it is
 */
record ResNetTuning(Settings settings, Progress progress) {

    private static final int BATCH = 128;
    private static final float LEARNING_RATE = 1e-3f;
    private static final float MOMENTUM = 0.9f;
    private static final int EVALUATION_BATCH = 250;
    private static final int WATCHED = 1000;

    /** Difference between two engines' logits of one network. */
    private static final double LOGIT_TOLERANCE = 1e-4;

    /**
     * What the command line asks for.
     *
     * @param data the folder of the images
     * @param weights the published weights
     * @param logits published logits, parts of the test set in order; may be empty
     * @param losses names of losses of {@link LossStudy}
     * @param images number of training images
     * @param epochs epochs of each fine-tuning, 0 for none
     * @param seed the seed of the order of batches
     */
    record Settings(
            CifarFolder data,
            Path weights,
            List<Path> logits,
            List<String> losses,
            int images,
            int epochs,
            int seed) {}

    /**
     * The outcome.
     *
     * @param accuracy of the published weights, on all test images
     * @param logitDifference the largest to the published logits; NaN if none were given
     * @param result the ways of training, on the second half of the test images
     */
    record Outcome(double accuracy, double logitDifference, DemoResult result) {}

    /** Test images of either purpose. */
    private record Images(
            ImageData.Split training, ImageData.Split validation, ImageData.Split test) {}

    Outcome run() throws IOException {
        try (NDManager manager = NDManager.newBaseManager()) {
            ImageData.Split all = settings.data.test(manager);
            int half = all.size() / 2;
            List<ArmResult> arms = new ArrayList<>();
            double accuracy;
            double difference;
            try (Model model = published()) {
                long start = System.nanoTime();
                progress.begin("as published", steps(all.size()));
                NDArray logits = logits(model, all, manager);
                accuracy = CalibrationReport.of(logits, all.labels()).accuracy();
                difference = difference(logits, all.labels());
                arms.add(
                        arm(
                                "as published",
                                "The published weights as they are.",
                                logits.get("0:" + half),
                                logits.get(half + ":"),
                                new Images(null, all.rows(0, half), all.rows(half, all.size())),
                                (System.nanoTime() - start) / 1e9));
            }
            if (settings.epochs > 0) {
                Images images =
                        new Images(
                                settings.data.training(settings.images, manager),
                                all.rows(0, half),
                                all.rows(half, all.size()));
                for (String loss : settings.losses) {
                    arms.add(tune(loss, images));
                }
            }
            return new Outcome(
                    accuracy,
                    difference,
                    new DemoResult(setup(all.size(), half), DemoResult.currentVersions(), arms));
        }
    }

    private DemoResult.Setup setup(int size, int half) {
        return new DemoResult.Setup(
                "CIFAR-10",
                settings.epochs > 0 ? settings.images : 0,
                half,
                size - half,
                "ResNet-20",
                String.format(
                        Locale.ROOT,
                        "SGD at %s, momentum %s, batches of %d, %d epochs",
                        LEARNING_RATE,
                        MOMENTUM,
                        BATCH,
                        settings.epochs),
                settings.seed,
                Integer.getInteger(
                        "ai.djl.pytorch.num_threads", Runtime.getRuntime().availableProcessors()));
    }

    private Model published() throws IOException {
        Model model = Model.newInstance("resnet20");
        try {
            ResNet20 network = new ResNet20();
            model.setBlock(network);
            network.initialize(
                    model.getNDManager(), DataType.FLOAT32, new Shape(1).addAll(ResNet20.IMAGE));
            network.load(settings.weights);
            return model;
        } catch (IOException | RuntimeException e) {
            model.close();
            throw e;
        }
    }

    private static long steps(int rows) {
        return (rows + EVALUATION_BATCH - 1) / EVALUATION_BATCH;
    }

    private NDArray logits(Model model, ImageData.Split split, NDManager target) {
        return Evaluation.logits(model, split, EVALUATION_BATCH, target, progress::step);
    }

    private double difference(NDArray logits, NDArray labels) throws IOException {
        double largest = Double.NaN;
        long first = 0;
        for (Path file : settings.logits) {
            try (NDManager scope = logits.getManager().newSubManager()) {
                ScoreFile published = ScoreFile.read(file, scope, true);
                long end = first + published.labels().size();
                if (end > labels.size()) {
                    throw new BadData(
                            "%s: ends at image %d, there are %d", file, end, labels.size());
                }
                String rows = first + ".." + (end - 1);
                NDIndex slice = new NDIndex().addSliceDim(first, end);
                NDArray expected = published.labels().toType(DataType.INT64, false);
                if (!expected.contentEquals(labels.get(scope, slice))) {
                    throw new BadData("%s: its labels are not those of images %s", file, rows);
                }
                NDArray gaps =
                        logits.get(scope, slice)
                                .toType(DataType.FLOAT64, false)
                                .sub(published.scores().toType(DataType.FLOAT64, false));
                double gap = gaps.abs().max().getDouble();
                if (!(gap <= LOGIT_TOLERANCE)) {
                    throw new BadData(
                            "%s: logits differ by %s from those computed, expected at most %s",
                            file, gap, LOGIT_TOLERANCE);
                }
                largest = Double.isNaN(largest) ? gap : Math.max(largest, gap);
                first = end;
            }
        }
        return largest;
    }

    private ArmResult tune(String name, Images images) throws IOException {
        Engine.getInstance().setRandomSeed(settings.seed);
        long start = System.nanoTime();
        progress.begin(name, 0);
        try (Model model = published();
                NDManager scope = model.getNDManager().newSubManager()) {
            try (Trainer trainer = model.newTrainer(config(LossStudy.loss(name).get()))) {
                trainer.setMetrics(new Metrics());
                trainer.initialize(new Shape(1).addAll(ResNet20.IMAGE));
                int watched = Math.min(WATCHED, images.validation.size());
                EasyTrain.fit(
                        trainer,
                        settings.epochs,
                        dataset(images.training, BATCH, true),
                        dataset(images.validation.rows(0, watched), EVALUATION_BATCH, false));
            } catch (TranslateException e) {
                throw new IOException("the images cannot be batched: " + e.getMessage(), e);
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            NDArray held = logits(model, images.validation, scope);
            NDArray logits = logits(model, images.test, scope);
            return arm(name, "Fine-tuned with " + name + ".", held, logits, images, seconds);
        }
    }

    private static ArrayDataset dataset(ImageData.Split split, int batch, boolean shuffle) {
        return new ArrayDataset.Builder()
                .setData(split.images())
                .optLabels(split.labels())
                .setSampling(batch, shuffle)
                .build();
    }

    private static DefaultTrainingConfig config(Loss loss) {
        return new DefaultTrainingConfig(loss)
                .optOptimizer(
                        Optimizer.sgd()
                                .setLearningRateTracker(Tracker.fixed(LEARNING_RATE))
                                .optMomentum(MOMENTUM)
                                .build())
                .addTrainingListeners(CalibrationMonitor.of());
    }

    private ArmResult arm(
            String name,
            String description,
            NDArray held,
            NDArray logits,
            Images images,
            double seconds) {
        TemperatureScaling scaling = TemperatureScaling.fit(held, images.validation.labels());
        ArmResult result =
                new ArmResult(
                        name,
                        description,
                        List.of(),
                        CalibrationFigures.of(logits, images.test.labels()),
                        CalibrationFigures.of(scaling.apply(logits), images.test.labels()),
                        scaling.temperature(),
                        seconds);
        progress.end(
                String.format(
                        Locale.ROOT,
                        "%s: ECE %.4f, after temperature %.2f %.4f (%.0f s)",
                        name,
                        result.before().ece(),
                        result.temperature(),
                        result.after().ece(),
                        seconds));
        return result;
    }
}
