package dev.candor.calibrators;

import dev.candor.internal.Checks;

/** What a fit minimises, as a mean over samples. */
public enum Objective {
    /**
     * Negative log-likelihood {@code -log p_y}, in nats. The usual choice: statistically efficient,
     * and it punishes certainty that is wrong without bound.
     */
    LIKELIHOOD,
    /**
     * Brier score {@code sum_k (p_k - y_k)^2}, with y the one-hot label. Bounded, so that few wrong
     * labels weigh less; not convex, so that the fit ends in a local minimum.
     */
    BRIER,
    /**
     * Soft-binned expected calibration error of the most probable class, 15 bins, norm 2, as {@link
     * dev.candor.losses.SoftBinnedEceLoss} has it. No proper score: a map that knows nothing but
     * the accuracy has none of it, so only methods that keep the ranking take it. Networks take its
     * mean over batches, which weights leave alone.
     */
    SOFT_BINNED_ECE;

    /** Refuses the soft-binned error, which is no sum over samples. */
    static Objective ofSamples(Objective objective) {
        Checks.that(
                objective != SOFT_BINNED_ECE,
                "objective = %s, expected %s or %s: this method may give up accuracy for it",
                objective,
                LIKELIHOOD,
                BRIER);
        return objective;
    }
}
