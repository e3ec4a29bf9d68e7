package dev.candor.calibrators.internal;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Quantiles of conformal scores, corrected for the sample that is to come.
 *
 * @param scores of the labels
 * @param labels of the samples
 * @param leftOut whether a sample was used otherwise
 * @param miscoverage alpha
 */
public record ConformalQuantile(
        double[] scores, int[] labels, boolean[] leftOut, double miscoverage) {

    /** Keeps the rank from being raised by the rounding of its product. */
    private static final double SLACK = 1e-9;

    /** The threshold of all samples. */
    public double ofAll() {
        return of(IntStream.range(0, scores.length).filter(i -> !leftOut[i]));
    }

    /** The threshold of the samples of each class. */
    public double[] perClass(int classes) {
        int[][] members = new int[classes][];
        int[] counts = new int[classes];
        for (int label : labels) {
            counts[label]++;
        }
        Arrays.setAll(members, k -> new int[counts[k]]);
        Arrays.fill(counts, 0);
        for (int i = 0; i < labels.length; i++) {
            members[labels[i]][counts[labels[i]]++] = i;
        }
        return Arrays.stream(members)
                .mapToDouble(rows -> of(IntStream.of(rows).filter(i -> !leftOut[i])))
                .toArray();
    }

    private double of(IntStream rows) {
        double[] sorted = rows.mapToDouble(i -> scores[i]).sorted().toArray();
        double rank = Math.ceil((sorted.length + 1) * (1 - miscoverage) - SLACK);
        return rank > sorted.length
                ? Double.POSITIVE_INFINITY
                : sorted[(int) Math.max(rank, 1) - 1];
    }
}
