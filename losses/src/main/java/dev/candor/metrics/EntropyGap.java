package dev.candor.metrics;

/**
 * Entropy gap: by how much the labels surprise more than the classifier expects, in nats.
 *
 * <pre>
 *   gap = NLL - H = (1/n) sum_i ( -log p_{i,y_i} + sum_k p_ik log p_ik )
 * </pre>
 *
 * <p>Zero for a classifier calibrated in all its probabilities, above zero where overconfident,
 * below where underconfident; zero does not prove calibration. For language models it is the
 * difference between cross-entropy and entropy rate.
 *
 * <p>Source: Braverman et al., <i>Calibration, Entropy Rates, and Memory in Language Models</i>,
 * ICML 2020, arXiv:1906.05664.
 */
public final class EntropyGap implements Metric<Predictions> {

    private EntropyGap() {}

    /**
     * Returns the metric.
     *
     * @return the metric
     */
    public static EntropyGap of() {
        return new EntropyGap();
    }

    @Override
    public double measure(Predictions predictions) {
        return NegativeLogLikelihood.of().measure(predictions)
                - MeanEntropy.of().measure(predictions);
    }
}
