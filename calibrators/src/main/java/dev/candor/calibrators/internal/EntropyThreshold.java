package dev.candor.calibrators.internal;

import dev.candor.internal.Checks;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The entropy from which on samples are given up.
 *
 * @param value the threshold; infinite where none is given up
 * @param spent the samples it was fitted to
 */
public record EntropyThreshold(double value, boolean[] spent) {

    private static final int SHARE = 10;
    private static final int MOST = 500;
    private static final int BINS = 20;

    /**
     * The quantile of the samples classified right.
     *
     * @param order in which samples are taken
     */
    public static EntropyThreshold ofMiscoverage(
            double[] entropies, boolean[] right, int[] order, double miscoverage) {
        int[] candidates = IntStream.of(order).filter(i -> right[i]).toArray();
        if (candidates.length == 0) {
            return new EntropyThreshold(Double.POSITIVE_INFINITY, new boolean[right.length]);
        }
        int[] taken = first(candidates);
        double[] sorted = IntStream.of(taken).mapToDouble(i -> entropies[i]).sorted().toArray();
        return new EntropyThreshold(
                HigherQuantile.of(sorted, 1 - miscoverage), marks(taken, order));
    }

    /**
     * Where the samples of lower entropy reach an accuracy.
     *
     * @param order in which samples are taken
     */
    public static EntropyThreshold ofAccuracy(
            double[] entropies, boolean[] right, int[] order, double accuracy) {
        int[] taken = first(order);
        double[] values = IntStream.of(taken).mapToDouble(i -> entropies[i]).toArray();
        double[] hits = IntStream.of(taken).mapToDouble(i -> right[i] ? 1 : 0).toArray();
        double[] ones = new double[taken.length];
        Arrays.fill(ones, 1);
        double[] edges = Bins.equalMass(values, BINS);
        Bins accuracies = Bins.of(edges, values, hits, ones);
        Bins means = Bins.of(edges, values, values, ones);
        int[] bins =
                IntStream.range(0, edges.length + 1)
                        .filter(bin -> means.weights()[bin] > 0)
                        .toArray();
        double[] x = new double[bins.length];
        double[] y = new double[bins.length];
        double sum = 0;
        for (int i = 0; i < bins.length; i++) {
            sum += accuracies.mean(bins[i]);
            x[i] = -sum / (i + 1);
            y[i] = means.mean(bins[i]);
        }
        double lowest = -Arrays.stream(x).max().orElseThrow();
        double highest = -Arrays.stream(x).min().orElseThrow();
        Checks.that(
                accuracy <= highest,
                "coverageAccuracy = %s, expected at most %s, the accuracy of the samples of lowest"
                        + " entropy",
                accuracy,
                highest);
        double value =
                accuracy <= lowest
                        ? Double.POSITIVE_INFINITY
                        : PoolAdjacentViolators.of(x, y, null).linear(-accuracy);
        return new EntropyThreshold(value, marks(taken, order));
    }

    private static int[] first(int[] candidates) {
        int count = Math.max(1, Math.min(MOST, candidates.length / SHARE));
        return Arrays.copyOf(candidates, count);
    }

    private static boolean[] marks(int[] taken, int[] all) {
        boolean[] marks = new boolean[all.length];
        for (int i : taken) {
            marks[i] = true;
        }
        return marks;
    }
}
