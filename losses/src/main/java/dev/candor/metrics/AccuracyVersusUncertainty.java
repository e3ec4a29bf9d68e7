package dev.candor.metrics;

import dev.candor.internal.Checks;
import dev.candor.internal.RowStatistics;

/**
 * Accuracy versus uncertainty (AvU): the share of rows that are right and certain, or wrong and
 * uncertain.
 *
 * <pre>
 *   AvU = (n_AC + n_IU) / (n_AC + n_AU + n_IC + n_IU)
 * </pre>
 *
 * <p>A and I are rows right and wrong, C and U rows certain and uncertain: those whose entropy H is
 * at most, or above, a share of {@code ln C}, one half by default. From 0 to 1, the higher the
 * better. {@link #ofSoft} counts rows by degrees, as the loss made of it does: c (1 - tanh H), c
 * tanh H, (1 - c)(1 - tanh H) and (1 - c) tanh H, with c the confidence; that loss is {@code -ln
 * AvU}.
 *
 * <p>Source: Krishnan and Tickoo, <i>Improving model calibration with accuracy versus uncertainty
 * optimization</i>, NeurIPS 2020, arXiv:2012.07923.
 */
public final class AccuracyVersusUncertainty implements Metric<Predictions> {

    private static final double DEFAULT_THRESHOLD = 0.5;

    private final double threshold;
    private final boolean soft;

    private AccuracyVersusUncertainty(double threshold, boolean soft) {
        this.threshold = Checks.within("threshold", threshold, 0, 1);
        this.soft = soft;
    }

    /**
     * Returns the metric with rows certain up to half the largest entropy.
     *
     * @return the metric
     */
    public static AccuracyVersusUncertainty of() {
        return of(DEFAULT_THRESHOLD);
    }

    /**
     * Returns the metric.
     *
     * @param threshold the share of {@code ln C} up to which rows are certain, in {@code [0, 1]}
     * @return the metric
     */
    public static AccuracyVersusUncertainty of(double threshold) {
        return new AccuracyVersusUncertainty(threshold, false);
    }

    /**
     * Returns the metric that counts rows by degrees.
     *
     * @param threshold the share of {@code ln C} up to which rows are certain, in {@code [0, 1]}
     * @return the metric
     */
    public static AccuracyVersusUncertainty ofSoft(double threshold) {
        return new AccuracyVersusUncertainty(threshold, true);
    }

    @Override
    public double measure(Predictions predictions) {
        RowStatistics rows = predictions.rows();
        double largest = threshold * Math.log(predictions.classes());
        double good = 0;
        double all = 0;
        for (int row = 0; row < rows.size(); row++) {
            double entropy = rows.entropy()[row];
            boolean right = rows.correct()[row];
            boolean certain = entropy <= largest;
            double weight = soft ? degree(right, certain, rows.confidence()[row], entropy) : 1;
            good += right == certain ? weight : 0;
            all += weight;
        }
        return good / all;
    }

    private static double degree(
            boolean right, boolean certain, double confidence, double entropy) {
        double uncertainty = Math.tanh(entropy);
        return (right ? confidence : 1 - confidence) * (certain ? 1 - uncertainty : uncertainty);
    }
}
