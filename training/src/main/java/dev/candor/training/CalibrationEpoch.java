package dev.candor.training;

import dev.candor.metrics.CalibrationReport;
import java.util.Locale;

/**
 * How well calibrated a network was on the validation set after an epoch.
 *
 * @param epoch the epoch, the first is 1
 * @param accuracy share of right predictions, in {@code 0..1}
 * @param ece expected calibration error with bins of equal width, in {@code 0..1}
 * @param nll mean negative log-likelihood in nats
 * @param brier mean Brier score, summed over classes, in {@code 0..2}
 * @param temperature the temperature that minimises the negative log-likelihood
 * @param refinement the negative log-likelihood at that temperature: what calibration cannot mend
 */
public record CalibrationEpoch(
        int epoch,
        double accuracy,
        double ece,
        double nll,
        double brier,
        double temperature,
        double refinement) {

    static CalibrationEpoch of(
            int epoch, CalibrationReport report, double temperature, double refinement) {
        return new CalibrationEpoch(
                epoch,
                report.accuracy(),
                report.ece(),
                report.nll(),
                report.brier(),
                temperature,
                refinement);
    }

    /**
     * Returns what one temperature would take away from the negative log-likelihood.
     *
     * @return {@code nll - refinement}
     */
    public double calibration() {
        return nll - refinement;
    }

    /**
     * Returns the numbers.
     *
     * @return one line
     */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "epoch %d: validation accuracy %.4f, ECE %.4f, Brier %.4f, NLL %.4f = refinement"
                        + " %.4f + calibration %.4f, temperature %.3f",
                epoch,
                accuracy,
                ece,
                brier,
                nll,
                refinement,
                calibration(),
                temperature);
    }
}
