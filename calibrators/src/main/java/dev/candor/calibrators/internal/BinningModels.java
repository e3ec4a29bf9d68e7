package dev.candor.calibrators.internal;

import java.util.Arrays;

/**
 * Binnings into quantiles with their Bayesian weights. An instance lends its memory to one fit
 * after the other.
 */
public final class BinningModels {

    private static final double LEAST_PRIOR = 0.005;
    private static final double SAMPLES_PER_BIN = 2;

    /** Steps of a smaller height are rounding, or as good as none. */
    private static final double NEGLIGIBLE = 1e-12;

    /** More than any of the models has for a million samples. */
    private static final int MOST_STEPS = 1023;

    private final Double priorSize;
    private final int least;
    private final int most;
    private final double[] sorted;
    private final double[] hitsBefore;
    private final double[] weights;

    /** The lowest step of each model, and where its edges end among those of all. */
    private final double[] floors;

    private final int[] ends;
    private final double[] edges;
    private final double[] rises;
    private final double[] kept;
    private final double[] values;
    private final Ascending ascending;

    /**
     * Weighs the models of so many samples.
     *
     * @param size the number of samples
     * @param priorSize the equivalent sample size of the prior; null for two for each bin
     */
    public BinningModels(int size, Double priorSize) {
        this.priorSize = priorSize;
        double root = Math.cbrt(size);
        least = Math.max(1, (int) (root / 10));
        most = Math.max(least, (int) Math.min(Math.ceil(size / 5.0), Math.ceil(10 * root)));
        sorted = new double[size];
        hitsBefore = new double[size + 1];
        weights = new double[most - least + 1];
        floors = new double[weights.length];
        ends = new int[weights.length];
        edges = new double[(most - 1 + least - 1) * weights.length / 2];
        rises = new double[edges.length];
        kept = new double[edges.length];
        values = new double[edges.length + 1];
        ascending = new Ascending(Math.max(size, edges.length));
    }

    /**
     * Weighs the models.
     *
     * @param x probabilities, as many as there are samples
     * @param hits 1 or 0 for each
     * @return this, which the next call changes
     */
    public BinningModels fit(double[] x, double[] hits) {
        int[] order = ascending.places(x, x.length);
        for (int i = 0; i < x.length; i++) {
            sorted[i] = x[order[i]];
            hitsBefore[i + 1] = hitsBefore[i] + hits[order[i]];
        }
        int end = 0;
        for (int i = 0; i < weights.length; i++) {
            Bins model = bins(quantiles(sorted, least + i), sorted, hitsBefore);
            int size = model.sums().length;
            double prior = priorSize == null ? SAMPLES_PER_BIN : priorSize / size;
            weights[i] = logLikelihood(model, prior);
            floors[i] = mean(model, 0);
            for (int edge = 0; edge < size - 1; edge++) {
                edges[end] = model.edges()[edge];
                rises[end++] = mean(model, edge + 1) - mean(model, edge);
            }
            ends[i] = end;
        }
        toPosterior();
        return this;
    }

    /** By linear interpolation between neighbours; each once. */
    private static double[] quantiles(double[] sorted, int bins) {
        double[] edges = new double[bins - 1];
        for (int i = 0; i < edges.length; i++) {
            double place = (sorted.length - 1) * ((i + 1) / (double) bins);
            int below = (int) place;
            double step = sorted[Math.min(below + 1, sorted.length - 1)] - sorted[below];
            edges[i] = sorted[below] + (place - below) * step;
        }
        return Ascending.distinct(edges);
    }

    private static Bins bins(double[] edges, double[] sorted, double[] hitsBefore) {
        double[] sums = new double[edges.length + 1];
        double[] counts = new double[sums.length];
        int begin = 0;
        for (int bin = 0; bin < sums.length; bin++) {
            int end = bin == edges.length ? sorted.length : firstNotBelow(edges[bin], sorted);
            sums[bin] = hitsBefore[end] - hitsBefore[begin];
            counts[bin] = end - begin;
            begin = end;
        }
        return new Bins(edges, sums, counts);
    }

    private static int firstNotBelow(double value, double[] sorted) {
        int low = 0;
        int high = sorted.length;
        while (low < high) {
            int middle = low + high >>> 1;
            if (sorted[middle] < value) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private static double prior(Bins model, int bin) {
        return Math.max(LEAST_PRIOR, Math.min(1 - LEAST_PRIOR, model.midpoint(bin)));
    }

    private static double logLikelihood(Bins model, double priorSize) {
        double sum = model.sums().length * LogGamma.at(priorSize);
        for (int bin = 0; bin < model.sums().length; bin++) {
            double hits = model.sums()[bin];
            double misses = model.weights()[bin] - hits;
            double a = priorSize * prior(model, bin);
            sum -= LogGamma.at(hits + misses + priorSize);
            sum += rise(a, hits) + rise(priorSize - a, misses);
        }
        return sum;
    }

    private static double rise(double x, double step) {
        return step == 0 ? 0 : LogGamma.at(x + step) - LogGamma.at(x);
    }

    private static double mean(Bins model, int bin) {
        return model.weights()[bin] > 0 ? model.mean(bin) : prior(model, bin);
    }

    /** Turns the logarithms of likelihoods into probabilities, and weighs the models by them. */
    private void toPosterior() {
        double best = Arrays.stream(weights).max().orElseThrow();
        double mass = 0;
        for (int i = 0; i < weights.length; i++) {
            weights[i] = Math.exp(weights[i] - best);
            mass += weights[i];
        }
        for (int i = 0; i < weights.length; i++) {
            weights[i] /= mass;
        }
        for (int i = 0, edge = 0; i < weights.length; i++) {
            for (; edge < ends[i]; edge++) {
                rises[edge] *= weights[i];
            }
        }
    }

    /** The posterior probability of each model, the coarsest first. */
    double[] weights() {
        return weights.clone();
    }

    /**
     * The step function of the weighted mean of all models, but for steps so low that the function
     * stays within a tolerance without them: that of rounding, or ten times as much, until not too
     * many steps are left.
     */
    public Piecewise average() {
        int[] order = ascending.places(edges, ends[ends.length - 1]);
        double tolerance = NEGLIGIBLE;
        int steps = keep(order, tolerance);
        while (steps > MOST_STEPS) {
            tolerance *= 10;
            steps = keep(order, tolerance);
        }
        return new Piecewise(Arrays.copyOf(kept, steps), Arrays.copyOf(values, steps + 1));
    }

    private int keep(int[] order, double tolerance) {
        double value = 0;
        for (int i = 0; i < weights.length; i++) {
            value += weights[i] * floors[i];
        }
        values[0] = probability(value);
        int size = ends[ends.length - 1];
        int last = 0;
        for (int i = 0; i < size; ) {
            double edge = edges[order[i]];
            for (; i < size && edges[order[i]] == edge; i++) {
                value += rises[order[i]];
            }
            if (Math.abs(value - values[last]) > tolerance) {
                kept[last++] = edge;
                values[last] = probability(value);
            }
        }
        return last;
    }

    /** Without the rounding of sums around zero and one. */
    private static double probability(double sum) {
        return sum < NEGLIGIBLE ? 0 : Math.min(sum, 1);
    }
}
