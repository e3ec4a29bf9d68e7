package dev.candor.calibrators.internal;

import java.util.Arrays;

/**
 * Logistic regression on one number, by Newton's method with halved steps: {@code P(hit) = 1 / (1 +
 * exp(-(slope x + intercept)))}. A penalty of {@code 1e-10 slope^2 / 2} keeps the slope finite.
 *
 * @param slope of x
 * @param intercept at zero
 */
public record LogisticLine(double slope, double intercept) {

    private static final double PENALTY = 1e-10;
    private static final double TOLERANCE = 1e-11;
    private static final int MAX_STEPS = 100;
    private static final int MAX_HALVINGS = 40;

    private static final LogisticLine FLAT = new LogisticLine(0, 0);

    /** Fits to numbers and whether each is a hit. */
    public static LogisticLine of(double[] x, double[] hits) {
        LogisticLine line = FLAT;
        double value = line.loss(x, hits);
        for (int step = 0; step < MAX_STEPS; step++) {
            LogisticLine next = line.newton(x, hits);
            double nextValue = next.loss(x, hits);
            for (int i = 0; i < MAX_HALVINGS && !(nextValue < value); i++) {
                next =
                        new LogisticLine(
                                (line.slope + next.slope) / 2,
                                (line.intercept + next.intercept) / 2);
                nextValue = next.loss(x, hits);
            }
            if (!(nextValue < value)) {
                return line;
            }
            boolean settled = value - nextValue <= TOLERANCE * TOLERANCE * (1 + value);
            line = next;
            value = nextValue;
            if (settled) {
                return line;
            }
        }
        return line;
    }

    /** The probability of a hit. */
    public double at(double x) {
        return 1 / (1 + Math.exp(-(slope * x + intercept)));
    }

    private double loss(double[] x, double[] hits) {
        double sum = PENALTY * slope * slope / 2;
        for (int i = 0; i < x.length; i++) {
            double margin = (2 * hits[i] - 1) * (slope * x[i] + intercept);
            sum += Math.max(-margin, 0) + Math.log1p(Math.exp(-Math.abs(margin)));
        }
        return sum;
    }

    private LogisticLine newton(double[] x, double[] hits) {
        double[] sums = new double[5];
        sums[0] = PENALTY * slope;
        sums[2] = PENALTY;
        for (int i = 0; i < x.length; i++) {
            double p = at(x[i]);
            double miss = p - hits[i];
            double curvature = p * (1 - p);
            sums[0] += miss * x[i];
            sums[1] += miss;
            sums[2] += curvature * x[i] * x[i];
            sums[3] += curvature * x[i];
            sums[4] += curvature;
        }
        double ridge = Double.MIN_NORMAL + TOLERANCE * Arrays.stream(sums, 2, 5).sum();
        double determinant = (sums[2] + ridge) * (sums[4] + ridge) - sums[3] * sums[3];
        double alongSlope = ((sums[4] + ridge) * sums[0] - sums[3] * sums[1]) / determinant;
        double alongIntercept = ((sums[2] + ridge) * sums[1] - sums[3] * sums[0]) / determinant;
        return new LogisticLine(slope - alongSlope, intercept - alongIntercept);
    }
}
