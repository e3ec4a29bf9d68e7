package dev.candor.calibrators.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ExponentialTest {

    private static final double RELATIVE_TOLERANCE = 1e-12;
    private static final double NEGLIGIBLE = 1e-30;

    private static double[] of(double... x) {
        double[] powers = new double[x.length];
        Exponential.of(x, powers, x.length);
        return powers;
    }

    @Test
    void isTheExponentialWhereItCounts() {
        double[] x = new double[100_001];
        Arrays.setAll(x, k -> k * -0.0005);
        double[] powers = of(x.clone());
        for (int k = 0; k < x.length; k++) {
            double expected = Math.exp(x[k]);
            assertThat(powers[k]).isCloseTo(expected, within(RELATIVE_TOLERANCE * expected));
        }
    }

    @Test
    void isOneAtZeroExactly() {
        assertThat(of(0, -0.0)).containsExactly(1, 1);
    }

    @Test
    void fadesOutBelow() {
        double[] x = {-70, -100, -300, -699, -700, -5000, -1e300, Double.NEGATIVE_INFINITY};
        for (double power : of(x)) {
            assertThat(power).isBetween(0.0, NEGLIGIBLE);
        }
    }

    @Test
    void keepsNaN() {
        assertThat(of(Double.NaN)[0]).isNaN();
    }
}
