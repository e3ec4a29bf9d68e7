package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.candor.internal.Checks;
import dev.candor.internal.Entropies;
import dev.candor.internal.LogitBatch;

/** What the losses of accuracy versus uncertainty with hard thresholds share. */
abstract class AccuracyVersusUncertaintyLoss extends LogitLoss {

    private final Integer samples;
    private final double smoothing;
    private final boolean stopConfidenceGradient;

    AccuracyVersusUncertaintyLoss(Builder<?> builder) {
        super(builder);
        this.samples = builder.samples;
        this.smoothing = builder.smoothing;
        this.stopConfidenceGradient = builder.stopConfidenceGradient;
    }

    @Override
    LogitBatch batch(NDArray labels, NDArray logits) {
        if (samples == null) {
            return super.batch(labels, logits);
        }
        Shape shape = logits.getShape();
        Checks.that(
                shape.dimension() == 3 && shape.get(0) == samples,
                "logits have shape %s, expected [S, N, C] with S = %d",
                shape,
                samples);
        boolean once = labels.getShape().equals(new Shape(shape.get(1)));
        return super.batch(
                once ? labels.expandDims(0).broadcast(shape.slice(0, 2)) : labels, logits);
    }

    /** Confidence, correctness and uncertainty of each sample. */
    final Evidence evidence(LogitBatch batch) {
        if (samples == null) {
            NDArray uncertainty =
                    smoothing == 0
                            ? batch.entropy()
                            : Entropies.entropy(
                                    Entropies.mixWithUniform(batch.probabilities(), smoothing));
            return new Evidence(batch.confidence(), batch.correct(), uncertainty, batch.mask());
        }
        Checks.that(
                batch.size() % samples == 0,
                "%d rows of logits, expected a multiple of the %d samples",
                batch.size(),
                samples);
        NDArray probabilities =
                batch.probabilities().reshape(samples, batch.size() / samples, batch.classes());
        NDArray mean = probabilities.mean(new int[] {0});
        NDArray predicted = mean.argMax(1);
        NDArray labels = batch.labels().reshape(samples, -1).get(0);
        NDArray correct = predicted.eq(labels).toType(batch.dataType(), false);
        NDArray uncertainty =
                Entropies.mutualInformation(
                        Entropies.mixWithUniform(probabilities, smoothing),
                        Entropies.mixWithUniform(mean, smoothing));
        NDArray mask = batch.mask() == null ? null : batch.mask().reshape(samples, -1).get(0);
        return new Evidence(LogitBatch.pick(mean, predicted), correct, uncertainty, mask);
    }

    /**
     * Sums of the weights of samples, for each of T thresholds: of those whose certainty agrees
     * with their correctness, and of all.
     */
    final Weights weigh(Evidence evidence, NDArray thresholds) {
        NDArray confidence =
                stopConfidenceGradient ? evidence.confidence.stopGradient() : evidence.confidence;
        // Of numbers in 0..1, |x - 1| is 1 - x and |x - 0| is x.
        NDArray weight = confidence.sub(evidence.correct.neg().add(1)).abs();
        if (evidence.mask != null) {
            weight = weight.mul(evidence.mask);
        }
        NDArray uncertainty = evidence.uncertainty.expandDims(1);
        NDArray certain = uncertainty.lte(thresholds).toType(weight.getDataType(), false);
        NDArray degree = uncertainty.tanh().sub(certain).abs();
        NDArray agrees = certain.eq(evidence.correct.expandDims(1));
        NDArray weights = weight.expandDims(1).mul(degree);
        NDArray agreeing = weights.mul(agrees.toType(weight.getDataType(), false));
        return new Weights(agreeing.sum(new int[] {0}), weights.sum(new int[] {0}));
    }

    /** One value for each sample, {@code [N]}; the mask null when all samples count. */
    record Evidence(NDArray confidence, NDArray correct, NDArray uncertainty, NDArray mask) {}

    /** One value for each threshold, {@code [T]}. */
    record Weights(NDArray agreeing, NDArray all) {}

    /**
     * Options of both losses.
     *
     * @param <B> the builder itself
     */
    abstract static class Builder<B extends Builder<B>> extends LogitLoss.Builder<B> {

        private Integer samples;
        private double smoothing;
        private boolean stopConfidenceGradient;

        Builder(String name) {
            super(name);
        }

        /**
         * Measures uncertainty by the mutual information of several stochastic predictions for each
         * sample, and confidence by their mean probabilities, instead of the entropy of a single
         * prediction. Predictions are then logits {@code [S, N, C]}, labels {@code [N]} or {@code
         * [S, N]}. Within a {@link CompositeLoss} labels must be {@code [S, N]}, each row the same,
         * as the primary loss sees them too.
         *
         * @param samples the number S of predictions for each sample, at least 1
         * @return this builder
         */
        public B optMutualInformation(int samples) {
            this.samples = Checks.atLeast("samples", samples, 1);
            return self();
        }

        /**
         * Sets the share of the uniform distribution that is mixed into probabilities before their
         * entropy is taken.
         *
         * @param smoothing in {@code 0..1}, default 0
         * @return this builder
         */
        public B optSmoothing(double smoothing) {
            this.smoothing = Checks.within("smoothing", smoothing, 0, 1);
            return self();
        }

        /**
         * Sets whether confidence is held constant, so that the loss moves uncertainty alone.
         *
         * @param stop default false
         * @return this builder
         */
        public B optStopConfidenceGradient(boolean stop) {
            this.stopConfidenceGradient = stop;
            return self();
        }
    }
}
