package dev.candor.training;

import ai.djl.ndarray.NDArray;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import dev.candor.calibrators.Calibrator;
import dev.candor.calibrators.TemperatureScaling;
import dev.candor.internal.Checks;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/**
 * A {@link DefaultTrainingConfig} with the plug-ins of this package, in one line:
 *
 * <pre>{@code
 * DefaultTrainingConfig config = CalibrationTrainingConfig.of(loss, validation);
 * }</pre>
 *
 * <p>Brings a {@link CalibrationMonitor}, {@link AdaptiveLosses} and a {@link
 * SingleEvaluationLoss}; with a validation set also {@link BestCheckpoint} and {@link
 * PostHocCalibration}; and where asked {@link CalibrationEarlyStopping}. All that a {@link
 * DefaultTrainingConfig} takes can be added. Early stopping comes after the listeners that are
 * added, so that they see each epoch.
 */
public final class CalibrationTrainingConfig extends DefaultTrainingConfig {

    private final TrainingListener last;

    private CalibrationTrainingConfig(Builder builder) {
        super(builder.reuseLoss ? SingleEvaluationLoss.of(builder.loss) : builder.loss);
        addTrainingListeners(builder.monitor, builder.adaptive.build());
        if (builder.optimizer != null) {
            optOptimizer(builder.optimizer);
        }
        if (builder.validation != null) {
            addTrainingListeners(builder.checkpoint());
            addTrainingListeners(PostHocCalibration.of(builder.validation, builder.calibrator));
        }
        this.last = builder.patience == null ? null : builder.earlyStopping();
    }

    /**
     * Returns a configuration that watches calibration.
     *
     * @param loss the loss, any of DJL's too
     * @return the configuration
     */
    public static CalibrationTrainingConfig of(Loss loss) {
        return builder().setLoss(loss).build();
    }

    /**
     * Returns a configuration that watches calibration, restores the weights of the best epoch by
     * refinement and puts a fitted temperature behind the network.
     *
     * @param loss the loss, any of DJL's too
     * @param validation samples that are not trained on
     * @return the configuration
     */
    public static CalibrationTrainingConfig of(Loss loss, Dataset validation) {
        return builder().setLoss(loss).optValidation(validation).build();
    }

    /**
     * Returns a builder.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public List<TrainingListener> getTrainingListeners() {
        List<TrainingListener> listeners = new ArrayList<>(super.getTrainingListeners());
        if (last != null) {
            listeners.add(last);
        }
        return listeners;
    }

    /** Builds a {@link CalibrationTrainingConfig}. */
    public static final class Builder {

        private Loss loss;
        private Dataset validation;
        private BiFunction<NDArray, NDArray, ? extends Calibrator> calibrator =
                TemperatureScaling::fit;
        private CalibrationMonitor monitor = CalibrationMonitor.of();
        private final AdaptiveLosses.Builder adaptive = AdaptiveLosses.builder();
        private final BestCheckpoint.Builder checkpoint = BestCheckpoint.builder();
        private Criterion criterion = Criterion.REFINEMENT;
        private Integer patience;
        private boolean reuseLoss = true;
        private Optimizer optimizer;

        private Builder() {}

        /**
         * Sets the loss. Required.
         *
         * @param loss the loss, any of DJL's too
         * @return this builder
         */
        public Builder setLoss(Loss loss) {
            this.loss = loss;
            return this;
        }

        /**
         * Sets the samples to which a calibrator is fitted at the end, and by which the best epoch
         * is chosen; the validation set of {@code fit}, as a rule.
         *
         * @param validation samples that are not trained on
         * @return this builder
         */
        public Builder optValidation(Dataset validation) {
            this.validation = validation;
            return this;
        }

        /**
         * Sets what is fitted at the end.
         *
         * @param method takes logits and labels, default {@code TemperatureScaling::fit}
         * @return this builder
         */
        public Builder optCalibrator(BiFunction<NDArray, NDArray, ? extends Calibrator> method) {
            this.calibrator = method;
            return this;
        }

        /**
         * Sets the monitor, one that writes files for example.
         *
         * @param monitor default {@link CalibrationMonitor#of()}
         * @return this builder
         */
        public Builder optMonitor(CalibrationMonitor monitor) {
            this.monitor = monitor;
            return this;
        }

        /**
         * Sets the samples of the E-step of RCFT, see {@link AdaptiveLosses}.
         *
         * @param calibrationSet the training set
         * @return this builder
         */
        public Builder optCalibrationSet(Dataset calibrationSet) {
            this.adaptive.optCalibrationSet(calibrationSet);
            return this;
        }

        /**
         * Sets where checkpoints are kept, from which {@link CalibrationTraining#fit} resumes.
         *
         * @param directory made if it does not exist; one for each training
         * @return this builder
         */
        public Builder optDirectory(Path directory) {
            this.checkpoint.optDirectory(directory);
            return this;
        }

        /**
         * Sets a seed for each epoch, see {@link BestCheckpoint.Builder#optSeed}.
         *
         * @param seed the seed of the first epoch
         * @return this builder
         */
        public Builder optSeed(int seed) {
            this.checkpoint.optSeed(seed);
            return this;
        }

        /**
         * Sets an optimizer whose state is in the checkpoints.
         *
         * @param optimizer the optimizer
         * @return this builder
         */
        public Builder optOptimizer(ResumableAdam optimizer) {
            this.checkpoint.optOptimizer(optimizer);
            this.optimizer = optimizer;
            return this;
        }

        /**
         * Sets what makes an epoch the best, for checkpoints and early stopping.
         *
         * @param criterion default {@link Criterion#REFINEMENT}
         * @return this builder
         */
        public Builder optCriterion(Criterion criterion) {
            this.criterion = criterion;
            return this;
        }

        /**
         * Asks for early stopping.
         *
         * @param patience number of epochs without a better one after which training ends
         * @return this builder
         */
        public Builder optPatience(int patience) {
            this.patience = Checks.atLeast("patience", patience, 1);
            return this;
        }

        /**
         * Sets whether the loss is evaluated once for each training batch, see {@link
         * SingleEvaluationLoss}. To be turned off where the parts of a composite are evaluators.
         *
         * @param reuseLoss default true
         * @return this builder
         */
        public Builder optReuseLoss(boolean reuseLoss) {
            this.reuseLoss = reuseLoss;
            return this;
        }

        private BestCheckpoint checkpoint() {
            return checkpoint.optCriterion(criterion).build();
        }

        private CalibrationEarlyStopping earlyStopping() {
            return CalibrationEarlyStopping.builder()
                    .optCriterion(criterion)
                    .optPatience(patience)
                    .build();
        }

        /**
         * Builds the configuration.
         *
         * @return the configuration
         * @throws IllegalArgumentException if no loss was set
         */
        public CalibrationTrainingConfig build() {
            Checks.that(loss != null, "no loss set");
            return new CalibrationTrainingConfig(this);
        }
    }
}
