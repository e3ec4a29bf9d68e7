package dev.candor.calibrators;

import dev.candor.calibrators.internal.Ascending;
import dev.candor.calibrators.internal.Piecewise;
import dev.candor.calibrators.internal.PoolAdjacentViolators;
import java.util.Arrays;

/**
 * Isotonic regression over all pairs of a probability and whether its class is the label, without
 * holding them: the pairs that miss and lie between two neighbouring hits are pooled with the lower
 * hit in any case, so that their weight and the greatest of them suffice.
 */
final class PairedIsotonicFit {

    private final double[] hits;
    private final double[] gapEnds;
    private final double[] gapWeights;
    private final double[] hitWeights;
    private final double[] missWeights;

    private PairedIsotonicFit(double[] hits) {
        this.hits = hits;
        this.gapEnds = new double[hits.length + 1];
        this.gapWeights = new double[hits.length + 1];
        this.hitWeights = new double[hits.length];
        this.missWeights = new double[hits.length];
    }

    /** Fits the function of all classes. */
    static Piecewise of(HostSamples samples, int classes) {
        int[] labels = samples.labels();
        double[] weights = samples.weights();
        double[] certain = new double[labels.length];
        int[] size = new int[1];
        samples.forEachRows(
                (first, count, values) -> {
                    for (int i = 0; i < count; i++) {
                        if (weights[first + i] > 0) {
                            certain[size[0]++] = values[i * classes + labels[first + i]];
                        }
                    }
                });
        double[] hits = Arrays.copyOf(certain, size[0]);
        Arrays.sort(hits);
        PairedIsotonicFit fit = new PairedIsotonicFit(Ascending.distinct(hits));
        samples.forEachRows(
                (first, count, values) -> {
                    for (int i = 0; i < count * classes; i++) {
                        int row = first + i / classes;
                        fit.add(values[i], labels[row] == i % classes, weights[row]);
                    }
                });
        return fit.function();
    }

    private void add(double probability, boolean hit, double weight) {
        int place = weight > 0 ? Arrays.binarySearch(hits, probability) : -1;
        if (place >= 0) {
            (hit ? hitWeights : missWeights)[place] += weight;
        } else if (weight > 0) {
            int gap = -place - 1;
            gapWeights[gap] += weight;
            gapEnds[gap] = Math.max(gapEnds[gap], probability);
        }
    }

    private Piecewise function() {
        int size = hits.length;
        double[] x = Arrays.copyOf(hits, 2 * size + 1);
        double[] y = new double[x.length];
        double[] weights = new double[x.length];
        for (int i = 0; i < size; i++) {
            weights[i] = hitWeights[i] + missWeights[i];
            y[i] = hitWeights[i] / weights[i];
        }
        System.arraycopy(gapEnds, 0, x, size, size + 1);
        System.arraycopy(gapWeights, 0, weights, size, size + 1);
        return PoolAdjacentViolators.of(x, y, weights);
    }
}
