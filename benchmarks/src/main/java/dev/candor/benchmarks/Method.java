package dev.candor.benchmarks;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.listener.TrainingListenerAdapter;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.TranslateException;
import dev.candor.training.ensemble.DeepEnsembleTraining;
import dev.candor.uncertainty.DeepEnsemble;
import dev.candor.uncertainty.McDropout;
import dev.candor.uncertainty.PredictiveDistribution;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** A way of training the demo's network and of predicting with it. */
interface Method {

    int EVALUATION_BATCH = 500;

    /**
     * What one training works with.
     *
     * @param images the images of each purpose
     * @param epochs epochs of each network
     * @param seed the seed
     * @param folder where a method may keep what it needs to go on after a kill
     * @param progress where to tell how far it is
     */
    record Run(ArmTraining.Images images, int epochs, int seed, Path folder, Progress progress) {}

    /**
     * What a method says of images that it was not trained on: logits, or the logarithm of mean
     * probabilities.
     *
     * @param held of the validation images
     * @param test of the test images
     */
    record Scores(NDArray held, NDArray test) {}

    /** Trains and predicts; the scores belong to the manager. */
    Scores run(Run run, NDManager manager) throws IOException;

    /** One network trained with a loss. */
    static Method loss(Supplier<Loss> loss) {
        return network(loss, 0, UnaryOperator.identity(), Method::evaluate);
    }

    /** One network trained with cross-entropy on batches that are changed, by mixup for one. */
    static Method data(Supplier<Loss> loss, UnaryOperator<Dataset> training) {
        return network(loss, 0, training, Method::evaluate);
    }

    /** One network with dropout before its last layer, which also draws masks in prediction. */
    static Method dropout(Supplier<Loss> loss, float rate, int samples) {
        return network(
                loss,
                rate,
                UnaryOperator.identity(),
                (model, split) ->
                        logMean(split, McDropout.of(model).samples(samples).seed(1)::predict));
    }

    private static Method network(
            Supplier<Loss> loss,
            float dropout,
            UnaryOperator<Dataset> training,
            BiFunction<Model, ImageData.Split, NDArray> predict) {
        return (run, manager) -> {
            Engine.getInstance().setRandomSeed(run.seed);
            try (Model model = Model.newInstance("method")) {
                model.setBlock(DemoNetwork.newBlock(run.images.classes(), dropout));
                try (Trainer trainer = model.newTrainer(config(loss, run.progress))) {
                    trainer.initialize(new Shape(1).addAll(DemoNetwork.IMAGE));
                    Dataset data = ArmTraining.dataset(run.images.training(), true);
                    EasyTrain.fit(trainer, run.epochs, training.apply(data), null);
                } catch (TranslateException e) {
                    throw new IOException("the images cannot be batched: " + e.getMessage(), e);
                }
                return scores(run.images, split -> predict.apply(model, split), manager);
            }
        };
    }

    /** Several networks trained with a loss, each from a seed that no other run has. */
    static Method ensemble(Supplier<Loss> loss, int members) {
        return (run, manager) -> {
            Supplier<Block> network = () -> DemoNetwork.newBlock(run.images.classes());
            Path folder = run.folder.resolve("members-" + run.seed);
            try {
                DeepEnsembleTraining.builder()
                        .setDirectory(folder)
                        .setNetwork(network)
                        .setConfig(() -> config(loss, run.progress))
                        .setInputShapes(new Shape(1).addAll(DemoNetwork.IMAGE))
                        .optMembers(members)
                        .optEpochs(run.epochs)
                        .optSeed(1 + (run.seed - 1) * members)
                        .build()
                        .train(ArmTraining.dataset(run.images.training(), true), null);
            } catch (TranslateException e) {
                throw new IOException("the images cannot be batched: " + e.getMessage(), e);
            }
            try (DeepEnsemble ensemble = DeepEnsemble.load(folder, network)) {
                return scores(run.images, split -> logMean(split, ensemble::predict), manager);
            }
        };
    }

    private static DefaultTrainingConfig config(Supplier<Loss> loss, Progress progress) {
        Tracker rate = Tracker.fixed(ArmTraining.LEARNING_RATE);
        return new DefaultTrainingConfig(loss.get())
                .optOptimizer(Optimizer.adam().optLearningRateTracker(rate).build())
                .addTrainingListeners(
                        new TrainingListenerAdapter() {
                            @Override
                            public void onTrainingBatch(Trainer trainer, BatchData batchData) {
                                progress.step();
                            }
                        });
    }

    private static Scores scores(
            ArmTraining.Images images,
            Function<ImageData.Split, NDArray> predict,
            NDManager manager) {
        NDArray held = predict.apply(images.validation());
        held.attach(manager);
        NDArray test = predict.apply(images.test());
        test.attach(manager);
        return new Scores(held, test);
    }

    private static NDArray evaluate(Model model, ImageData.Split split) {
        return Evaluation.logits(
                model, split, EVALUATION_BATCH, split.images().getManager(), () -> {});
    }

    private static NDArray logMean(
            ImageData.Split split, Function<NDArray, PredictiveDistribution> predict) {
        return Evaluation.inBatches(
                split,
                EVALUATION_BATCH,
                split.images().getManager(),
                images -> predict.apply(images).logMean(),
                () -> {});
    }
}
