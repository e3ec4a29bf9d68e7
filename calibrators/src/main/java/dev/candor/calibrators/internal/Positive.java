package dev.candor.calibrators.internal;

/** The softplus, by which arrays without bounds stand for positive numbers. */
public final class Positive {

    /** Where the softplus is one. */
    public static final double ONE = Math.log(Math.E - 1);

    private Positive() {}
}
