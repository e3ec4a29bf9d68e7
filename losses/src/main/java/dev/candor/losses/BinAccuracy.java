package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.candor.internal.Checks;
import dev.candor.internal.LogitBatch;
import java.util.Arrays;

/**
 * Accuracy by confidence: the E-step of {@link RcftLoss}, and its targets. Immutable.
 *
 * <pre>
 *   bin k = { i : k/B &lt;= c_i &lt; (k+1)/B },   the last bin takes c = 1 as well
 *   acc_k = (1/n_k) sum_{i in bin k} a_i,   0 where n_k = 0
 * </pre>
 *
 * <p>To be estimated on the whole calibration set with the network as it is, and again before each
 * further round of training.
 *
 * <p>Source: Xiao et al., <i>Restoring Calibration for Aligned Large Language Models: A
 * Calibration-Aware Fine-Tuning Approach</i>, ICML 2025, arXiv:2505.01997.
 */
public final class BinAccuracy {

    private static final int DEFAULT_BINS = 10;

    private final double[] accuracies;
    private final long[] counts;

    private BinAccuracy(double[] accuracies, long[] counts) {
        this.accuracies = accuracies;
        this.counts = counts;
    }

    /**
     * Estimates accuracy in 10 bins.
     *
     * @param logits logits of the options, {@code [N, J]}
     * @param labels the right option of each sample, class indices {@code [N]}
     * @return the accuracies
     * @throws IllegalArgumentException if a shape does not fit, a logit is not finite, or a label
     *     is out of range
     */
    public static BinAccuracy of(NDArray logits, NDArray labels) {
        return of(logits, labels, DEFAULT_BINS);
    }

    /**
     * Estimates accuracy in bins of equal width.
     *
     * @param logits logits of the options, {@code [N, J]}
     * @param labels the right option of each sample, class indices {@code [N]}
     * @param bins number of bins B, at least 1
     * @return the accuracies
     * @throws IllegalArgumentException if a shape does not fit, a logit is not finite, or a label
     *     is out of range
     */
    public static BinAccuracy of(NDArray logits, NDArray labels, int bins) {
        Checks.atLeast("bins", bins, 1);
        try (NDManager scope = logits.getManager().newSubManager()) {
            scope.tempAttachAll(logits, labels);
            LogitBatch batch = LogitBatch.of(labels, logits.stopGradient(), null, true);
            long[] bin = bin(batch.confidence(), bins).toLongArray();
            double[] correct = batch.correct().toType(DataType.FLOAT64, false).toDoubleArray();
            double[] counted =
                    batch.mask() == null
                            ? null
                            : batch.mask().toType(DataType.FLOAT64, false).toDoubleArray();
            double[] accuracies = new double[bins];
            long[] counts = new long[bins];
            for (int i = 0; i < bin.length; i++) {
                if (counted == null || counted[i] != 0) {
                    int k = (int) bin[i];
                    counts[k]++;
                    accuracies[k] += (correct[i] - accuracies[k]) / counts[k];
                }
            }
            return new BinAccuracy(accuracies, counts);
        }
    }

    /**
     * Returns given accuracies.
     *
     * @param accuracies the accuracy of each bin, in {@code 0..1}
     * @param counts the number of samples of each bin, {@code >= 0}
     * @return the accuracies
     * @throws IllegalArgumentException if the numbers do not match or a value is out of range
     */
    public static BinAccuracy of(double[] accuracies, long[] counts) {
        Checks.atLeast("bins", accuracies.length, 1);
        Checks.that(
                accuracies.length == counts.length,
                "%d accuracies for %d counts",
                accuracies.length,
                counts.length);
        for (int k = 0; k < counts.length; k++) {
            Checks.within("accuracies[" + k + "]", accuracies[k], 0, 1);
            Checks.nonNegative("counts[" + k + "]", counts[k]);
        }
        return new BinAccuracy(accuracies.clone(), counts.clone());
    }

    /** The bin of each confidence {@code [M]}, int64; without a gradient. */
    static NDArray bin(NDArray confidence, int bins) {
        return confidence
                .stopGradient()
                .mul(bins)
                .floor()
                .minimum(bins - 1)
                .toType(DataType.INT64, false);
    }

    /**
     * Returns the number of bins.
     *
     * @return the number of bins
     */
    public int bins() {
        return counts.length;
    }

    /**
     * Returns the accuracy of each bin.
     *
     * @return the accuracies, 0 in empty bins
     */
    public double[] accuracies() {
        return accuracies.clone();
    }

    /**
     * Returns the number of samples of each bin.
     *
     * @return the counts
     */
    public long[] counts() {
        return counts.clone();
    }

    @Override
    public String toString() {
        return "BinAccuracy{accuracies="
                + Arrays.toString(accuracies)
                + ", counts="
                + Arrays.toString(counts)
                + "}";
    }
}
