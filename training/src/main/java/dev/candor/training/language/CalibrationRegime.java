package dev.candor.training.language;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.candor.internal.Checks;
import dev.candor.metrics.CalibrationReport;

/**
 * Whether the calibration of a fine-tuned language model can be restored at its accuracy.
 *
 * <p>A model that is no more accurate than the critical accuracy can be made calibrated without
 * losing accuracy: completion-only fine-tuning, CFT, suffices. Above it some calibration error must
 * remain, and RCFT trades one for the other. The critical accuracy is that of the distribution the
 * texts come from, were it asked itself; it is not known, and stands in the judgement of whoever
 * fine-tunes: the accuracy of the model before it was aligned, or of a stronger one. Neither the
 * bound above the critical accuracy nor a test of samples is offered here.
 *
 * <p>Source: Xiao et al., <i>Restoring Calibration for Aligned Large Language Models: A
 * Calibration-Aware Fine-Tuning Approach</i>, ICML 2025, arXiv:2505.01997.
 */
public enum CalibrationRegime {
    /** The accuracy is at most the critical one. */
    CALIBRATABLE,
    /** The accuracy is above the critical one. */
    NON_CALIBRATABLE;

    /**
     * Tells the regime from accuracies.
     *
     * @param accuracy of the model, in {@code 0..1}
     * @param criticalAccuracy in {@code 0..1}
     * @return the regime
     * @throws IllegalArgumentException if a value is out of range
     */
    public static CalibrationRegime of(double accuracy, double criticalAccuracy) {
        Checks.within("accuracy", accuracy, 0, 1);
        Checks.within("criticalAccuracy", criticalAccuracy, 0, 1);
        return accuracy <= criticalAccuracy ? CALIBRATABLE : NON_CALIBRATABLE;
    }

    /**
     * Tells the regime from answers.
     *
     * @param logits of the options, {@code [N, J]}
     * @param answers the right options, {@code [N]}
     * @param criticalAccuracy in {@code 0..1}
     * @return the regime
     * @throws IllegalArgumentException if a shape does not fit or a value is out of range
     */
    public static CalibrationRegime of(NDArray logits, NDArray answers, double criticalAccuracy) {
        try (NDManager scope = logits.getManager().newSubManager()) {
            scope.tempAttachAll(logits, answers);
            return of(CalibrationReport.of(logits, answers).accuracy(), criticalAccuracy);
        }
    }
}
