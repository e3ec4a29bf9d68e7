package dev.candor.calibrators.language;

import dev.candor.internal.Checks;
import java.util.Arrays;

/** Arithmetic of one distribution on the host. */
final class Distributions {

    private static final double MASS_TOLERANCE = 1e-6;

    private Distributions() {}

    static double[] checked(String name, double... p) {
        Checks.that(p.length > 1, "%s has %d values, expected at least 2", name, p.length);
        for (int k = 0; k < p.length; k++) {
            Checks.within(name + "[" + k + "]", p[k], 0, 1);
        }
        double sum = Arrays.stream(p).sum();
        Checks.that(Math.abs(sum - 1) <= MASS_TOLERANCE, "%s sums to %s, expected 1", name, sum);
        return p;
    }

    static double[] softmax(double... logits) {
        double[] log = logSoftmax(logits);
        return Arrays.stream(log).map(Math::exp).toArray();
    }

    static double[] logSoftmax(double... logits) {
        double top = Arrays.stream(logits).max().orElseThrow();
        double mass = Arrays.stream(logits).map(z -> Math.exp(z - top)).sum();
        double logMass = top + Math.log(mass);
        return Arrays.stream(logits).map(z -> z - logMass).toArray();
    }

    /** {@code -sum p ln p}. */
    static double entropy(double... p) {
        return Arrays.stream(p).filter(x -> x > 0).map(x -> -x * Math.log(x)).sum();
    }
}
