package dev.candor.benchmarks.suites;

/** What a loss takes as predictions and labels. */
public enum LossInput {
    /** Logits {@code [N, C]} and class indices {@code [N]}. */
    CLASS_LABELS,
    /** Logits {@code [N, C]} and distributions {@code [N, C]}. */
    SOFT_LABELS,
    /** Logits {@code [N, C]} and zeros and ones {@code [N, C]}. */
    MULTI_LABEL,
    /** Negative distances {@code [N, C]} and class indices {@code [N]}. */
    DISTANCES,
    /** Logits {@code [N, T, C]} and class indices {@code [N, T]}, some of which do not count. */
    TOKENS,
    /**
     * Logits {@code [N, C]}, class indices {@code [N]} and the places of the samples {@code [N]}.
     */
    SAMPLES
}
