package dev.candor.calibrators;

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
    BRIER
}
