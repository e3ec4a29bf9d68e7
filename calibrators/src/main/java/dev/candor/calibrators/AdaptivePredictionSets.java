package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.LabelledLogits;

/**
 * Adaptive prediction sets (APS): the most probable classes until their probabilities add up.
 *
 * <pre>
 *   score(z, k) = sum of p_j over the classes down to k, in descending order of p - U p_k
 * </pre>
 *
 * <p>{@code p = softmax(z)}; U is uniform on {@code (0, 1)} where scores are randomised, and 0
 * where they are not. Hard samples get large sets and easy ones small, which evens out the
 * coverage. With many classes the long tail of small probabilities makes sets huge: {@link
 * RegularizedAdaptivePredictionSets}. Better calibrated probabilities may well give larger sets: a
 * network that is too sure of itself gives small ones. Deterministic scores exceed the coverage
 * that is asked for, and by much where the first class alone often does. See {@link
 * ConformalPredictor} for what is promised.
 *
 * <p>Source: Romano, Sesia and Candes, <i>Classification with Valid and Adaptive Coverage</i>,
 * NeurIPS 2020, arXiv:2006.02544.
 */
public final class AdaptivePredictionSets extends ConformalPredictor {

    static final String METHOD = "aps";

    private AdaptivePredictionSets(Terms terms) {
        super(METHOD, terms);
    }

    static AdaptivePredictionSets of(CalibratorFile file) {
        return new AdaptivePredictionSets(terms(file));
    }

    /**
     * Fits deterministic sets of miscoverage 0.1 to held-out samples.
     *
     * @param logits {@code [N, C]}, a floating-point type, on any device
     * @param labels class indices {@code [N]} or {@code [N, 1]}
     * @return the predictor
     * @throws IllegalArgumentException if there are no samples, a logit is not finite, a label is
     *     not a class index, or the shapes do not match
     */
    public static AdaptivePredictionSets fit(NDArray logits, NDArray labels) {
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

    @Override
    NDArray scores(NDArray probabilities, NDArray uniform) {
        return cumulative(probabilities, ranks(probabilities), uniform);
    }

    /** The place of each class in descending order of probability, from 0, int64. */
    static NDArray ranks(NDArray probabilities) {
        NDArray order = probabilities.neg().argSort(1);
        return order.argSort(1).toType(DataType.INT64, false);
    }

    static NDArray cumulative(NDArray probabilities, NDArray ranks, NDArray uniform) {
        NDArray sums = probabilities.neg().sort(1).neg().cumSum(1).minimum(1).gather(ranks, 1);
        return uniform == null ? sums : sums.sub(probabilities.mul(uniform));
    }

    /** Fits {@link AdaptivePredictionSets}. */
    public static final class Builder
            extends ConformalPredictor.Builder<Builder, AdaptivePredictionSets> {

        private Builder() {}

        /**
         * Makes scores randomised; they are deterministic by default.
         *
         * @param seed of the random numbers
         * @return this builder
         */
        public Builder optRandomized(long seed) {
            this.randomness = seed;
            return this;
        }

        @Override
        Builder self() {
            return this;
        }

        @Override
        AdaptivePredictionSets predictor(LabelledLogits data, HostSamples samples, Terms terms) {
            return new AdaptivePredictionSets(terms);
        }

        @Override
        AdaptivePredictionSets with(AdaptivePredictionSets predictor, Terms terms) {
            return new AdaptivePredictionSets(terms);
        }
    }
}
