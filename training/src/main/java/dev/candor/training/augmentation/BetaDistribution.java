package dev.candor.training.augmentation;

import java.util.random.RandomGenerator;

/** Draws from {@code Beta(alpha, alpha)}, as {@code X / (X + Y)} of two gamma variates. */
final class BetaDistribution {

    private BetaDistribution() {}

    static double draw(double alpha, RandomGenerator random) {
        // The logarithms, for variates of a small shape underflow.
        double difference = logGamma(alpha, random) - logGamma(alpha, random);
        return 1 / (1 + Math.exp(-difference));
    }

    /**
     * The logarithm of a gamma variate, by the squeeze of Marsaglia and Tsang, <i>A Simple Method
     * for Generating Gamma Variables</i>, ACM TOMS 2000.
     */
    private static double logGamma(double shape, RandomGenerator random) {
        if (shape < 1) {
            return logGamma(shape + 1, random) + Math.log(1 - random.nextDouble()) / shape;
        }
        double d = shape - 1.0 / 3;
        while (true) {
            double x = random.nextGaussian();
            double root = 1 + x / Math.sqrt(9 * d);
            if (root > 0) {
                double v = root * root * root;
                double bound = x * x / 2 + d - d * v + d * Math.log(v);
                if (Math.log(1 - random.nextDouble()) < bound) {
                    return Math.log(d * v);
                }
            }
        }
    }
}
