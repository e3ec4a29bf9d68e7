package dev.candor.calibrators.internal;

import java.util.Arrays;

/**
 * Bins of probabilities with the samples in them. Bins are {@code [l, r)}, the last {@code [l, 1]}.
 *
 * @param edges the ascending edges between the bins, without 0 and 1
 * @param sums of the hits of each bin, weighted
 * @param weights of each bin
 */
public record Bins(double[] edges, double[] sums, double[] weights) {

    /** Edges of bins of equal width. */
    public static double[] equalWidth(int bins) {
        double[] edges = new double[bins - 1];
        Arrays.setAll(edges, i -> (i + 1) / (double) bins);
        return edges;
    }

    /** Edges of bins of equally many samples, in the middle between neighbours; each edge once. */
    public static double[] equalMass(double[] x, int bins) {
        return equalMass(x, bins, new double[x.length]);
    }

    /**
     * Edges of bins of equally many samples.
     *
     * @param sorted as long as x, to be overwritten
     */
    public static double[] equalMass(double[] x, int bins, double[] sorted) {
        System.arraycopy(x, 0, sorted, 0, x.length);
        Arrays.sort(sorted);
        int count = Math.min(bins, x.length);
        int size = x.length / count;
        int larger = x.length % count;
        double[] edges = new double[count - 1];
        int end = 0;
        for (int bin = 0; bin < edges.length; bin++) {
            end += bin < larger ? size + 1 : size;
            edges[bin] = sorted[end - 1] + (sorted[end] - sorted[end - 1]) / 2;
        }
        return Ascending.distinct(edges);
    }

    /** Puts samples into bins. */
    public static Bins of(double[] edges, double[] x, double[] hits, double[] weights) {
        Piecewise places = new Piecewise(edges, edges);
        double[] sums = new double[edges.length + 1];
        double[] mass = new double[sums.length];
        for (int i = 0; i < x.length; i++) {
            int bin = places.count(x[i]);
            sums[bin] += weights[i] * hits[i];
            mass[bin] += weights[i];
        }
        return new Bins(edges, sums, mass);
    }

    /** The middle of a bin. */
    public double midpoint(int bin) {
        double left = bin == 0 ? 0 : edges[bin - 1];
        double right = bin == edges.length ? 1 : edges[bin];
        return (left + right) / 2;
    }

    /** The mean of the hits of a bin; its midpoint if it is empty. */
    public double mean(int bin) {
        return weights[bin] > 0 ? sums[bin] / weights[bin] : midpoint(bin);
    }

    /** The step function of the means. */
    public Piecewise means() {
        double[] means = new double[sums.length];
        Arrays.setAll(means, this::mean);
        return new Piecewise(edges, means);
    }
}
