package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.candor.internal.Checks;
import java.util.Arrays;

/**
 * How often each training sample was predicted correctly in the epochs so far: the memory of {@link
 * CorrectnessRankingLoss}.
 *
 * <pre>
 *   h^_i = (h_i - min_j h_j) / (E - min_j h_j)
 * </pre>
 *
 * <p>{@code h_i} is the number of correct predictions of sample i and {@code E} the number of
 * finished epochs, at least 1. Counts of the running epoch come into force when it ends, so that
 * all batches of an epoch see the same history. Before the end of the first epoch, and when all
 * samples stand at E, all {@code h^_i} are 0.
 *
 * <p>Safe for use by several threads. {@link #counts()} and {@link #epochs()} save the state,
 * {@link #of(int[], int)} restores it.
 */
public final class CorrectnessHistory {

    private final int[] counts;
    private int epochs;
    private volatile double[] frequencies;

    private CorrectnessHistory(int[] counts, int epochs) {
        this.counts = counts;
        this.epochs = epochs;
        this.frequencies = normalise();
    }

    /**
     * Returns an empty history.
     *
     * @param samples number of training samples, at least 1
     * @return the history
     */
    public static CorrectnessHistory of(int samples) {
        return new CorrectnessHistory(new int[Checks.atLeast("samples", samples, 1)], 0);
    }

    /**
     * Returns a history with a past.
     *
     * @param counts number of correct predictions of each sample, none negative
     * @param epochs number of finished epochs, at least 0
     * @return the history
     */
    public static CorrectnessHistory of(int[] counts, int epochs) {
        Checks.atLeast("counts.length", counts.length, 1);
        for (int i = 0; i < counts.length; i++) {
            Checks.atLeast("counts[" + i + "]", counts[i], 0);
        }
        return new CorrectnessHistory(counts.clone(), Checks.atLeast("epochs", epochs, 0));
    }

    /**
     * Counts the predictions of one batch.
     *
     * @param samples indices of samples
     * @param correct whether each was predicted correctly
     * @throws IllegalArgumentException if an index is outside the history or the lengths differ;
     *     nothing is counted then
     */
    public void update(long[] samples, boolean[] correct) {
        Checks.that(
                samples.length == correct.length,
                "%d samples, expected %d, one for each prediction",
                samples.length,
                correct.length);
        check(samples);
        synchronized (counts) {
            for (int i = 0; i < samples.length; i++) {
                counts[(int) samples[i]] += correct[i] ? 1 : 0;
            }
        }
    }

    /** Accepts indices of samples; names the first that is outside. */
    void check(long[] samples) {
        for (int i = 0; i < samples.length; i++) {
            Checks.that(
                    samples[i] >= 0 && samples[i] < counts.length,
                    "samples[%d] = %d, expected 0..%d",
                    i,
                    samples[i],
                    counts.length - 1);
        }
    }

    /** Ends an epoch: what was counted comes into force. */
    public void nextEpoch() {
        synchronized (counts) {
            epochs++;
            frequencies = normalise();
        }
    }

    /**
     * Goes on where an earlier run left: takes the past of another history.
     *
     * @param other a history of as many samples
     * @throws IllegalArgumentException if the numbers of samples differ
     */
    public void resumeAt(CorrectnessHistory other) {
        Checks.that(
                other.counts.length == counts.length,
                "a history of %d samples, expected %d",
                other.counts.length,
                counts.length);
        int[] past = other.counts();
        int finished = other.epochs();
        synchronized (counts) {
            System.arraycopy(past, 0, counts, 0, counts.length);
            epochs = finished;
            frequencies = normalise();
        }
    }

    private double[] normalise() {
        double least = Arrays.stream(counts).min().orElseThrow();
        double range = Math.max(1, epochs) - least;
        return epochs == 0 || range <= 0
                ? new double[counts.length]
                : Arrays.stream(counts).mapToDouble(count -> (count - least) / range).toArray();
    }

    /**
     * Returns the number of training samples.
     *
     * @return at least 1
     */
    public int size() {
        return counts.length;
    }

    /**
     * Returns the number of finished epochs.
     *
     * @return at least 0
     */
    public int epochs() {
        synchronized (counts) {
            return epochs;
        }
    }

    /**
     * Returns the number of correct predictions of each sample, those of the running epoch
     * included.
     *
     * @return a copy
     */
    public int[] counts() {
        synchronized (counts) {
            return counts.clone();
        }
    }

    /** The normalised counts in force of some samples, {@code [M]}. */
    NDArray frequencies(NDManager manager, DataType type, NDArray samples) {
        return manager.create(frequencies).toType(type, false).gather(samples, 0);
    }
}
