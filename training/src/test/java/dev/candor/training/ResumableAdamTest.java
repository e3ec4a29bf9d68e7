package dev.candor.training;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import dev.candor.losses.CrossEntropyLoss;
import org.junit.jupiter.api.Test;

class ResumableAdamTest {

    @Test
    void takesTheStepsOfAdam() throws Exception {
        Tracker rate = step -> 0.02f / (1 + step);
        float[] expected =
                train(
                        Optimizer.adam()
                                .optLearningRateTracker(rate)
                                .optWeightDecays(0.01f)
                                .optClipGrad(0.5f)
                                .build());
        float[] actual =
                train(
                        ResumableAdam.builder()
                                .optLearningRateTracker(rate)
                                .optWeightDecays(0.01f)
                                .optClipGrad(0.5f)
                                .build());
        assertThat(actual).containsExactly(expected);
    }

    private static float[] train(Optimizer optimizer) throws Exception {
        try (Toy toy = new Toy(64);
                Model model = Toy.model();
                Trainer trainer =
                        Toy.trainer(
                                model,
                                new DefaultTrainingConfig(CrossEntropyLoss.of())
                                        .optOptimizer(optimizer))) {
            Engine.getInstance().setRandomSeed(5);
            EasyTrain.fit(trainer, 3, toy.dataset(16, true), null);
            return Toy.weights(model);
        }
    }
}
