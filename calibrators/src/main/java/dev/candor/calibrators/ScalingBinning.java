package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.LabelledLogits;
import dev.candor.calibrators.internal.Piecewise;
import dev.candor.calibrators.internal.PiecewiseTable;
import dev.candor.calibrators.internal.ScaledBins;
import dev.candor.internal.Checks;
import java.util.List;

/**
 * Scaling-binning: a logistic curve, then bins of it that output its mean.
 *
 * <pre>
 *   g_k(p) = 1 / (1 + exp(-(a_k logit(p) + b_k)))         fitted to a first part of the samples
 *   bins of equally many g_k(p_k)                         of a second part
 *   q_k ~ the mean of g_k over its bin                    of a third part
 * </pre>
 *
 * <p>{@code p = softmax(z)}, {@code ~} divides by the sum over classes. The curve smooths, so that
 * the outputs are less noisy than those of {@link HistogramBinning}; the bins make the calibration
 * error one that can be measured. Bins are {@code [l, r)}, edges in the middle between neighbours;
 * samples of equal probability stay together; a bin without samples of the third part takes the
 * curve at its middle. Two classes share one function, of the probability of the second.
 *
 * <p>All within a bin becomes equal: rankings get lost, and the predicted class may change. Laplace
 * smoothing, on unless switched off, returns {@code (N q + 1/C) / (N + 1)}. The map is made of
 * steps: its gradient is zero.
 *
 * <p>The parts are thirds, drawn at random by a seed from the samples themselves, so that their
 * order does not matter. Published code fits all three steps to the same samples: {@link
 * Builder#optReuse(boolean)}; the theory asks for separate ones. Where there are fewer than {@link
 * Builder#optBins(int) bins} samples in a part, all parts are the whole.
 *
 * <p>The objectives of the summary are mean negative log-likelihoods, which may grow.
 *
 * <p>Source: Kumar, Liang and Ma, <i>Verified Uncertainty Calibration</i>, NeurIPS 2019,
 * arXiv:1909.10155.
 */
public final class ScalingBinning extends StepCalibrator {

    static final String METHOD = "scaling-binning";

    private ScalingBinning(long classes, List<Coefficient> coefficients, FitSummary summary) {
        super(METHOD, classes, coefficients, summary);
    }

    static ScalingBinning of(CalibratorFile file) {
        List<Coefficient> coefficients = coefficients(file);
        return new ScalingBinning(
                file.classes(), coefficients, FitSummary.fromJson(file.summary(), coefficients));
    }

    /**
     * Fits ten bins for each class to held-out samples.
     *
     * @param logits {@code [N, C]}, a floating-point type, on any device
     * @param labels class indices {@code [N]} or {@code [N, 1]}
     * @return the calibrator
     * @throws IllegalArgumentException if there are no samples, a logit is not finite, a label is
     *     not a class index, or the shapes do not match
     */
    public static ScalingBinning fit(NDArray logits, NDArray labels) {
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

    /** Fits a {@link ScalingBinning}. */
    public static final class Builder extends ProbabilityBuilder<Builder, ScalingBinning> {

        private static final int PARTS = 3;

        private int bins = 10;
        private boolean reuse;
        private long seed;

        private Builder() {}

        /**
         * Sets the number of bins of each class.
         *
         * @param bins at least 1, default 10
         * @return this builder
         */
        public Builder optBins(int bins) {
            this.bins = Checks.atLeast("bins", bins, 1);
            return this;
        }

        /**
         * Sets whether all steps are fitted to all samples.
         *
         * @param reuse default false: to a third each
         * @return this builder
         */
        public Builder optReuse(boolean reuse) {
            this.reuse = reuse;
            return this;
        }

        /**
         * Sets the seed by which the samples are parted.
         *
         * @param seed default 0
         * @return this builder
         */
        public Builder optSeed(long seed) {
            this.seed = seed;
            return this;
        }

        @Override
        Builder self() {
            return this;
        }

        @Override
        Found fitOwn(LabelledLogits data, HostSamples samples) {
            int[] order = RowHash.shuffled(data, seed);
            int parts = reuse || order.length < PARTS * bins ? 1 : PARTS;
            List<Piecewise> functions =
                    OneVersusRest.fit(
                            samples,
                            data.classes(),
                            (x, hits, weights) -> ScaledBins.of(x, hits, order, parts, bins));
            return new Found(OneVersusRest.status(functions), PiecewiseTable.of(functions));
        }

        @Override
        ScalingBinning calibrator(
                long classes, List<Coefficient> coefficients, FitSummary summary) {
            return new ScalingBinning(classes, coefficients, summary);
        }
    }
}
