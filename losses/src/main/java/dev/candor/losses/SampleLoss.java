package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import dev.candor.internal.Checks;
import dev.candor.internal.LogitBatch;

/** A loss that is the mean of one value per sample, weighted by class when asked. */
abstract class SampleLoss extends LogitLoss {

    private final double[] classWeights;

    SampleLoss(Builder<?> builder) {
        super(builder);
        this.classWeights = builder.classWeights;
    }

    /** The value of each sample, {@code [M]}, attached to the graph of the logits. */
    abstract NDArray rows(LogitBatch batch);

    @Override
    NDArray evaluate(LogitBatch batch) {
        if (classWeights == null) {
            return batch.mean(rows(batch));
        }
        Checks.that(!batch.hasDistributions(), "class weights take class indices as labels");
        NDArray weights = batch.masked(classWeights(batch).gather(batch.labels(), 0));
        return weightedMean(rows(batch).mul(weights).sum(), weights.sum());
    }

    /** The weight of each class, {@code [C]}; null when all weigh the same. */
    NDArray classWeights(LogitBatch batch) {
        if (classWeights == null) {
            return null;
        }
        Checks.that(
                classWeights.length == batch.classes(),
                "logits have %d classes, expected %d, one for each class weight",
                batch.classes(),
                classWeights.length);
        return batch.constants(classWeights);
    }

    /** Zero, rather than 0 / 0, when nothing weighs. */
    static NDArray weightedMean(NDArray total, NDArray weight) {
        return total.div(weight.maximum(Float.MIN_NORMAL));
    }

    /**
     * Options of every loss that is a mean over samples.
     *
     * @param <B> the builder itself
     */
    abstract static class Builder<B extends Builder<B>> extends LogitLoss.Builder<B> {

        private double[] classWeights;

        Builder(String name) {
            super(name);
        }

        /**
         * Sets the weight of each class: the loss becomes {@code sum_i w_{y_i} l_i / sum_i
         * w_{y_i}}. Labels are then class indices, unless the loss says otherwise.
         *
         * @param classWeights finite weights, none negative, one for each class
         * @return this builder
         */
        public B optClassWeights(double... classWeights) {
            for (int k = 0; k < classWeights.length; k++) {
                Checks.nonNegative("classWeights[" + k + "]", classWeights[k]);
            }
            this.classWeights = classWeights.clone();
            return self();
        }
    }
}
