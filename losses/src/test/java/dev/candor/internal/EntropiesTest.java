package dev.candor.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import org.junit.jupiter.api.Test;

class EntropiesTest {

    private static final double TOLERANCE = 1e-9;

    /** Three samples by four predictions, with values of torch 2.13. */
    private static final double[] PREDICTIONS = {
        .7, .2, .1, .9, .05, .05, 1, 0, 0,
        .5, .3, .2, .88, .07, .05, 0, 1, 0,
        .2, .5, .3, .92, .05, .03, 0, 0, 1,
        .6, .3, .1, .9, .06, .04, 1, 0, 0
    };

    @Test
    void theEntropyOfTheMeanSplitsIntoExpectedEntropyAndMutualInformation() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray probabilities = manager.create(PREDICTIONS, new Shape(4, 3, 3));
            NDArray mean = probabilities.mean(new int[] {0});
            assertThat(Entropies.entropy(mean).toDoubleArray())
                    .containsExactly(
                            new double[] {1.0168705001, 0.3932684343, 1.0397207708},
                            within(TOLERANCE));
            assertThat(Entropies.entropy(probabilities).mean(new int[] {0}).toDoubleArray())
                    .containsExactly(
                            new double[] {0.9397675764, 0.3917261114, 0}, within(TOLERANCE));
            assertThat(Entropies.mutualInformation(probabilities, mean).toDoubleArray())
                    .containsExactly(
                            new double[] {0.0771029237, 0.0015423229, 1.0397207708},
                            within(TOLERANCE));
        }
    }

    @Test
    void aProbabilityOfZeroHasAFiniteGradient() {
        try (NDManager manager = NDManager.newBaseManager();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray probabilities = manager.create(new float[] {1, 0}, new Shape(1, 2));
            probabilities.setRequiresGradient(true);
            NDArray entropy = Entropies.entropy(probabilities).sum();
            collector.backward(entropy);
            assertThat(entropy.getFloat()).isZero();
            assertThat(probabilities.getGradient().isNaN().any().getBoolean()).isFalse();
            assertThat(probabilities.getGradient().isInfinite().any().getBoolean()).isFalse();
        }
    }

    @Test
    void mixesWithTheUniformDistribution() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray probabilities = manager.create(new double[] {1, 0, 0, 0}, new Shape(1, 4));
            assertThat(Entropies.mixWithUniform(probabilities, 0.2).toDoubleArray())
                    .containsExactly(new double[] {0.85, 0.05, 0.05, 0.05}, within(TOLERANCE));
            assertThat(Entropies.mixWithUniform(probabilities, 0)).isSameAs(probabilities);
        }
    }
}
