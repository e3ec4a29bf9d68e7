package dev.candor.benchmarks.suites;

import java.util.Locale;

/** What a suite can measure; each suite has some of them. */
public enum Part {
    /** Side by side with torch, torchmetrics and scikit-learn. */
    PEERS,
    /** Steps of training. */
    TRAINING_STEP,
    /** What is asked of the engine: calls, native memory, reads by the host. */
    CALLS,
    /** The most memory that is held. */
    MEMORY,
    /** In which data types the engine trains. */
    DATA_TYPES,
    /** How time grows with the number of samples and of classes. */
    GROWTH,
    /** What the plug-ins add to an epoch. */
    EPOCHS,
    /** The time of a prediction. */
    PREDICTIONS,
    /** Time and allocation of each loss and calibrator with JMH, which takes long. */
    KERNELS;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
