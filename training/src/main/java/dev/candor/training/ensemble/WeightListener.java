package dev.candor.training.ensemble;

import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListenerAdapter;
import dev.candor.internal.Checks;

/** Collects the weights at the end of epochs. */
abstract class WeightListener extends TrainingListenerAdapter {

    private final int firstEpoch;
    private final WeightMoments moments;

    private int epoch;

    WeightListener(int firstEpoch, int columns) {
        this.firstEpoch = Checks.atLeast("firstEpoch", firstEpoch, 1);
        this.moments = new WeightMoments(columns);
    }

    /** {@inheritDoc} Adds the weights as they are to the average. */
    @Override
    public final void onEpoch(Trainer trainer) {
        epoch++;
        if (epoch >= firstEpoch) {
            moments.add(WeightMoments.read(trainer.getModel()));
        }
    }

    /**
     * Returns the number of weights averaged so far.
     *
     * @return the number of epochs that counted
     */
    public final int collected() {
        return moments.count();
    }

    final WeightMoments moments() {
        Checks.that(
                moments.count() > 0,
                "no weights collected: %d epochs seen, the first to count is %d",
                epoch,
                firstEpoch);
        return moments;
    }
}
