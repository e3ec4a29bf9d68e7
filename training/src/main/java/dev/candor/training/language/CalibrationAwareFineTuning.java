package dev.candor.training.language;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.TranslateException;
import dev.candor.internal.Checks;
import dev.candor.losses.BinAccuracy;
import dev.candor.losses.RcftLoss;
import dev.candor.losses.TokenCrossEntropyLoss;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Calibration-aware fine-tuning of a causal language model on multiple-choice questions: CFT and
 * RCFT.
 *
 * <pre>
 *   CFT    L = L_SFT1                    cross-entropy of the answer, given the prompt
 *   RCFT   L = L_SFT2 + lambda L_ECE     cross-entropy of prompt and answer, and the calibration term
 * </pre>
 *
 * <p>CFT is for the calibratable regime, where it restores calibration at much the same accuracy;
 * RCFT for the other, see {@link CalibrationRegime}. RCFT is an EM algorithm: before each epoch the
 * model, as it is, tells the accuracy by confidence ({@link BinAccuracy}); during the epoch {@link
 * RcftLoss} draws the probabilities of the options towards it. {@code lambda >= 0} is the weight of
 * the sum over all questions, so that it does not depend on the size of batches.
 *
 * <p>In the source each bin weighs the same, however few questions are in it, and a bin without
 * questions draws what comes into it to zero: that is {@code optBinsEqual(true)}, and cost much
 * accuracy where it was tried. By default each question weighs the same, {@code (1/N) sum_i} in
 * place of {@code sum_k (1/n_k) sum_i}, and the accuracy of a bin is {@code (right_k + acc) / (n_k
 * + 1)}, {@code acc} that of all questions. The authors' code computes the accuracies once ({@code
 * optUpdated(false)}), leaves out the last bin, and weighs the term by 1e-3. Never train on {@code
 * L_ECE} alone: a model that answers at random minimises it.
 *
 * <p>The questions should be others than those by which the model was aligned; what comes of it is
 * to be measured on others again. The model's block takes tokens {@code [N, T]} and gives logits
 * {@code [N, T, V]}, such as {@link CausalTransformer}; its parameters are changed. Adam with a
 * fixed rate.
 *
 * <p>Source: Xiao et al., <i>Restoring Calibration for Aligned Large Language Models: A
 * Calibration-Aware Fine-Tuning Approach</i>, ICML 2025, arXiv:2505.01997.
 */
public final class CalibrationAwareFineTuning {

    private final boolean completionOnly;
    private final double weight;
    private final boolean updated;
    private final boolean binsEqual;
    private final int bins;
    private final int epochs;
    private final int batchSize;
    private final float learningRate;
    private final TrainingListener[] listeners;

    private CalibrationAwareFineTuning(Builder builder) {
        this.completionOnly = builder.completionOnly;
        this.weight = builder.weight;
        this.updated = builder.updated;
        this.binsEqual = builder.binsEqual;
        this.bins = builder.bins;
        this.epochs = builder.epochs;
        this.batchSize = builder.batchSize;
        this.learningRate = builder.learningRate;
        this.listeners = builder.listeners;
    }

    /**
     * Returns the builder of CFT: on completions, without a calibration term.
     *
     * @return the builder
     */
    public static Builder cft() {
        return new Builder(true, 0);
    }

    /**
     * Returns the builder of RCFT: on prompt and completion, with the calibration term.
     *
     * @return the builder, with lambda = 1
     */
    public static Builder rcft() {
        return new Builder(false, 1);
    }

    /**
     * Returns the builder of the recipe for a regime.
     *
     * @param regime the regime
     * @return that of CFT where calibration can be restored, else of RCFT
     */
    public static Builder of(CalibrationRegime regime) {
        return regime == CalibrationRegime.CALIBRATABLE ? cft() : rcft();
    }

    /**
     * Fine-tunes a model, with the accuracies by confidence of the same questions.
     *
     * @param model the model, initialised; its parameters are changed
     * @param questions the questions to fine-tune on
     * @return the E-steps, one for each that was made; none without a calibration term
     * @throws IOException if the questions cannot be batched
     */
    public List<BinAccuracy> fit(Model model, ChoiceSet questions) throws IOException {
        return fit(model, questions, questions);
    }

    /**
     * Fine-tunes a model, with the accuracies by confidence of other questions: those of the
     * questions it is trained on become too good as it learns them by heart.
     *
     * @param model the model, initialised; its parameters are changed
     * @param questions the questions to fine-tune on
     * @param estimated the questions of the E-steps, of as many options
     * @return the E-steps, one for each that was made; none without a calibration term
     * @throws IOException if the questions cannot be batched
     */
    public List<BinAccuracy> fit(Model model, ChoiceSet questions, ChoiceSet estimated)
            throws IOException {
        int batches = (questions.size() + batchSize - 1) / batchSize;
        List<BinAccuracy> steps = new ArrayList<>();
        RcftLoss calibration = null;
        if (weight > 0) {
            steps.add(estimate(model, estimated));
            calibration = RcftLoss.of(targets(steps.get(0)));
        }
        TokenCrossEntropyLoss tokens =
                TokenCrossEntropyLoss.builder().optCompletionOnly(completionOnly).build();
        ChoiceFineTuningLoss loss = new ChoiceFineTuningLoss(tokens, calibration, weight * batches);
        DefaultTrainingConfig config =
                new DefaultTrainingConfig(loss)
                        .optOptimizer(
                                Optimizer.adam()
                                        .optLearningRateTracker(Tracker.fixed(learningRate))
                                        .build())
                        .addTrainingListeners(listeners);
        try (Trainer trainer = model.newTrainer(config);
                NDManager manager = trainer.getManager().newSubManager()) {
            trainer.initialize(new Shape(batchSize, questions.length()));
            ArrayDataset dataset = questions.dataset(manager, batchSize);
            for (int epoch = 0; epoch < epochs; epoch++) {
                if (calibration != null && updated && epoch > 0) {
                    steps.add(estimate(model, estimated));
                    calibration.update(targets(steps.get(steps.size() - 1)));
                }
                EasyTrain.fit(trainer, 1, dataset, null);
            }
        } catch (TranslateException e) {
            throw new IOException("the questions cannot be batched: " + e.getMessage(), e);
        }
        return List.copyOf(steps);
    }

    private BinAccuracy estimate(Model model, ChoiceSet questions) {
        try (NDManager scope = model.getNDManager().newSubManager()) {
            NDArray logits = questions.logits(model, scope).toType(DataType.FLOAT64, false);
            return BinAccuracy.of(logits, questions.answers(scope), bins);
        }
    }

    /**
     * Accuracies that few or no questions tell are drawn towards the one of all, and each question
     * weighs the same. A bin without questions would otherwise draw what comes into it to zero,
     * with the weight of all questions of a full one.
     */
    private BinAccuracy targets(BinAccuracy found) {
        if (binsEqual) {
            return found;
        }
        double[] accuracies = found.accuracies();
        long[] counts = found.counts();
        long size = Arrays.stream(counts).sum();
        double right = 0;
        for (int k = 0; k < counts.length; k++) {
            right += accuracies[k] * counts[k];
        }
        for (int k = 0; k < counts.length; k++) {
            accuracies[k] = (accuracies[k] * counts[k] + right / size) / (counts[k] + 1);
        }
        Arrays.fill(counts, size);
        return BinAccuracy.of(accuracies, counts);
    }

    /** Builds a {@link CalibrationAwareFineTuning}. */
    public static final class Builder {

        private boolean completionOnly;
        private double weight;
        private boolean updated = true;
        private boolean binsEqual;
        private int bins = 10;
        private int epochs = 5;
        private int batchSize = 32;
        private float learningRate = 1e-3f;
        private TrainingListener[] listeners = {};

        private Builder(boolean completionOnly, double weight) {
            this.completionOnly = completionOnly;
            this.weight = weight;
        }

        /**
         * Sets whether the prompt is left out of the cross-entropy.
         *
         * @param completionOnly default true for CFT, false for RCFT
         * @return this builder
         */
        public Builder optCompletionOnly(boolean completionOnly) {
            this.completionOnly = completionOnly;
            return this;
        }

        /**
         * Sets the weight of the calibration term.
         *
         * @param weight lambda, finite, {@code >= 0}, default 1 for RCFT; 0 leaves the term out
         * @return this builder
         */
        public Builder optWeight(double weight) {
            this.weight = Checks.nonNegative("weight", weight);
            return this;
        }

        /**
         * Sets whether the accuracies are estimated anew before each epoch.
         *
         * @param updated default true; false for the first epoch alone
         * @return this builder
         */
        public Builder optUpdated(boolean updated) {
            this.updated = updated;
            return this;
        }

        /**
         * Sets whether each bin weighs the same, however few questions are in it, as in the source.
         *
         * @param binsEqual default false: each question weighs the same
         * @return this builder
         */
        public Builder optBinsEqual(boolean binsEqual) {
            this.binsEqual = binsEqual;
            return this;
        }

        /**
         * Sets the number of bins of the accuracies.
         *
         * @param bins at least 1, default 10
         * @return this builder
         */
        public Builder optBins(int bins) {
            this.bins = Checks.atLeast("bins", bins, 1);
            return this;
        }

        /**
         * Sets the number of epochs.
         *
         * @param epochs at least 1, default 5
         * @return this builder
         */
        public Builder optEpochs(int epochs) {
            this.epochs = Checks.atLeast("epochs", epochs, 1);
            return this;
        }

        /**
         * Sets the number of questions of a batch.
         *
         * @param batchSize at least 1, default 32
         * @return this builder
         */
        public Builder optBatchSize(int batchSize) {
            this.batchSize = Checks.atLeast("batchSize", batchSize, 1);
            return this;
        }

        /**
         * Sets the learning rate.
         *
         * @param learningRate finite, above 0, default 1e-3, which is much for a large model
         * @return this builder
         */
        public Builder optLearningRate(float learningRate) {
            Checks.positive("learningRate", learningRate);
            this.learningRate = learningRate;
            return this;
        }

        /**
         * Sets who listens to the training.
         *
         * @param listeners DJL listeners
         * @return this builder
         */
        public Builder optTrainingListeners(TrainingListener... listeners) {
            this.listeners = listeners.clone();
            return this;
        }

        /**
         * Builds the recipe.
         *
         * @return the recipe
         */
        public CalibrationAwareFineTuning build() {
            return new CalibrationAwareFineTuning(this);
        }
    }
}
