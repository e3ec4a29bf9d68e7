package dev.candor.calibrators.language;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.candor.calibrators.FitSummary.Status;
import dev.candor.calibrators.internal.SafeguardedHalley;
import dev.candor.internal.Checks;

/**
 * Entropy-rate calibration: tilts a language model towards tokens after which it is less uncertain,
 * by one number, so that what it generates has the entropy of real texts.
 *
 * <pre>
 *   P_a(w) = P_e(w) exp(-a H(w)) / Z,  P_e(w) = (1 - e) P(w) + e / M
 *   a = argmin -(1/N) sum_i log P_a(w_i)
 * </pre>
 *
 * <p>{@code H(w)} is the entropy of the token that follows, were {@code w} the next one: a look
 * ahead of one step, which {@link #lookAhead} takes at the cost of one call of the model for each
 * candidate {@code w}. M is the number of candidates: the vocabulary, or its most probable tokens
 * if the real one is always among them. The smoothing {@code e}, in {@code 0..1}, keeps every token
 * possible. The fit is convex in a; as a = 0 is the model itself, the likelihood of real texts
 * never gets worse. a lies within -20..20. Immutable.
 *
 * <p>Source: Braverman et al., <i>Calibration, Entropy Rates, and Memory in Language Models</i>,
 * ICML 2020, arXiv:1906.05664. The default smoothing, 1e-6, is this library's.
 */
public final class EntropyRateCalibration {

    private static final double DEFAULT_SMOOTHING = 1e-6;
    private static final double STRONGEST = 20;
    private static final double TOLERANCE = 1e-7;
    private static final double NO_SPREAD = 1e-12;
    private static final int MAX_ITERATIONS = 100;

    private final double strength;
    private final double smoothing;
    private final double before;
    private final double after;
    private final Status status;

    private EntropyRateCalibration(
            double strength, double smoothing, double before, double after, Status status) {
        this.strength = strength;
        this.smoothing = smoothing;
        this.before = before;
        this.after = after;
        this.status = status;
    }

    /**
     * Returns the tilt of a known strength, with the usual smoothing.
     *
     * @param strength a, finite
     * @return the tilt
     */
    public static EntropyRateCalibration of(double strength) {
        return of(strength, DEFAULT_SMOOTHING);
    }

    /**
     * Returns the tilt of a known strength.
     *
     * @param strength a, finite
     * @param smoothing e, in {@code 0..1}
     * @return the tilt
     */
    public static EntropyRateCalibration of(double strength, double smoothing) {
        Checks.that(Double.isFinite(strength), "strength = %s, expected a finite value", strength);
        Checks.within("smoothing", smoothing, 0, 1);
        return new EntropyRateCalibration(
                strength, smoothing, Double.NaN, Double.NaN, Status.GIVEN);
    }

    /**
     * Fits the strength to real texts, with the usual smoothing.
     *
     * @param logits of the candidates at each of N places, {@code [N][M]}
     * @param lookAhead {@code H} of the candidates at each place, {@code [N][M]}
     * @param next which candidate came next at each place, {@code 0..M-1}
     * @return the tilt
     * @throws IllegalArgumentException if there are fewer than two places, the lengths differ, or a
     *     value is out of range
     */
    public static EntropyRateCalibration fit(double[][] logits, double[][] lookAhead, int[] next) {
        return fit(logits, lookAhead, next, DEFAULT_SMOOTHING);
    }

    /**
     * Fits the strength to real texts.
     *
     * @param logits of the candidates at each of N places, {@code [N][M]}
     * @param lookAhead {@code H} of the candidates at each place, {@code [N][M]}
     * @param next which candidate came next at each place, {@code 0..M-1}
     * @param smoothing e, in {@code 0..1}
     * @return the tilt
     * @throws IllegalArgumentException if there are fewer than two places, the lengths differ, or a
     *     value is out of range
     */
    public static EntropyRateCalibration fit(
            double[][] logits, double[][] lookAhead, int[] next, double smoothing) {
        Checks.within("smoothing", smoothing, 0, 1);
        Checks.that(next.length > 1, "%d places, expected at least 2", next.length);
        Checks.that(
                logits.length == next.length && lookAhead.length == next.length,
                "logits of %d places and entropies of %d for %d tokens",
                logits.length,
                lookAhead.length,
                next.length);
        double[][] log = new double[next.length][];
        for (int i = 0; i < next.length; i++) {
            check(i, logits[i], lookAhead[i]);
            Checks.that(
                    next[i] >= 0 && next[i] < logits[i].length,
                    "next[%d] = %d, expected 0..%d",
                    i,
                    next[i],
                    logits[i].length - 1);
            log[i] = smoothed(logits[i], smoothing);
            Checks.that(
                    log[i][next[i]] > Double.NEGATIVE_INFINITY,
                    "next[%d] = %d has probability zero: smoothing is needed",
                    i,
                    next[i]);
        }
        SafeguardedHalley.Local identity = local(log, lookAhead, next, 0);
        if (!(identity.second() > NO_SPREAD)) {
            double value = identity.value();
            return new EntropyRateCalibration(0, smoothing, value, value, Status.DEGENERATE);
        }
        SafeguardedHalley.Minimum found =
                SafeguardedHalley.minimise(
                        a -> local(log, lookAhead, next, a),
                        0,
                        -STRONGEST,
                        STRONGEST,
                        TOLERANCE,
                        MAX_ITERATIONS);
        boolean better = found.value() <= identity.value();
        return new EntropyRateCalibration(
                better ? found.at() : 0,
                smoothing,
                identity.value(),
                better ? found.value() : identity.value(),
                found.converged() ? Status.CONVERGED : Status.MAX_ITERATIONS);
    }

    private static void check(int place, double[] logits, double[] lookAhead) {
        Checks.that(
                logits.length == lookAhead.length && logits.length > 1,
                "%d logits and %d entropies at place %d, expected as many, at least 2",
                logits.length,
                lookAhead.length,
                place);
        for (int k = 0; k < logits.length; k++) {
            Checks.that(
                    Double.isFinite(logits[k]),
                    "logits[%d][%d] = %s, expected a finite value",
                    place,
                    k,
                    logits[k]);
            Checks.nonNegative("lookAhead[" + place + "][" + k + "]", lookAhead[k]);
        }
    }

    private static double[] smoothed(double[] logits, double smoothing) {
        double[] log = Distributions.logSoftmax(logits);
        if (smoothing > 0) {
            for (int k = 0; k < log.length; k++) {
                log[k] = Math.log((1 - smoothing) * Math.exp(log[k]) + smoothing / log.length);
            }
        }
        return log;
    }

    private static double[] tilted(double[] log, double[] lookAhead, double strength) {
        double[] tilted = new double[log.length];
        for (int k = 0; k < log.length; k++) {
            tilted[k] = log[k] - strength * lookAhead[k];
        }
        return Distributions.logSoftmax(tilted);
    }

    private static SafeguardedHalley.Local local(
            double[][] log, double[][] lookAhead, int[] next, double strength) {
        double value = 0;
        double first = 0;
        double second = 0;
        for (int i = 0; i < next.length; i++) {
            double[] row = tilted(log[i], lookAhead[i], strength);
            double mean = 0;
            double square = 0;
            for (int k = 0; k < row.length; k++) {
                double p = Math.exp(row[k]);
                mean += p * lookAhead[i][k];
                square += p * lookAhead[i][k] * lookAhead[i][k];
            }
            value -= row[next[i]];
            first += lookAhead[i][next[i]] - mean;
            second += Math.max(0, square - mean * mean);
        }
        int n = next.length;
        return new SafeguardedHalley.Local(value / n, first / n, second / n, 0);
    }

    /**
     * Asks a model how uncertain it would be after each candidate.
     *
     * @param model the model
     * @param text the tokens so far, at least one
     * @param candidates tokens that may come next, at least one
     * @return {@code H(w)} of each candidate, in nats
     * @throws IllegalArgumentException if the text is empty, there is no candidate, or the logits
     *     are not finite
     */
    public static double[] lookAhead(LanguageModel model, long[] text, long... candidates) {
        Checks.that(text.length > 0, "the text has no tokens, expected at least one");
        Checks.that(candidates.length > 0, "no candidates, expected at least one");
        double[] entropies = new double[candidates.length];
        long[] longer = new long[text.length + 1];
        System.arraycopy(text, 0, longer, 0, text.length);
        for (int k = 0; k < candidates.length; k++) {
            longer[text.length] = candidates[k];
            try (NDManager manager = NDManager.newBaseManager()) {
                NDArray logits = TokenLogits.checked(model.logits(manager, longer));
                entropies[k] = TokenLogits.entropies(logits.get("-1:"))[0];
            }
        }
        return entropies;
    }

    /**
     * Tilts the distribution of the next token.
     *
     * @param logits of the candidates
     * @param lookAhead {@code H} of each candidate
     * @return log-probabilities of the candidates
     * @throws IllegalArgumentException if the lengths differ or a value is out of range
     */
    public double[] apply(double[] logits, double[] lookAhead) {
        check(0, logits, lookAhead);
        return tilted(smoothed(logits, smoothing), lookAhead, strength);
    }

    /**
     * Returns the strength of the tilt.
     *
     * @return a
     */
    public double strength() {
        return strength;
    }

    /**
     * Returns the cross-entropy of the smoothed model on the samples of the fit.
     *
     * @return a number in nats; NaN where nothing was fitted
     */
    public double crossEntropyBefore() {
        return before;
    }

    /**
     * Returns the cross-entropy of the tilted model on the samples of the fit.
     *
     * @return a number in nats, never above {@link #crossEntropyBefore()}; NaN where nothing was
     *     fitted
     */
    public double crossEntropyAfter() {
        return after;
    }

    /**
     * Returns how the fit ended.
     *
     * @return the status
     */
    public Status status() {
        return status;
    }
}
