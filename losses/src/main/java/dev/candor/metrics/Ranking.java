package dev.candor.metrics;

import java.util.Arrays;

/**
 * Scores in ascending order with ties put together, so that whatever is derived from ranks does not
 * depend on the order in which the rows came.
 */
final class Ranking {

    /** Distinct scores, ascending. */
    final double[] scores;

    /** Number of rows of each score. */
    final int[] counts;

    /** Number of rows of each score whose outcome is true. */
    final int[] positives;

    private Ranking(double[] scores, int[] counts, int[] positives) {
        this.scores = scores;
        this.counts = counts;
        this.positives = positives;
    }

    /** Sorts the rows of either outcome on their own, which carries the outcomes at no cost. */
    static Ranking of(double[] scores, boolean[] outcomes) {
        int trueRows = 0;
        for (boolean outcome : outcomes) {
            trueRows += outcome ? 1 : 0;
        }
        double[] high = new double[trueRows];
        double[] low = new double[scores.length - trueRows];
        int h = 0;
        int l = 0;
        for (int row = 0; row < scores.length; row++) {
            if (outcomes[row]) {
                high[h++] = scores[row];
            } else {
                low[l++] = scores[row];
            }
        }
        return of(high, low);
    }

    /** Ranks the scores of rows whose outcome is true among those whose outcome is false. */
    static Ranking of(double[] ofTrue, double[] ofFalse) {
        Arrays.parallelSort(ofTrue);
        Arrays.parallelSort(ofFalse);
        int size = ofTrue.length + ofFalse.length;
        double[] scores = new double[size];
        int[] counts = new int[size];
        int[] positives = new int[size];
        int groups = 0;
        int t = 0;
        int f = 0;
        while (t < ofTrue.length || f < ofFalse.length) {
            double score =
                    f == ofFalse.length || (t < ofTrue.length && ofTrue[t] <= ofFalse[f])
                            ? ofTrue[t]
                            : ofFalse[f];
            int start = t + f;
            int firstTrue = t;
            while (t < ofTrue.length && ofTrue[t] == score) {
                t++;
            }
            while (f < ofFalse.length && ofFalse[f] == score) {
                f++;
            }
            // Zero of either sign is one score.
            scores[groups] = score + 0.0;
            counts[groups] = t + f - start;
            positives[groups] = t - firstTrue;
            groups++;
        }
        return new Ranking(
                Arrays.copyOf(scores, groups),
                Arrays.copyOf(counts, groups),
                Arrays.copyOf(positives, groups));
    }

    /** Number of distinct scores. */
    int groups() {
        return scores.length;
    }

    /** Number of rows whose outcome is true. */
    int positives() {
        return Arrays.stream(positives).sum();
    }

    /**
     * Rows of outcome false among the k of the highest scores, {@code k = 0..n}; within ties, in
     * the mean over all orders.
     */
    double[] errorsAmongMostConfident() {
        double[] errors = new double[Arrays.stream(counts).sum() + 1];
        int k = 0;
        for (int g = groups() - 1; g >= 0; g--) {
            double before = errors[k];
            int wrong = counts[g] - positives[g];
            for (int i = 1; i <= counts[g]; i++) {
                errors[++k] = before + (double) wrong * i / counts[g];
            }
        }
        return errors;
    }
}
