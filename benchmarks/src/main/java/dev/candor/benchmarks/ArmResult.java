package dev.candor.benchmarks;

import java.util.List;

/**
 * One way of training, as measured on the test images.
 *
 * @param name what tells it from the others, such as {@code focal loss}
 * @param description how the network was trained, in a sentence
 * @param history the course of training; empty where it was not recorded
 * @param before the network as trained
 * @param after the same network with its logits divided by the temperature
 * @param temperature fitted on the validation split
 * @param seconds wall time of the training
 */
record ArmResult(
        String name,
        String description,
        List<EpochRecord> history,
        CalibrationFigures before,
        CalibrationFigures after,
        double temperature,
        double seconds) {

    ArmResult {
        history = List.copyOf(history);
    }
}
