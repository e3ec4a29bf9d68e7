package dev.candor.metrics;

/** To which bin of equal width a forecast belongs that lies on an edge. */
public enum BinEdge {
    /** Bins {@code (l, r]}, as in Guo et al. 2017; zero belongs to the first. */
    RIGHT_CLOSED,
    /** Bins {@code [l, r)}, as in torchmetrics and netcal; one belongs to the last. */
    LEFT_CLOSED
}
