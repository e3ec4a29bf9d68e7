package dev.candor.calibrators.internal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Binnings into quantiles with their Bayesian weights. */
public final class BinningModels {

    private static final double LEAST_PRIOR = 0.005;
    private static final double SAMPLES_PER_BIN = 2;

    /** Steps of a smaller height are rounding, or as good as none. */
    private static final double NEGLIGIBLE = 1e-12;

    private final List<Piecewise> models;
    private final double[] weights;

    private BinningModels(List<Piecewise> models, double[] weights) {
        this.models = models;
        this.weights = weights;
    }

    /**
     * Weighs the models.
     *
     * @param x probabilities
     * @param hits 1 or 0 for each
     * @param priorSize the equivalent sample size of the prior; null for two for each bin
     */
    public static BinningModels of(double[] x, double[] hits, Double priorSize) {
        int size = x.length;
        int[] order = Ascending.order(x);
        double[] sorted = new double[size];
        double[] hitsBefore = new double[size + 1];
        for (int i = 0; i < size; i++) {
            sorted[i] = x[order[i]];
            hitsBefore[i + 1] = hitsBefore[i] + hits[order[i]];
        }
        double root = Math.cbrt(size);
        int least = Math.max(1, (int) (root / 10));
        int most = Math.max(least, (int) Math.min(Math.ceil(size / 5.0), Math.ceil(10 * root)));
        List<Piecewise> models = new ArrayList<>();
        double[] likelihoods = new double[most - least + 1];
        for (int bins = least; bins <= most; bins++) {
            Bins model = bins(quantiles(sorted, bins), sorted, hitsBefore);
            double prior = priorSize == null ? SAMPLES_PER_BIN : priorSize / model.sums().length;
            likelihoods[bins - least] = logLikelihood(model, prior);
            models.add(means(model));
        }
        return new BinningModels(models, posterior(likelihoods));
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
        return Arrays.stream(edges).distinct().toArray();
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

    private static Piecewise means(Bins model) {
        double[] means = new double[model.sums().length];
        Arrays.setAll(means, bin -> model.weights()[bin] > 0 ? model.mean(bin) : prior(model, bin));
        return new Piecewise(model.edges(), means);
    }

    private static double[] posterior(double[] likelihoods) {
        double best = Arrays.stream(likelihoods).max().orElseThrow();
        double[] shares = Arrays.stream(likelihoods).map(l -> Math.exp(l - best)).toArray();
        double mass = Arrays.stream(shares).sum();
        return Arrays.stream(shares).map(share -> share / mass).toArray();
    }

    /** The posterior probability of each model, the coarsest first. */
    double[] weights() {
        return weights.clone();
    }

    /** The step function of the weighted mean of all models. */
    public Piecewise average() {
        int size = models.stream().mapToInt(model -> model.thresholds().length).sum();
        double[] edges = new double[size];
        double[] steps = new double[size];
        double value = 0;
        int count = 0;
        for (int i = 0; i < weights.length; i++) {
            double[] values = models.get(i).values();
            value += weights[i] * values[0];
            for (int edge = 0; edge < values.length - 1; edge++) {
                edges[count] = models.get(i).thresholds()[edge];
                steps[count++] = weights[i] * (values[edge + 1] - values[edge]);
            }
        }
        double[] kept = new double[size];
        double[] values = new double[size + 1];
        values[0] = probability(value);
        int last = 0;
        int[] order = Ascending.order(edges);
        for (int i = 0; i < size; ) {
            double edge = edges[order[i]];
            for (; i < size && edges[order[i]] == edge; i++) {
                value += steps[order[i]];
            }
            if (Math.abs(value - values[last]) > NEGLIGIBLE) {
                kept[last++] = edge;
                values[last] = probability(value);
            }
        }
        return new Piecewise(Arrays.copyOf(kept, last), Arrays.copyOf(values, last + 1));
    }

    /** Without the rounding of sums around zero and one. */
    private static double probability(double sum) {
        return sum < NEGLIGIBLE ? 0 : Math.min(sum, 1);
    }
}
