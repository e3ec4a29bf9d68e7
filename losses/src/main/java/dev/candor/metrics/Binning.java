package dev.candor.metrics;

/** How bins divide forecasts. */
public enum Binning {
    /** Bins of equal width, {@code 1/B} each. */
    EQUAL_WIDTH,
    /** Bins of equally many rows, to within one; also called adaptive. */
    EQUAL_MASS
}
