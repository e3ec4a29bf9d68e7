package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import dev.candor.calibrators.internal.BinningModels;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.LabelledLogits;
import dev.candor.calibrators.internal.Piecewise;
import dev.candor.calibrators.internal.PiecewiseTable;
import dev.candor.internal.Checks;
import java.util.List;

/**
 * Bayesian binning into quantiles: histogram binning averaged over numbers of bins, each weighted
 * by how well it explains the labels.
 *
 * <pre>
 *   q_k ~ sum_B P(B | D) t_B(p_k),   P(B | D) ~ prod_b  G(N'/B) / G(n_b + N'/B)
 *                                       G(m_b + a_b) / G(a_b)   G(n_b - m_b + c_b) / G(c_b)
 * </pre>
 *
 * <p>{@code p = softmax(z)}, {@code ~} divides by the sum, over classes and over B; {@code t_B} is
 * the frequency of the class in its bin, G the gamma function, {@code n_b} and {@code m_b} the
 * numbers of samples in bin b and of those of the class, {@code a_b = N'/B pi_b}, {@code c_b = N'/B
 * (1 - pi_b)}, {@code pi_b} the midpoint of the bin within 0.005..0.995, and N' the equivalent
 * sample size of the prior, 2B unless given. The models have B bins of equally many samples between
 * quantiles, B from {@code max(1, floor(N^(1/3) / 10))} to {@code min(ceil(N / 5), ceil(10
 * N^(1/3)))}; quantiles that coincide count once. Bins are {@code [l, r)}, an empty one takes
 * {@code pi_b}. Two classes share one function, of the probability of the second. Of the steps of
 * the mean of all models, the least that are felt are left out until 1,023 remain.
 *
 * <p>Smoother and less dependent on a choice than {@link HistogramBinning}, at a higher cost: about
 * {@code N^(2/3)} bins are weighed for each class. Rankings get lost, and the predicted class may
 * change. Laplace smoothing, on unless switched off, returns {@code (N q + 1/C) / (N + 1)}. The map
 * is made of steps: its gradient is zero.
 *
 * <p>The objectives of the summary are mean negative log-likelihoods, which may grow.
 *
 * <p>Source: Naeini, Cooper and Hauskrecht, <i>Obtaining Well Calibrated Probabilities Using
 * Bayesian Binning</i>, AAAI 2015. The authors' program then drops models of little weight by a
 * rule of its own; here all count that could change a result.
 */
public final class BayesianBinning extends StepCalibrator {

    static final String METHOD = "bbq";

    private BayesianBinning(long classes, List<Coefficient> coefficients, FitSummary summary) {
        super(METHOD, classes, coefficients, summary);
    }

    static BayesianBinning of(CalibratorFile file) {
        List<Coefficient> coefficients = coefficients(file);
        return new BayesianBinning(
                file.classes(), coefficients, FitSummary.fromJson(file.summary(), coefficients));
    }

    /**
     * Fits to held-out samples.
     *
     * @param logits {@code [N, C]}, a floating-point type, on any device
     * @param labels class indices {@code [N]} or {@code [N, 1]}
     * @return the calibrator
     * @throws IllegalArgumentException if there are no samples, a logit is not finite, a label is
     *     not a class index, or the shapes do not match
     */
    public static BayesianBinning fit(NDArray logits, NDArray labels) {
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

    /** Fits a {@link BayesianBinning}. */
    public static final class Builder extends ProbabilityBuilder<Builder, BayesianBinning> {

        private Double equivalentSampleSize;

        private Builder() {}

        /**
         * Sets the equivalent sample size of the prior, the same for all numbers of bins.
         *
         * @param equivalentSampleSize N', finite and above 0; by default two for each bin
         * @return this builder
         */
        public Builder optEquivalentSampleSize(double equivalentSampleSize) {
            this.equivalentSampleSize =
                    Checks.positive("equivalentSampleSize", equivalentSampleSize);
            return this;
        }

        @Override
        Builder self() {
            return this;
        }

        @Override
        Found fitOwn(LabelledLogits data, HostSamples samples) {
            BinningModels models = new BinningModels(samples.labels().length, equivalentSampleSize);
            List<Piecewise> functions =
                    OneVersusRest.fit(
                            samples,
                            data.classes(),
                            (x, hits, weights) -> models.fit(x, hits).average());
            return new Found(OneVersusRest.status(functions), PiecewiseTable.of(functions));
        }

        @Override
        BayesianBinning calibrator(
                long classes, List<Coefficient> coefficients, FitSummary summary) {
            return new BayesianBinning(classes, coefficients, summary);
        }
    }
}
