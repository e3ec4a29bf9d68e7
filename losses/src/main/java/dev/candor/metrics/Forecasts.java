package dev.candor.metrics;

import ai.djl.ndarray.NDArray;
import dev.candor.internal.BinaryValues;
import dev.candor.internal.Checks;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Probabilities with what came of them: the form in which calibration is judged.
 *
 * <p>A forecast {@code f_i} in {@code [0, 1]} is the probability given to an event; the outcome
 * {@code o_i} tells whether it happened. For a classifier of many classes the event is that the
 * predicted class is the label, and {@code f} is the confidence: {@link Predictions#topLabel()}.
 * For a binary classifier {@code f} is the probability of the positive class.
 *
 * <p>Immutable; holds nine bytes a row.
 */
public final class Forecasts implements Sample<Forecasts> {

    private final double[] probabilities;
    private final boolean[] outcomes;

    /** Shares its arguments, which no one may write to any more. */
    Forecasts(double[] probabilities, boolean[] outcomes) {
        this.probabilities = probabilities;
        this.outcomes = outcomes;
    }

    /**
     * Returns forecasts with their outcomes.
     *
     * @param probabilities the forecasts, in {@code [0, 1]}
     * @param outcomes whether each event happened
     * @return the forecasts
     * @throws IllegalArgumentException if there are none, the lengths differ, or a probability is
     *     outside {@code [0, 1]}
     */
    public static Forecasts of(double[] probabilities, boolean[] outcomes) {
        Checks.that(
                probabilities.length == outcomes.length,
                "%d probabilities and %d outcomes, expected as many",
                probabilities.length,
                outcomes.length);
        Checks.that(probabilities.length > 0, "no forecasts, expected at least one");
        for (int row = 0; row < probabilities.length; row++) {
            double probability = probabilities[row];
            if (!(probability >= 0 && probability <= 1)) {
                throw Checks.illegal("probabilities[%d] = %s, expected 0..1", row, probability);
            }
        }
        return new Forecasts(probabilities.clone(), outcomes.clone());
    }

    /**
     * Reads logits of binary events, {@code f = 1 / (1 + exp(-z))}: of a binary classifier, or of
     * all labels of a multi-label one together. Warns when all lie in {@code [0, 1]}, as
     * probabilities do.
     *
     * @param logits of any shape and floating type
     * @param labels 0 or 1, of the same shape
     * @return the forecasts, flattened
     * @throws IllegalArgumentException if shapes or types do not fit, a logit is NaN or infinite,
     *     or a label is neither 0 nor 1
     */
    public static Forecasts ofLogits(NDArray logits, NDArray labels) {
        return new Forecasts(
                BinaryValues.sigmoid(BinaryValues.logits(logits)),
                BinaryValues.labels(labels, logits));
    }

    /**
     * Reads probabilities of binary events.
     *
     * @param probabilities of any shape and floating type, in {@code [0, 1]}
     * @param labels 0 or 1, of the same shape
     * @return the forecasts, flattened
     * @throws IllegalArgumentException if shapes or types do not fit, a probability is outside
     *     {@code [0, 1]}, or a label is neither 0 nor 1
     */
    public static Forecasts ofProbabilities(NDArray probabilities, NDArray labels) {
        return new Forecasts(
                BinaryValues.probabilities(probabilities),
                BinaryValues.labels(labels, probabilities));
    }

    /**
     * Puts sets one after the other.
     *
     * @param parts at least one set
     * @return all forecasts
     * @throws IllegalArgumentException if there is no set
     */
    public static Forecasts join(List<Forecasts> parts) {
        Checks.that(!parts.isEmpty(), "no sets to join, expected at least one");
        boolean[] outcomes = new boolean[parts.stream().mapToInt(Forecasts::size).sum()];
        int from = 0;
        for (Forecasts part : parts) {
            System.arraycopy(part.outcomes, 0, outcomes, from, part.size());
            from += part.size();
        }
        return new Forecasts(
                parts.stream().flatMapToDouble(part -> Arrays.stream(part.probabilities)).toArray(),
                outcomes);
    }

    /** {@inheritDoc} */
    @Override
    public Forecasts resample(RandomGenerator random) {
        return rows(Draw.rows(size(), random));
    }

    Forecasts rows(int[] rows) {
        double[] picked = new double[rows.length];
        boolean[] happened = new boolean[rows.length];
        for (int i = 0; i < rows.length; i++) {
            picked[i] = probabilities[rows[i]];
            happened[i] = outcomes[rows[i]];
        }
        return new Forecasts(picked, happened);
    }

    /** {@inheritDoc} */
    @Override
    public int size() {
        return probabilities.length;
    }

    /**
     * Returns the forecasts.
     *
     * @return a copy
     */
    public double[] probabilities() {
        return probabilities.clone();
    }

    /**
     * Returns the outcomes.
     *
     * @return a copy
     */
    public boolean[] outcomes() {
        return outcomes.clone();
    }

    /** The forecasts above a threshold; possibly none. */
    Forecasts above(double threshold) {
        return rows(
                IntStream.range(0, size()).filter(row -> probabilities[row] > threshold).toArray());
    }

    /** Number of events that happened. */
    int positives() {
        int positives = 0;
        for (boolean outcome : outcomes) {
            positives += outcome ? 1 : 0;
        }
        return positives;
    }

    double probability(int row) {
        return probabilities[row];
    }

    boolean outcome(int row) {
        return outcomes[row];
    }

    /**
     * Positive outcomes among the rows of one score, from the {@code from}-th to the {@code to}-th.
     */
    int positivesAt(double score, int from, int to) {
        int rank = 0;
        int positives = 0;
        for (int row = 0; row < probabilities.length && rank < to; row++) {
            if (probabilities[row] == score) {
                positives += rank >= from && outcomes[row] ? 1 : 0;
                rank++;
            }
        }
        return positives;
    }

    /**
     * Positive outcomes among the first rows by ascending score, ties in row order; n + 1 values.
     */
    int[] positivesBefore() {
        Ranking ranking = ranking();
        int[] next = new int[ranking.groups()];
        for (int g = 1; g < next.length; g++) {
            next[g] = next[g - 1] + ranking.counts[g - 1];
        }
        int[] before = new int[size() + 1];
        for (int row = 0; row < size(); row++) {
            int group = Arrays.binarySearch(ranking.scores, probabilities[row] + 0.0);
            before[++next[group]] = outcomes[row] ? 1 : 0;
        }
        Arrays.parallelPrefix(before, Integer::sum);
        return before;
    }

    Ranking ranking() {
        return Ranking.of(probabilities, outcomes);
    }

    /**
     * Returns the number of forecasts and the mean forecast and outcome.
     *
     * @return one line
     */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%d forecasts, mean %.4f, of which happened %.4f",
                size(),
                Arrays.stream(probabilities).average().orElseThrow(),
                (double) positives() / size());
    }
}
