package dev.candor.calibrators.internal;

import java.util.Arrays;
import java.util.stream.IntStream;

/** A logistic curve in bins of equally many samples, each at the mean of the curve. */
public final class ScaledBins {

    private static final double LEAST = 1e-12;
    private static final int MAX_ITERATIONS = 100;

    private ScaledBins() {}

    /**
     * Fits curve, edges and means, each to its part of the samples.
     *
     * @param x probabilities
     * @param hits 1 or 0 for each
     * @param order the samples, parted one after the other
     * @param parts 3, or 1 if all steps take all samples
     * @param bins how many
     */
    public static Piecewise of(double[] x, double[] hits, int[] order, int parts, int bins) {
        int[] first = part(order, 0, parts);
        double[] logits = Arrays.stream(pick(x, first)).map(ScaledBins::logit).toArray();
        double[] line = line(logits, pick(hits, first));
        double[] edges = edges(line, pick(x, part(order, 1 % parts, parts)), bins);
        double[] last = pick(x, part(order, 2 % parts, parts));
        double[] scaled = Arrays.stream(last).map(p -> at(line, logit(p))).toArray();
        double[] ones = new double[last.length];
        Arrays.fill(ones, 1);
        Bins binned = Bins.of(edges, last, scaled, ones);
        double[] means = new double[edges.length + 1];
        Arrays.setAll(
                means,
                bin ->
                        binned.weights()[bin] > 0
                                ? binned.mean(bin)
                                : at(line, logit(binned.midpoint(bin))));
        return new Piecewise(edges, means);
    }

    /** Edges of equal mass in the middle between values of the curve, as probabilities. */
    private static double[] edges(double[] line, double[] x, int bins) {
        if (line[0] == 0) {
            return new double[0];
        }
        double[] scaled = Arrays.stream(x).map(p -> at(line, logit(p))).toArray();
        return Arrays.stream(Bins.equalMass(scaled, bins))
                .map(g -> 1 / (1 + Math.exp(-(logit(g) - line[1]) / line[0])))
                .sorted()
                .distinct()
                .toArray();
    }

    /** Slope and intercept of the log-odds. */
    private static double[] line(double[] logits, double[] hits) {
        double[] ones = new double[hits.length];
        double[] shares = new double[hits.length];
        Arrays.fill(ones, 1);
        Arrays.fill(shares, 1.0 / hits.length);
        return new LogisticRegression(new double[][] {logits, ones}, hits, shares)
                .fit(MAX_ITERATIONS)
                .weights();
    }

    private static double at(double[] line, double logit) {
        return 1 / (1 + Math.exp(-(line[0] * logit + line[1])));
    }

    private static double logit(double p) {
        double inside = Math.max(LEAST, Math.min(1 - LEAST, p));
        return Math.log(inside) - Math.log1p(-inside);
    }

    private static int[] part(int[] order, int part, int parts) {
        long size = order.length;
        return Arrays.copyOfRange(
                order, (int) (size * part / parts), (int) (size * (part + 1) / parts));
    }

    private static double[] pick(double[] values, int[] places) {
        return IntStream.of(places).mapToDouble(i -> values[i]).toArray();
    }
}
