package dev.candor.uncertainty;

import dev.candor.calibrators.internal.LogGamma;
import dev.candor.internal.Checks;
import dev.candor.metrics.Forecasts;
import java.util.Arrays;
import java.util.Comparator;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * Selective prediction: answer where the score reaches a threshold, abstain elsewhere.
 *
 * <pre>
 *   coverage(t) = (rows with score >= t) / N
 *   risk(t)     = (errors among them) / (rows with score >= t)
 * </pre>
 *
 * <p>The score is the confidence, or any other for which higher is surer: the negative of an
 * entropy or of a mutual information. Rows of equal score are answered together.
 *
 * <p>A threshold taken where the measured accuracy reaches its target is met on the rows it was
 * chosen on, and by chance alone missed on about half of all new samples; the fewer rows answered,
 * the wider. {@link #guaranteedThreshold} pays for certainty with coverage:
 *
 * <pre>
 *   b(t):  P(Binomial(k, b) &lt;= errors) = delta / 100,   k = rows with score >= t
 * </pre>
 *
 * <p>With probability at least {@code 1 - delta} over the draw of the rows, the true risk at the
 * threshold returned is at most b: the bound is taken at 100 coverages, evenly spaced, or at each
 * row where there are fewer. That holds for new rows drawn as these were, not after a shift. Choose
 * on held-out rows that the network was neither trained nor calibrated on.
 *
 * <p>Source: Geifman and El-Yaniv, <i>Selective Classification for Deep Neural Networks</i>,
 * NeurIPS 2017, arXiv:1705.08500, lemma 3.1. Their algorithm 1 bisects over coverages, which
 * chooses its thresholds by the outcomes; the grid needs no such choice. The area under the curve
 * is {@link dev.candor.metrics.AreaUnderRiskCoverage}.
 */
public final class SelectivePrediction {

    private static final int BISECTIONS = 60;
    private static final int COVERAGES = 100;
    private static final double NEGLIGIBLE = 1e-17;

    private final double[] thresholds;
    private final int[] answered;
    private final int[] errors;

    private SelectivePrediction(double[] thresholds, int[] answered, int[] errors) {
        this.thresholds = thresholds;
        this.answered = answered;
        this.errors = errors;
    }

    /**
     * Reads scores and outcomes.
     *
     * @param scores the higher the surer, {@code [N]}, finite
     * @param correct whether each prediction is right, {@code [N]}
     * @return the curve
     * @throws IllegalArgumentException if there are none, the numbers differ, or a score is NaN or
     *     infinite
     */
    public static SelectivePrediction of(double[] scores, boolean[] correct) {
        int size = scores.length;
        Checks.that(
                size > 0 && size == correct.length,
                "%d scores and %d outcomes, expected as many of both, at least one",
                size,
                correct.length);
        for (int row = 0; row < size; row++) {
            Checks.that(
                    Double.isFinite(scores[row]),
                    "scores[%d] = %s, expected a finite value",
                    row,
                    scores[row]);
        }
        int[] order =
                IntStream.range(0, size)
                        .boxed()
                        .sorted(Comparator.comparingDouble(row -> -scores[row]))
                        .mapToInt(Integer::intValue)
                        .toArray();
        double[] thresholds = new double[size];
        int[] answered = new int[size];
        int[] errors = new int[size];
        int groups = 0;
        int wrong = 0;
        for (int k = 0; k < size; k++) {
            wrong += correct[order[k]] ? 0 : 1;
            if (k == size - 1 || scores[order[k + 1]] != scores[order[k]]) {
                thresholds[groups] = scores[order[k]];
                answered[groups] = k + 1;
                errors[groups++] = wrong;
            }
        }
        return new SelectivePrediction(
                Arrays.copyOf(thresholds, groups),
                Arrays.copyOf(answered, groups),
                Arrays.copyOf(errors, groups));
    }

    /**
     * Reads confidences and whether they were right.
     *
     * @param forecasts such as {@link dev.candor.metrics.Predictions#topLabel()}
     * @return the curve
     */
    public static SelectivePrediction of(Forecasts forecasts) {
        return of(forecasts.probabilities(), forecasts.outcomes());
    }

    /**
     * Returns the distinct scores, each a threshold, the highest first.
     *
     * @return thresholds, descending
     */
    public double[] thresholds() {
        return thresholds.clone();
    }

    /**
     * Returns the share of rows answered at each of {@link #thresholds()}.
     *
     * @return coverages, ascending to 1
     */
    public double[] coverages() {
        return IntStream.range(0, thresholds.length).mapToDouble(this::coverage).toArray();
    }

    /**
     * Returns the share of errors among the rows answered at each of {@link #thresholds()}.
     *
     * @return risks in {@code 0..1}
     */
    public double[] risks() {
        return IntStream.range(0, thresholds.length).mapToDouble(this::risk).toArray();
    }

    private double coverage(int group) {
        return (double) answered[group] / answered[answered.length - 1];
    }

    private double risk(int group) {
        return (double) errors[group] / answered[group];
    }

    /**
     * Returns the share of rows answered at a threshold.
     *
     * @param threshold any number
     * @return the coverage in {@code 0..1}
     */
    public double coverageAt(double threshold) {
        int group = groupAt(threshold);
        return group < 0 ? 0 : coverage(group);
    }

    /**
     * Returns the accuracy among the rows answered at a threshold.
     *
     * @param threshold any number
     * @return the accuracy; NaN where none is answered
     */
    public double accuracyAt(double threshold) {
        int group = groupAt(threshold);
        return group < 0 ? Double.NaN : 1 - risk(group);
    }

    /** The last group whose score reaches the threshold, or -1. */
    private int groupAt(double threshold) {
        int group = thresholds.length - 1;
        while (group >= 0 && !(thresholds[group] >= threshold)) {
            group--;
        }
        return group;
    }

    /**
     * Returns the lowest threshold at which the accuracy measured on these rows reaches a target,
     * the one of most coverage.
     *
     * @param accuracy the target in {@code 0..1}
     * @return the threshold; empty if no threshold reaches the target
     */
    public OptionalDouble threshold(double accuracy) {
        Checks.within("accuracy", accuracy, 0, 1);
        for (int group = thresholds.length - 1; group >= 0; group--) {
            if (answered[group] - errors[group] >= accuracy * answered[group]) {
                return OptionalDouble.of(thresholds[group]);
            }
        }
        return OptionalDouble.empty();
    }

    /**
     * Returns a threshold at which the true accuracy reaches a target, but for a chance of failure.
     *
     * @param accuracy the target, {@code 0 < accuracy < 1}
     * @param delta the chance, over the draw of these rows, that the target is missed, {@code 0 <
     *     delta < 1}
     * @return the threshold; empty if these rows are too few, or err too often, to promise any
     */
    public OptionalDouble guaranteedThreshold(double accuracy, double delta) {
        Checks.strictlyWithin("accuracy", accuracy, 0, 1);
        Checks.strictlyWithin("delta", delta, 0, 1);
        int size = answered[answered.length - 1];
        int questions = Math.min(COVERAGES, size);
        int found = -1;
        int group = 0;
        // Which thresholds are asked about depends on the scores, never on the outcomes.
        for (int question = 1; question <= questions; question++) {
            while (answered[group] < (double) size * question / questions) {
                group++;
            }
            double bound = upperBound(errors[group], answered[group], delta / questions);
            if (bound <= 1 - accuracy) {
                found = group;
            }
        }
        return found < 0 ? OptionalDouble.empty() : OptionalDouble.of(thresholds[found]);
    }

    /**
     * The greatest error rate that leaves so few errors a chance of delta, after Clopper and
     * Pearson.
     */
    static double upperBound(int errors, int rows, double delta) {
        if (errors == rows) {
            return 1;
        }
        double logWays =
                LogGamma.at(rows + 1.0)
                        - LogGamma.at(errors + 1.0)
                        - LogGamma.at(rows - errors + 1.0);
        double low = (double) errors / rows;
        double high = 1;
        for (int i = 0; i < BISECTIONS; i++) {
            double middle = (low + high) / 2;
            if (chanceOfAtMost(errors, rows, middle, logWays) > delta) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return high;
    }

    private static double chanceOfAtMost(int errors, int rows, double rate, double logWays) {
        double log = logWays + errors * Math.log(rate) + (rows - errors) * Math.log1p(-rate);
        double term = Math.exp(log);
        double sum = term;
        // The rate is above errors / rows, so that each term is less than the one before.
        for (int j = errors; j > 0 && term > sum * NEGLIGIBLE; j--) {
            term *= j * (1 - rate) / ((rows - j + 1) * rate);
            sum += term;
        }
        return sum;
    }
}
