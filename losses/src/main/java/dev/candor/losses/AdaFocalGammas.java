package dev.candor.losses;

import dev.candor.internal.Checks;
import java.util.Arrays;

/**
 * The gammas of {@link AdaFocalLoss}, one for each bin of probability, with the edges of the bins.
 * Immutable.
 *
 * <p>Bin b holds the probabilities from edge b up to, but not including, edge b + 1; the outermost
 * bins also hold what lies outside the edges. A gamma above 0 makes the loss focal in its bin, one
 * below 0 inverse focal.
 *
 * <p>Source: Ghosh et al., <i>AdaFocal: Calibration-aware Adaptive Focal Loss</i>, NeurIPS 2022,
 * arXiv:2211.11838.
 */
public final class AdaFocalGammas {

    private final double[] edges;
    private final double[] gammas;

    private AdaFocalGammas(double[] edges, double[] gammas) {
        this.edges = edges;
        this.gammas = gammas;
    }

    /**
     * Returns bins of equal width with gamma 1, where training starts.
     *
     * @param bins number of bins, at least 2
     * @return the gammas
     */
    public static AdaFocalGammas of(int bins) {
        Checks.atLeast("bins", bins, 2);
        double[] edges = new double[bins + 1];
        Arrays.setAll(edges, b -> (double) b / bins);
        double[] gammas = new double[bins];
        Arrays.fill(gammas, 1);
        return new AdaFocalGammas(edges, gammas);
    }

    /**
     * Returns given gammas.
     *
     * @param edges the edges of the bins, in {@code 0..1}, none below the one before
     * @param gammas a finite gamma for each bin, one less than edges, at least 2
     * @return the gammas
     * @throws IllegalArgumentException if the numbers do not match or a value is out of range
     */
    public static AdaFocalGammas of(double[] edges, double[] gammas) {
        Checks.atLeast("bins", gammas.length, 2);
        Checks.that(
                edges.length == gammas.length + 1,
                "%d edges for %d gammas, expected one more than gammas",
                edges.length,
                gammas.length);
        double last = 0;
        for (int b = 0; b < edges.length; b++) {
            last = Checks.within("edges[" + b + "]", edges[b], last, 1);
        }
        for (int b = 0; b < gammas.length; b++) {
            Checks.that(
                    Double.isFinite(gammas[b]),
                    "gammas[%d] = %s, expected a finite value",
                    b,
                    gammas[b]);
        }
        return new AdaFocalGammas(edges.clone(), gammas.clone());
    }

    /**
     * Returns what follows from a look at the validation set by the rule of the authors' code.
     *
     * @param confidences the confidence of each validation sample, in {@code 0..1}
     * @param correct whether each was predicted right
     * @return new gammas, with as many bins
     * @throws IllegalArgumentException if there is no sample, the numbers do not match, or a
     *     confidence is out of range
     */
    public AdaFocalGammas updated(double[] confidences, boolean[] correct) {
        return updated(confidences, correct, AdaFocalRule.of());
    }

    /**
     * Returns what follows from a look at the validation set: bins of equal mass of the
     * confidences, and the gamma of each bin moved by its gap between confidence and accuracy. An
     * empty bin, which ties in confidence leave behind, has no gap.
     *
     * @param confidences the confidence of each validation sample, in {@code 0..1}
     * @param correct whether each was predicted right
     * @param rule how a gamma moves
     * @return new gammas, with as many bins
     * @throws IllegalArgumentException if there is no sample, the numbers do not match, or a
     *     confidence is out of range
     */
    public AdaFocalGammas updated(double[] confidences, boolean[] correct, AdaFocalRule rule) {
        Checks.atLeast("confidences", confidences.length, 1);
        Checks.that(
                confidences.length == correct.length,
                "%d confidences for %d outcomes",
                confidences.length,
                correct.length);
        for (int i = 0; i < confidences.length; i++) {
            Checks.within("confidences[" + i + "]", confidences[i], 0, 1);
        }
        double[] nextEdges = equalMassEdges(confidences);
        double[] gap = new double[gammas.length];
        int[] count = new int[gammas.length];
        for (int i = 0; i < confidences.length; i++) {
            int bin = bin(nextEdges, confidences[i]);
            gap[bin] += confidences[i] - (correct[i] ? 1 : 0);
            count[bin]++;
        }
        double[] nextGammas = new double[gammas.length];
        Arrays.setAll(nextGammas, b -> rule.next(gammas[b], gap[b] / Math.max(1, count[b])));
        return new AdaFocalGammas(nextEdges, nextGammas);
    }

    /** Quantiles, interpolated between neighbours as the authors' code does. */
    private double[] equalMassEdges(double[] confidences) {
        double[] sorted = confidences.clone();
        Arrays.sort(sorted);
        int last = sorted.length - 1;
        double[] edges = new double[gammas.length + 1];
        for (int b = 0; b < edges.length; b++) {
            double position = (double) b * sorted.length / gammas.length;
            int below = (int) Math.min(last, Math.floor(position));
            int above = Math.min(last, below + 1);
            edges[b] = sorted[below] + (position - below) * (sorted[above] - sorted[below]);
        }
        return edges;
    }

    private static int bin(double[] edges, double probability) {
        int bin = 0;
        while (bin < edges.length - 2 && probability >= edges[bin + 1]) {
            bin++;
        }
        return bin;
    }

    /**
     * Returns the number of bins.
     *
     * @return the number of bins
     */
    public int bins() {
        return gammas.length;
    }

    /**
     * Returns the edges of the bins.
     *
     * @return the edges, one more than bins
     */
    public double[] edges() {
        return edges.clone();
    }

    /**
     * Returns the gamma of each bin.
     *
     * @return the gammas
     */
    public double[] gammas() {
        return gammas.clone();
    }

    @Override
    public String toString() {
        return "AdaFocalGammas{edges="
                + Arrays.toString(edges)
                + ", gammas="
                + Arrays.toString(gammas)
                + "}";
    }
}
