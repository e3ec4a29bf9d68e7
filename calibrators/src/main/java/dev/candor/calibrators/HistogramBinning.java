package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import dev.candor.calibrators.internal.Bins;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.LabelledLogits;
import dev.candor.calibrators.internal.Piecewise;
import dev.candor.calibrators.internal.PiecewiseTable;
import dev.candor.internal.Checks;
import dev.candor.metrics.Binning;
import java.util.List;

/**
 * Histogram binning: every probability becomes the frequency at which its class was the label,
 * among the samples of its bin.
 *
 * <pre>
 *   q_k = t_k(p_k) / sum_j t_j(p_j),   t_k(p) = sum_i w_i [y_i = k] / sum_i w_i
 * </pre>
 *
 * <p>The sums are over the samples whose p_ik lies in the bin of p, and {@code p = softmax(z)}. The
 * bins of each class are {@code [l, r)}, the last {@code [l, 1]}, in the fit as in use. Bins of
 * equal width divide {@code [0, 1]}; bins of equal mass hold equally many samples to within one and
 * end in the middle between neighbouring samples, but equal samples stay together, so that there
 * may be fewer. An empty bin takes its midpoint. Two classes share one function, of the probability
 * of the second. A row in which every t is zero becomes uniform.
 *
 * <p>Simple, and its error is easily bounded; but all within a bin becomes equal, so that rankings
 * get lost, and the predicted class may change. Bins of a rare class are noisy. Laplace smoothing,
 * on unless switched off, returns {@code (N q + 1/C) / (N + 1)}, N the number of samples of the
 * fit, so that no class gets probability zero. The map is made of steps: its gradient is zero.
 *
 * <p>The objectives of the summary are mean negative log-likelihoods, which may grow.
 *
 * <p>Source: Zadrozny and Elkan, <i>Obtaining Calibrated Probability Estimates from Decision Trees
 * and Naive Bayesian Classifiers</i>, ICML 2001. Published implementations differ in what an empty
 * bin takes, and some close bins on one side in the fit and on the other in use.
 */
public final class HistogramBinning extends StepCalibrator {

    static final String METHOD = "histogram";

    private HistogramBinning(long classes, List<Coefficient> coefficients, FitSummary summary) {
        super(METHOD, classes, coefficients, summary);
    }

    static HistogramBinning of(CalibratorFile file) {
        List<Coefficient> coefficients = coefficients(file);
        return new HistogramBinning(
                file.classes(), coefficients, FitSummary.fromJson(file.summary(), coefficients));
    }

    /**
     * Fits ten bins of equal width for each class to held-out samples.
     *
     * @param logits {@code [N, C]}, a floating-point type, on any device
     * @param labels class indices {@code [N]} or {@code [N, 1]}
     * @return the calibrator
     * @throws IllegalArgumentException if there are no samples, a logit is not finite, a label is
     *     not a class index, or the shapes do not match
     */
    public static HistogramBinning fit(NDArray logits, NDArray labels) {
        return builder().fit(logits, labels);
    }

    /**
     * Returns a builder.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Fits a {@link HistogramBinning}. */
    public static final class Builder extends ProbabilityBuilder<Builder, HistogramBinning> {

        private int bins = 10;
        private Binning binning = Binning.EQUAL_WIDTH;

        private Builder() {}

        /**
         * Sets the number of bins of each class.
         *
         * @param bins B, at least 1, default 10
         * @return this builder
         */
        public Builder optBins(int bins) {
            this.bins = Checks.atLeast("bins", bins, 1);
            return this;
        }

        /**
         * Sets how bins divide probabilities.
         *
         * @param binning default {@link Binning#EQUAL_WIDTH}
         * @return this builder
         */
        public Builder optBinning(Binning binning) {
            this.binning = binning;
            return this;
        }

        /**
         * Fits to weighted samples. Bins of equal mass hold equally many samples, whatever they
         * weigh.
         *
         * @param logits {@code [N, C]}, a floating-point type, on any device
         * @param labels class indices {@code [N]} or {@code [N, 1]}
         * @param weights {@code [N]} or {@code [N, 1]}, finite, none negative, not all zero; null
         *     where all samples weigh the same
         * @return the calibrator
         * @throws IllegalArgumentException if there are no samples, a logit or a weight is not
         *     finite, a label is not a class index, or the shapes do not match
         */
        public HistogramBinning fit(NDArray logits, NDArray labels, NDArray weights) {
            return fitWeighted(logits, labels, weights);
        }

        @Override
        Builder self() {
            return this;
        }

        @Override
        Found fitOwn(LabelledLogits data, HostSamples samples) {
            double[] sorted = new double[samples.labels().length];
            List<Piecewise> functions =
                    OneVersusRest.fit(
                            samples,
                            data.classes(),
                            (x, hits, weights) -> {
                                double[] edges =
                                        binning == Binning.EQUAL_WIDTH
                                                ? Bins.equalWidth(bins)
                                                : Bins.equalMass(x, bins, sorted);
                                return Bins.of(edges, x, hits, weights).means();
                            });
            return new Found(OneVersusRest.status(functions), PiecewiseTable.of(functions));
        }

        @Override
        HistogramBinning calibrator(
                long classes, List<Coefficient> coefficients, FitSummary summary) {
            return new HistogramBinning(classes, coefficients, summary);
        }
    }
}
