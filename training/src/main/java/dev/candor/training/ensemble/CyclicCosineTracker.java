package dev.candor.training.ensemble;

import ai.djl.training.tracker.Tracker;
import dev.candor.internal.Checks;

/**
 * A learning rate that falls along half a cosine and starts anew.
 *
 * <pre>
 *   a(t) = (a_0 / 2) (cos(pi mod(t - 1, U) / U) + 1)
 * </pre>
 *
 * <p>{@code t = 1, 2, ...} counts updates, {@code U} is the number of updates of a cycle and {@code
 * a_0} the rate it starts from.
 *
 * <p>Source: Loshchilov and Hutter, <i>SGDR: Stochastic Gradient Descent with Warm Restarts</i>,
 * ICLR 2017, arXiv:1608.03983; in this form Huang et al., <i>Snapshot Ensembles: Train 1, Get M for
 * Free</i>, ICLR 2017, arXiv:1704.00109, equation 2.
 */
public final class CyclicCosineTracker implements Tracker {

    private final double start;
    private final int updatesPerCycle;

    private CyclicCosineTracker(double start, int updatesPerCycle) {
        this.start = start;
        this.updatesPerCycle = updatesPerCycle;
    }

    /**
     * Returns a schedule.
     *
     * @param start the rate at the start of each cycle, above 0
     * @param updatesPerCycle updates of a cycle, at least 1
     * @return the schedule
     */
    public static CyclicCosineTracker of(double start, int updatesPerCycle) {
        return new CyclicCosineTracker(
                Checks.positive("start", start),
                Checks.atLeast("updatesPerCycle", updatesPerCycle, 1));
    }

    /**
     * Returns the rate at an update.
     *
     * @param numUpdate the number of the update, from 1
     * @return the rate
     */
    @Override
    public float getNewValue(int numUpdate) {
        int within = Math.floorMod(numUpdate - 1, updatesPerCycle);
        return (float) (start / 2 * (Math.cos(Math.PI * within / updatesPerCycle) + 1));
    }
}
