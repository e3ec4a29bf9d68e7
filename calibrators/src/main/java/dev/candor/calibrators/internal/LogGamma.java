package dev.candor.calibrators.internal;

/** The logarithm of the gamma function, by its asymptotic series. */
public final class LogGamma {

    /** From here on eight terms of the series reach the precision of float64. */
    private static final double LARGE = 10;

    private static final double HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

    /** Bernoulli numbers B_2n over 2n (2n - 1). */
    private static final double[] SERIES = {
        1.0 / 12,
        -1.0 / 360,
        1.0 / 1260,
        -1.0 / 1680,
        1.0 / 1188,
        -691.0 / 360_360,
        1.0 / 156,
        -3617.0 / 122_400
    };

    private LogGamma() {}

    /** The value at {@code x > 0}. */
    public static double at(double x) {
        double shifted = x;
        double product = 1;
        while (shifted < LARGE) {
            product *= shifted++;
        }
        double square = 1 / (shifted * shifted);
        double series = 0;
        for (int i = SERIES.length - 1; i >= 0; i--) {
            series = series * square + SERIES[i];
        }
        return (shifted - 0.5) * Math.log(shifted)
                - shifted
                + HALF_LOG_TWO_PI
                + series / shifted
                - Math.log(product);
    }
}
