package dev.candor.calibrators.internal;

/** The exponential function over arrays, written so that the compiler vectorises it. */
public final class Exponential {

    /** Below this, {@code e^x} adds nothing to a sum that holds a one. */
    private static final double SMALLEST = -700;

    private static final double PART = 1.0 / 4096;

    private Exponential() {}

    /**
     * Computes {@code e^x} as {@code (e^{x/4096})^4096}: a short series, then squarings.
     *
     * @param x nonpositive numbers, raised to -700 where they are below
     * @param powers their exponentials, to a relative error of 1e-12 down to {@code x = -50}, and
     *     an absolute one far smaller below
     * @param length how many
     */
    public static void of(double[] x, double[] powers, int length) {
        for (int k = 0; k < length; k++) {
            x[k] = Math.max(x[k], SMALLEST);
        }
        for (int k = 0; k < length; k++) {
            double r = x[k] * PART;
            double p = 1.0 / 120 + r * (1.0 / 720);
            p = 1 + r * (1 + r * (1.0 / 2 + r * (1.0 / 6 + r * (1.0 / 24 + r * p))));
            p *= p;
            p *= p;
            p *= p;
            p *= p;
            p *= p;
            p *= p;
            p *= p;
            p *= p;
            p *= p;
            p *= p;
            p *= p;
            p *= p;
            powers[k] = p;
        }
    }
}
