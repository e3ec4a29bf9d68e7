package dev.candor.metrics;

/**
 * AUROC of out-of-distribution detection: the chance that a familiar input scores higher than one
 * from elsewhere.
 *
 * <pre>
 *   AUROC = P(s_in > s_out) + P(s_in = s_out) / 2
 * </pre>
 *
 * <p>0.5 is chance. The same whichever side is called positive.
 *
 * <p>Source: Hendrycks and Gimpel, <i>A Baseline for Detecting Misclassified and
 * Out-of-Distribution Examples in Neural Networks</i>, ICLR 2017, arXiv:1610.02136.
 */
public final class OodAreaUnderRoc implements Metric<OodScores> {

    private OodAreaUnderRoc() {}

    /**
     * Returns the metric.
     *
     * @return the metric
     */
    public static OodAreaUnderRoc of() {
        return new OodAreaUnderRoc();
    }

    @Override
    public double measure(OodScores scores) {
        return AreaUnderRoc.of(scores.ranking());
    }
}
