package dev.candor.metrics;

import dev.candor.internal.Checks;

/**
 * Uncertainty calibration error (UCE): how far the rate of errors is from uncertainty, in the mean
 * over bins of uncertainty.
 *
 * <pre>
 *   UCE = sum_b (n_b/n) |err_b - u_b|,   u_i = H_i / ln C
 * </pre>
 *
 * <p>{@code H_i} is the entropy of row i and {@code u_i} its share of the largest. 15 bins {@code
 * (l, r]} of equal width by default. Even a calibrated classifier of more than two classes has a
 * value above zero, for an entropy is no error rate: compare, do not read.
 *
 * <p>Source: Laves et al., <i>Well-calibrated Model Uncertainty with Temperature Scaling for
 * Dropout Variational Inference</i>, NeurIPS Workshop on Bayesian Deep Learning 2019,
 * arXiv:1909.13550.
 */
public final class UncertaintyCalibrationError implements Metric<Predictions> {

    private final int bins;

    private UncertaintyCalibrationError(int bins) {
        this.bins = bins;
    }

    /**
     * Returns the metric with 15 bins.
     *
     * @return the metric
     */
    public static UncertaintyCalibrationError of() {
        return of(ReliabilityDiagram.DEFAULT_BINS);
    }

    /**
     * Returns the metric.
     *
     * @param bins the number of bins, at least 1
     * @return the metric
     */
    public static UncertaintyCalibrationError of(int bins) {
        return new UncertaintyCalibrationError(Checks.atLeast("bins", bins, 1));
    }

    @Override
    public double measure(Predictions predictions) {
        return ReliabilityDiagram.of(predictions.uncertainty(), bins).gapNorm(1);
    }
}
