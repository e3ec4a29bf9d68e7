package dev.candor.training;

import ai.djl.training.Trainer;
import ai.djl.training.listener.EarlyStoppingListener.EarlyStoppedException;
import ai.djl.training.listener.TrainingListenerAdapter;
import dev.candor.internal.Checks;
import java.util.List;
import java.util.Locale;

/**
 * Ends training when the validation set has shown no better epoch for a while, by default by
 * refinement.
 *
 * <p>DJL's way to end a {@code fit} is an exception: like its own listener, this one throws {@link
 * EarlyStoppedException}, which {@link CalibrationTraining#fit} catches. Listeners that come later
 * do not see the last epoch; make this one the last. {@link BestCheckpoint} gives back the weights
 * of the best epoch.
 *
 * <p>Needs a {@link CalibrationMonitor} among the listeners and a validation set. Keeps no state of
 * its own: it goes by the monitor's history, a resumed one too.
 */
public final class CalibrationEarlyStopping extends TrainingListenerAdapter {

    private final Criterion criterion;
    private final int patience;
    private final double leastImprovement;

    private CalibrationEarlyStopping(Builder builder) {
        this.criterion = builder.criterion;
        this.patience = builder.patience;
        this.leastImprovement = builder.leastImprovement;
    }

    /**
     * Returns early stopping by refinement.
     *
     * @param patience number of epochs without a better one after which training ends, at least 1
     * @return the listener
     */
    public static CalibrationEarlyStopping of(int patience) {
        return builder().optPatience(patience).build();
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
    public void onEpoch(Trainer trainer) {
        CalibrationMonitor monitor = CalibrationMonitor.in(trainer, this);
        if (monitor.measure(trainer) == null) {
            throw new IllegalStateException(
                    "CalibrationEarlyStopping has no validation set to go by, expected one");
        }
        String reason = reasonToStop(monitor);
        if (reason != null) {
            throw new EarlyStoppedException(monitor.finishedEpochs(), reason);
        }
    }

    /** Why training is over; null as long as it is not. */
    String reasonToStop(CalibrationMonitor monitor) {
        List<CalibrationEpoch> history = monitor.history();
        if (history.isEmpty()) {
            return null;
        }
        CalibrationEpoch best = criterion.best(history, leastImprovement);
        if (monitor.finishedEpochs() - best.epoch() < patience) {
            return null;
        }
        return String.format(
                Locale.ROOT,
                "%s %.4f of epoch %d was not bettered in %d epochs",
                criterion,
                criterion.of(best),
                best.epoch(),
                patience);
    }

    /** Builds a {@link CalibrationEarlyStopping}. */
    public static final class Builder {

        private Criterion criterion = Criterion.REFINEMENT;
        private int patience = 3;
        private double leastImprovement;

        private Builder() {}

        /**
         * Sets what is to improve.
         *
         * @param criterion default {@link Criterion#REFINEMENT}
         * @return this builder
         */
        public Builder optCriterion(Criterion criterion) {
            this.criterion = criterion;
            return this;
        }

        /**
         * Sets how long to wait for a better epoch.
         *
         * @param patience number of epochs, at least 1, default 3
         * @return this builder
         */
        public Builder optPatience(int patience) {
            this.patience = Checks.atLeast("patience", patience, 1);
            return this;
        }

        /**
         * Sets by how much an epoch must be better to count as such.
         *
         * @param leastImprovement in the unit of the criterion, {@code >= 0}, default 0
         * @return this builder
         */
        public Builder optLeastImprovement(double leastImprovement) {
            this.leastImprovement = Checks.nonNegative("leastImprovement", leastImprovement);
            return this;
        }

        /**
         * Builds the listener.
         *
         * @return the listener
         */
        public CalibrationEarlyStopping build() {
            return new CalibrationEarlyStopping(this);
        }
    }
}
