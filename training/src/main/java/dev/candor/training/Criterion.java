package dev.candor.training;

import java.util.List;
import java.util.function.ToDoubleFunction;

/** By what the best epoch is chosen; less is better. */
public enum Criterion {

    /**
     * The negative log-likelihood after temperature scaling. The right one to stop on: what one
     * temperature mends afterwards does not count.
     *
     * <p>Source: Berta, Holzm&uuml;ller, Jordan and Bach, <i>Rethinking Early Stopping: Refine,
     * Then Calibrate</i>, 2025, arXiv:2501.19195.
     */
    REFINEMENT(CalibrationEpoch::refinement),

    /** The expected calibration error: for networks that will not be calibrated afterwards. */
    ECE(CalibrationEpoch::ece),

    /** The negative log-likelihood as trained. */
    NLL(CalibrationEpoch::nll);

    private final ToDoubleFunction<CalibrationEpoch> value;

    Criterion(ToDoubleFunction<CalibrationEpoch> value) {
        this.value = value;
    }

    /**
     * Returns the value of an epoch.
     *
     * @param epoch the epoch
     * @return the value, less is better
     */
    public double of(CalibrationEpoch epoch) {
        return value.applyAsDouble(epoch);
    }

    /** The best epoch, the first among equals; one that is not finite is never better. */
    CalibrationEpoch best(List<CalibrationEpoch> epochs, double leastImprovement) {
        CalibrationEpoch best = epochs.get(0);
        for (CalibrationEpoch epoch : epochs) {
            if (isBetter(epoch, best, leastImprovement)) {
                best = epoch;
            }
        }
        return best;
    }

    private boolean isBetter(CalibrationEpoch epoch, CalibrationEpoch best, double by) {
        return of(epoch) < of(best) - by || Double.isNaN(of(best)) && !Double.isNaN(of(epoch));
    }
}
