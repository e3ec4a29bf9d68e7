package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.LabelledLogits;

/**
 * Least ambiguous sets (LAC): all classes that are probable enough.
 *
 * <pre>
 *   score(z, k) = 1 - p_k,   p = softmax(z)
 * </pre>
 *
 * <p>The smallest sets on average if the probabilities are right. Easy samples get sets of one
 * class, and hard ones may get an empty set, so that coverage is not even over samples: {@link
 * AdaptivePredictionSets} spread it better at the price of larger sets. See {@link
 * ConformalPredictor} for what is promised.
 *
 * <p>Source: Sadinle, Lei and Wasserman, <i>Least Ambiguous Set-Valued Classifiers with Bounded
 * Error Levels</i>, Journal of the American Statistical Association 114(525), 2019,
 * arXiv:1609.00451.
 */
public final class LeastAmbiguousSets extends ConformalPredictor {

    static final String METHOD = "lac";

    private LeastAmbiguousSets(Terms terms) {
        super(METHOD, terms);
    }

    static LeastAmbiguousSets of(CalibratorFile file) {
        return new LeastAmbiguousSets(terms(file));
    }

    /**
     * Fits sets of miscoverage 0.1 to held-out samples.
     *
     * @param logits {@code [N, C]}, a floating-point type, on any device
     * @param labels class indices {@code [N]} or {@code [N, 1]}
     * @return the predictor
     * @throws IllegalArgumentException if there are no samples, a logit is not finite, a label is
     *     not a class index, or the shapes do not match
     */
    public static LeastAmbiguousSets fit(NDArray logits, NDArray labels) {
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
        return probabilities.neg().add(1);
    }

    /** Fits {@link LeastAmbiguousSets}. */
    public static final class Builder
            extends ConformalPredictor.Builder<Builder, LeastAmbiguousSets> {

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        @Override
        LeastAmbiguousSets predictor(LabelledLogits data, HostSamples samples, Terms terms) {
            return new LeastAmbiguousSets(terms);
        }

        @Override
        LeastAmbiguousSets with(LeastAmbiguousSets predictor, Terms terms) {
            return new LeastAmbiguousSets(terms);
        }
    }
}
