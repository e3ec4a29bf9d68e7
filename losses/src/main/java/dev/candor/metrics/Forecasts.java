package dev.candor.metrics;

import dev.candor.internal.Checks;
import java.util.Arrays;

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
public final class Forecasts {

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
     * Returns the number of forecasts.
     *
     * @return n, at least 1
     */
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
        double happened = 0;
        for (boolean outcome : outcomes) {
            happened += outcome ? 1 : 0;
        }
        return String.format(
                java.util.Locale.ROOT,
                "%d forecasts, mean %.4f, of which happened %.4f",
                size(),
                Arrays.stream(probabilities).average().orElseThrow(),
                happened / size());
    }
}
