package dev.candor.metrics;

import dev.candor.internal.Checks;

/**
 * False positive rate of out-of-distribution detection at a given true positive rate (FPR95).
 *
 * <pre>
 *   FPR95 = FPR(t),  t the strictest threshold with TPR(t) >= 0.95
 * </pre>
 *
 * <p>Positive is the familiar input: of 95 % of these kept, the share of inputs from elsewhere that
 * slip through. With {@link #ofOutlierPositive()} positive is the input from elsewhere: of 95 % of
 * these caught, the share of familiar inputs thrown out, as torch-uncertainty has it, which however
 * takes the rate closest to 95 %. The two are different numbers; say which.
 *
 * <p>Source: Liang, Li and Srikant, <i>Enhancing The Reliability of Out-of-distribution Image
 * Detection in Neural Networks</i>, ICLR 2018, arXiv:1706.02690.
 */
public final class OodFalsePositiveRate implements Metric<OodScores> {

    private static final double DEFAULT_RATE = 0.95;

    private final double truePositiveRate;
    private final boolean outlierPositive;

    private OodFalsePositiveRate(double truePositiveRate, boolean outlierPositive) {
        this.truePositiveRate = Checks.within("truePositiveRate", truePositiveRate, 0, 1);
        this.outlierPositive = outlierPositive;
    }

    /**
     * Returns the metric at 95 %, the familiar input positive.
     *
     * @return the metric
     */
    public static OodFalsePositiveRate of() {
        return of(DEFAULT_RATE);
    }

    /**
     * Returns the metric, the familiar input positive.
     *
     * @param truePositiveRate the least true positive rate, in {@code [0, 1]}
     * @return the metric
     */
    public static OodFalsePositiveRate of(double truePositiveRate) {
        return new OodFalsePositiveRate(truePositiveRate, false);
    }

    /**
     * Returns the metric at 95 %, the input from elsewhere positive.
     *
     * @return the metric
     */
    public static OodFalsePositiveRate ofOutlierPositive() {
        return ofOutlierPositive(DEFAULT_RATE);
    }

    /**
     * Returns the metric, the input from elsewhere positive.
     *
     * @param truePositiveRate the least true positive rate, in {@code [0, 1]}
     * @return the metric
     */
    public static OodFalsePositiveRate ofOutlierPositive(double truePositiveRate) {
        return new OodFalsePositiveRate(truePositiveRate, true);
    }

    @Override
    public double measure(OodScores scores) {
        Ranking ranking = scores.ranking();
        int size = scores.size();
        int inside = ranking.positives();
        int positives = outlierPositive ? size - inside : inside;
        int found = 0;
        int slipped = 0;
        for (int i = 0; (double) found / positives < truePositiveRate; i++) {
            int g = outlierPositive ? i : ranking.groups() - 1 - i;
            int familiar = ranking.positives[g];
            int strange = ranking.counts[g] - familiar;
            found += outlierPositive ? strange : familiar;
            slipped += outlierPositive ? familiar : strange;
        }
        return (double) slipped / (size - positives);
    }
}
