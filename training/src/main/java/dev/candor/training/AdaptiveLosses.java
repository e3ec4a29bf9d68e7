package dev.candor.training;

import ai.djl.Device;
import ai.djl.ndarray.NDList;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.listener.TrainingListenerAdapter;
import ai.djl.training.loss.Loss;
import dev.candor.calibrators.FitAccumulator;
import dev.candor.internal.Checks;
import dev.candor.losses.AdaFocalLoss;
import dev.candor.losses.AdaFocalRule;
import dev.candor.losses.AvucLoss;
import dev.candor.losses.BinAccuracy;
import dev.candor.losses.CorrectnessRankingLoss;
import dev.candor.losses.RcftLoss;
import dev.candor.metrics.Predictions;
import java.util.List;
import java.util.Map;

/**
 * Moves the state of losses that learn from one epoch to the next. Finds them in the trainer's
 * loss, within a {@link dev.candor.losses.CompositeLoss} too:
 *
 * <ul>
 *   <li>{@link AdaFocalLoss}: the gamma of each bin, from the validation set, after each epoch;
 *       needs a {@link CalibrationMonitor} among the listeners
 *   <li>{@link AvucLoss}: the running threshold, from the validation set, after each epoch
 *   <li>{@link CorrectnessRankingLoss}: the history of correctness, from the training batches, in
 *       force from the next epoch on; needs the training set within an {@link
 *       dev.candor.training.augmentation.IndexedDataset}
 *   <li>{@link RcftLoss}: the E-step, by a pass over the calibration set that the builder was told
 *       of, with the network as it is after each epoch
 * </ul>
 *
 * <p>Losses with a schedule, such as {@link dev.candor.losses.ScheduledFocalLoss} or the weights of
 * a composite, count their batches themselves. All of this is in the checkpoints of {@link
 * BestCheckpoint}; add that after this listener.
 */
public final class AdaptiveLosses extends TrainingListenerAdapter {

    private final Dataset calibrationSet;
    private final AdaFocalRule rule;

    private AdaptiveLosses(Builder builder) {
        this.calibrationSet = builder.calibrationSet;
        this.rule = builder.rule;
    }

    /**
     * Returns a listener for all losses but RCFT, which needs a calibration set.
     *
     * @return the listener
     */
    public static AdaptiveLosses of() {
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

    @Override
    public void onTrainingBegin(Trainer trainer) {
        Checks.that(
                calibrationSet != null || all(trainer, RcftLoss.class).isEmpty(),
                "no calibration set for the E-step of RcftLoss, expected one by optCalibrationSet");
    }

    private static <T extends Loss> List<T> all(Trainer trainer, Class<T> type) {
        return AdaptiveState.of(trainer.getLoss()).all(type);
    }

    @Override
    public void onTrainingBatch(Trainer trainer, BatchData batchData) {
        for (CorrectnessRankingLoss loss : all(trainer, CorrectnessRankingLoss.class)) {
            each(batchData, loss::observe);
        }
    }

    @Override
    public void onValidationBatch(Trainer trainer, BatchData batchData) {
        for (AvucLoss loss : all(trainer, AvucLoss.class)) {
            each(batchData, loss::observe);
        }
    }

    private static void each(BatchData batchData, Observer observer) {
        Map<Device, NDList> labels = batchData.getLabels();
        batchData
                .getPredictions()
                .forEach((device, outputs) -> observer.observe(labels.get(device), outputs));
    }

    @Override
    public void onEpoch(Trainer trainer) {
        List<AdaFocalLoss> focal = all(trainer, AdaFocalLoss.class);
        if (!focal.isEmpty()) {
            CalibrationMonitor monitor = CalibrationMonitor.in(trainer, this);
            if (monitor.measure(trainer) == null) {
                throw new IllegalStateException(
                        "AdaFocalLoss has no validation set to learn from, expected one");
            }
            Predictions seen = monitor.predictions();
            focal.forEach(
                    loss ->
                            loss.update(
                                    loss.gammas()
                                            .updated(seen.confidence(), seen.correct(), rule)));
        }
        all(trainer, AvucLoss.class).forEach(AvucLoss::updateThreshold);
        all(trainer, CorrectnessRankingLoss.class).forEach(loss -> loss.history().nextEpoch());
        for (RcftLoss loss : all(trainer, RcftLoss.class)) {
            loss.update(expectation(trainer, loss.accuracy().bins()));
        }
    }

    private BinAccuracy expectation(Trainer trainer, int bins) {
        try (FitAccumulator samples = Evaluation.of(trainer, calibrationSet)) {
            return samples.fit((logits, labels) -> BinAccuracy.of(logits, labels, bins));
        }
    }

    @FunctionalInterface
    private interface Observer {

        void observe(NDList labels, NDList predictions);
    }

    /** Builds an {@link AdaptiveLosses}. */
    public static final class Builder {

        private Dataset calibrationSet;
        private AdaFocalRule rule = AdaFocalRule.of();

        private Builder() {}

        /**
         * Sets the samples of the E-step of {@link RcftLoss}: those that are trained on, not the
         * validation set. They are evaluated once more after each epoch.
         *
         * @param calibrationSet the set, in any order
         * @return this builder
         */
        public Builder optCalibrationSet(Dataset calibrationSet) {
            this.calibrationSet = calibrationSet;
            return this;
        }

        /**
         * Sets how a gamma of {@link AdaFocalLoss} moves.
         *
         * @param rule default that of the authors' code
         * @return this builder
         */
        public Builder optAdaFocalRule(AdaFocalRule rule) {
            this.rule = rule;
            return this;
        }

        /**
         * Builds the listener.
         *
         * @return the listener
         */
        public AdaptiveLosses build() {
            return new AdaptiveLosses(this);
        }
    }
}
