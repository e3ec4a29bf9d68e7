package dev.candor.language;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.metric.Metrics;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.listener.TrainingListener.BatchData;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.ParameterTracker;
import ai.djl.translate.TranslateException;
import ai.djl.util.Progress;
import dev.candor.internal.Checks;
import dev.candor.losses.CrossEntropyLoss;
import java.io.IOException;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Trains a classifier of texts from a {@link PretrainedEncoder}, with any loss, listener and
 * regularisation of this library.
 *
 * <pre>{@code
 * FineTuning tuning =
 *         FineTuning.builder()
 *                 .optLowRank(LowRankAdaptation.of(8))
 *                 .optLoss(() -> CompositeLoss.of(CrossEntropyLoss.of()).plus(1, SoftBinnedEceLoss.of()))
 *                 .build();
 * try (FineTunedClassifier classifier = tuning.fit(encoder, training, validation)) {
 *     classifier.save(folder, TemperatureScaling.fit(logits, labels));
 * }
 * }</pre>
 *
 * <p>All parameters are trained, unless told otherwise: the head alone ({@link
 * Builder#optHeadOnly}), which needs one pass of the encoder over each text and is by far the
 * fastest; the upper layers ({@link Builder#optFrozenLayers}); low-rank adapters ({@link
 * Builder#optLowRank}). The head is trained in any case. Adam, at rates that fall to zero in a
 * straight line; the head has a rate of its own. On one device. The same seed gives the same result
 * on the same machine with one thread.
 *
 * <p>Immutable; the pretrained encoder is left as it was.
 */
public final class FineTuning {

    private static final int HEAD_EPOCHS = 30;
    private static final int EPOCHS = 4;
    private static final int EVALUATION_BATCH = 64;

    private final boolean headOnly;
    private final int frozenLayers;
    private final LowRankAdaptation lowRank;
    private final Supplier<? extends Loss> loss;
    private final ManifoldRegularisation manifold;
    private final int epochs;
    private final int batchSize;
    private final double learningRate;
    private final double headLearningRate;
    private final double dropout;
    private final long seed;
    private final TrainingListener[] listeners;
    private final Progress progress;

    private FineTuning(Builder builder) {
        this.headOnly = builder.headOnly;
        this.frozenLayers = builder.frozenLayers;
        this.lowRank = builder.lowRank;
        this.loss = builder.loss;
        this.manifold = builder.manifold;
        this.epochs = builder.epochs != null ? builder.epochs : headOnly ? HEAD_EPOCHS : EPOCHS;
        this.batchSize = builder.batchSize;
        this.learningRate =
                builder.learningRate != null ? builder.learningRate : lowRank == null ? 5e-5 : 1e-3;
        this.headLearningRate = builder.headLearningRate;
        this.dropout = builder.dropout;
        this.seed = builder.seed;
        this.listeners = builder.listeners;
        this.progress = builder.progress;
    }

    /**
     * Returns a builder.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Returns the number of training batches that {@link #fit} takes, for those who show progress.
     *
     * @param training the texts to train on
     * @return the number, over all epochs
     */
    public long batches(LabelledTexts training) {
        return (long) epochs * ((training.size() + batchSize - 1) / batchSize);
    }

    /**
     * Trains without validation.
     *
     * @param source the pretrained encoder, which has to stay open as long as the result
     * @param training the texts to train on
     * @return the classifier
     * @throws IllegalArgumentException as {@link #fit(PretrainedEncoder, LabelledTexts,
     *     LabelledTexts)}
     */
    public FineTunedClassifier fit(PretrainedEncoder source, LabelledTexts training) {
        return fit(source, training, null);
    }

    /**
     * Trains.
     *
     * @param source the pretrained encoder, which has to stay open as long as the result
     * @param training the texts to train on
     * @param validation texts that listeners see after each epoch; null for none
     * @return the classifier
     * @throws IllegalArgumentException if a text has no token, the parts have different classes, or
     *     more layers are to be frozen than there are
     */
    public FineTunedClassifier fit(
            PretrainedEncoder source, LabelledTexts training, LabelledTexts validation) {
        Checks.that(
                validation == null || validation.classes().equals(training.classes()),
                "validation has other classes than training");
        int layers = source.encoder().sizes().layers();
        Checks.that(
                frozenLayers <= layers, "frozenLayers = %d, expected 0..%d", frozenLayers, layers);
        Engine.getInstance().setRandomSeed((int) seed);
        Random random = new Random(seed);
        TextBatches batches = batches(source, training, batchSize, random);
        TextBatches held =
                validation == null ? null : batches(source, validation, EVALUATION_BATCH, null);
        Model model = Model.newInstance("classifier", source.device());
        try {
            TextClassifier network = network(source, model, training.classes().size());
            model.setBlock(network);
            train(model, network, batches, held);
            network.encoder().merge();
            return new FineTunedClassifier(model, source, training.classes(), headOnly);
        } catch (IOException | TranslateException e) {
            model.close();
            throw new IllegalStateException("the texts cannot be batched: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    private TextBatches batches(
            PretrainedEncoder source, LabelledTexts texts, int size, Random random) {
        return headOnly
                ? TextBatches.ofVectors(
                        source.vectors(texts.texts(), progress), texts.labels(), size, random)
                : TextBatches.ofTokens(
                        source.tokenizer().encode(texts.texts()).ids(),
                        texts.labels(),
                        size,
                        random);
    }

    private TextClassifier network(PretrainedEncoder source, Model model, int classes) {
        if (headOnly) {
            return TextClassifier.of(source.encoder(), classes);
        }
        TransformerEncoder encoder = source.encoder().copy(model.getNDManager(), dropout);
        if (lowRank == null) {
            encoder.freezeBelow(frozenLayers);
        } else {
            encoder.adapt(lowRank, frozenLayers, model.getNDManager());
        }
        return TextClassifier.of(encoder, classes);
    }

    private void train(Model model, TextClassifier network, TextBatches batches, TextBatches held)
            throws IOException, TranslateException {
        int steps = Math.max(1, epochs * batches.count());
        DefaultTrainingConfig config =
                new DefaultTrainingConfig(loss.get())
                        .optDevices(new Device[] {model.getNDManager().getDevice()})
                        .optOptimizer(
                                Optimizer.adam()
                                        .optLearningRateTracker(rate(network, steps))
                                        .build())
                        .addTrainingListeners(listeners);
        try (Trainer trainer = model.newTrainer(config)) {
            trainer.setMetrics(new Metrics());
            trainer.initialize(new Shape(1, 1), new Shape(1, 1));
            for (int epoch = 0; epoch < epochs; epoch++) {
                for (Batch batch : trainer.iterateDataset(batches)) {
                    trainBatch(trainer, network, batch);
                    trainer.step();
                    batch.close();
                }
                EasyTrain.evaluateDataset(trainer, held);
                trainer.notifyListeners(listener -> listener.onEpoch(trainer));
            }
        }
    }

    /** Rates that fall in a straight line, larger for the head, which starts from nothing. */
    private ParameterTracker rate(TextClassifier network, int steps) {
        Set<String> head =
                network.head().getParameters().values().stream()
                        .map(Parameter::getId)
                        .collect(Collectors.toSet());
        return (id, step) -> {
            double left = Math.max(0, 1 - (step - 1.0) / steps);
            return (float) (left * (head.contains(id) ? headLearningRate : learningRate));
        };
    }

    private void trainBatch(Trainer trainer, TextClassifier network, Batch batch) {
        if (manifold == null) {
            EasyTrain.trainBatch(trainer, batch);
            return;
        }
        NDList data = batch.getData();
        NDList labels = batch.getLabels();
        ManifoldRegularisation.Perturbed perturbed =
                manifold.perturb(network, batch.getManager(), data, labels.head());
        BatchData seen = new BatchData(batch, new ConcurrentHashMap<>(), new ConcurrentHashMap<>());
        try (GradientCollector collector = trainer.newGradientCollector()) {
            NDList logits = trainer.forward(data, labels);
            collector.backward(
                    perturbed.addTo(
                            trainer.getLoss().evaluate(labels, logits), trainer::forward, labels));
            seen.getLabels().put(labels.head().getDevice(), labels);
            seen.getPredictions().put(logits.head().getDevice(), logits);
        }
        trainer.notifyListeners(listener -> listener.onTrainingBatch(trainer, seen));
    }

    /** Builds a {@link FineTuning}. */
    public static final class Builder {

        private boolean headOnly;
        private int frozenLayers;
        private LowRankAdaptation lowRank;
        private Supplier<? extends Loss> loss = CrossEntropyLoss::of;
        private ManifoldRegularisation manifold;
        private Integer epochs;
        private int batchSize = 32;
        private Double learningRate;
        private double headLearningRate = 5e-3;
        private double dropout = 0.1;
        private long seed = 1;
        private TrainingListener[] listeners = {};
        private Progress progress;

        private Builder() {}

        /**
         * Sets whether the head alone is trained, on vectors that the encoder gives once.
         *
         * @param headOnly default false
         * @return this builder
         */
        public Builder optHeadOnly(boolean headOnly) {
            this.headOnly = headOnly;
            return this;
        }

        /**
         * Sets how many of the lowest layers stay as they are, and the embeddings with them.
         *
         * @param frozenLayers at least 0, default 0, which trains the embeddings too
         * @return this builder
         */
        public Builder optFrozenLayers(int frozenLayers) {
            this.frozenLayers = Checks.atLeast("frozenLayers", frozenLayers, 0);
            return this;
        }

        /**
         * Trains low-rank adapters rather than the encoder itself; frozen layers get none.
         *
         * @param lowRank the adapters
         * @return this builder
         */
        public Builder optLowRank(LowRankAdaptation lowRank) {
            this.lowRank = lowRank;
            return this;
        }

        /**
         * Sets the loss.
         *
         * @param loss makes a loss for each training; default {@link CrossEntropyLoss}
         * @return this builder
         */
        public Builder optLoss(Supplier<? extends Loss> loss) {
            this.loss = loss;
            return this;
        }

        /**
         * Adds on- and off-manifold regularisation.
         *
         * @param manifold the regularisation; null for none, the default
         * @return this builder
         */
        public Builder optManifold(ManifoldRegularisation manifold) {
            this.manifold = manifold;
            return this;
        }

        /**
         * Sets the number of epochs.
         *
         * @param epochs at least 1; default 4, of the head alone 30
         * @return this builder
         */
        public Builder optEpochs(int epochs) {
            this.epochs = Checks.atLeast("epochs", epochs, 1);
            return this;
        }

        /**
         * Sets the number of texts in a training batch.
         *
         * @param batchSize at least 1, default 32
         * @return this builder
         */
        public Builder optBatchSize(int batchSize) {
            this.batchSize = Checks.atLeast("batchSize", batchSize, 1);
            return this;
        }

        /**
         * Sets the first learning rate of the encoder, or of its adapters.
         *
         * @param learningRate finite and above 0; default 5e-5, of adapters 1e-3
         * @return this builder
         */
        public Builder optLearningRate(double learningRate) {
            this.learningRate = Checks.positive("learningRate", learningRate);
            return this;
        }

        /**
         * Sets the first learning rate of the head.
         *
         * @param headLearningRate finite and above 0, default 5e-3
         * @return this builder
         */
        public Builder optHeadLearningRate(double headLearningRate) {
            this.headLearningRate = Checks.positive("headLearningRate", headLearningRate);
            return this;
        }

        /**
         * Sets the share of values that the encoder drops in training.
         *
         * @param dropout in {@code [0, 1)}, default 0.1
         * @return this builder
         */
        public Builder optDropout(double dropout) {
            Checks.that(
                    dropout >= 0 && dropout < 1,
                    "dropout = %s, expected 0 <= dropout < 1",
                    dropout);
            this.dropout = dropout;
            return this;
        }

        /**
         * Sets the seed of the head, the order of the texts, and dropout.
         *
         * @param seed default 1
         * @return this builder
         */
        public Builder optSeed(long seed) {
            this.seed = seed;
            return this;
        }

        /**
         * Sets what listens to the training, and sees the validation texts after each epoch.
         *
         * @param listeners DJL's, or those of {@link dev.candor.training}
         * @return this builder
         */
        public Builder optListeners(TrainingListener... listeners) {
            this.listeners = listeners.clone();
            return this;
        }

        /**
         * Sets what is told how far the encoder is, where the head alone is trained.
         *
         * @param progress told of each text; null for none, the default
         * @return this builder
         */
        public Builder optProgress(Progress progress) {
            this.progress = progress;
            return this;
        }

        /**
         * Builds the fine-tuning.
         *
         * @return the fine-tuning
         * @throws IllegalArgumentException if the head alone is to be trained, and adapters too
         */
        public FineTuning build() {
            Checks.that(
                    !headOnly || lowRank == null && frozenLayers == 0,
                    "the head alone is trained: there is no room for adapters nor frozen layers");
            return new FineTuning(this);
        }
    }
}
