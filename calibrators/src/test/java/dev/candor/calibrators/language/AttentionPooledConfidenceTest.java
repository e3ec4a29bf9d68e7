package dev.candor.calibrators.language;

import static dev.candor.calibrators.language.Refusal.refuses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import dev.candor.losses.CrossEntropyLoss;
import org.junit.jupiter.api.Test;

class AttentionPooledConfidenceTest {

    private static final double FLOAT32_TOLERANCE = 1e-5;

    private static NDArray forward(AttentionPooledConfidence head, NDManager manager, NDList in) {
        return head.forward(new ParameterStore(manager, false), in, false).singletonOrThrow();
    }

    @Test
    void masksTokensThatDoNotCount() {
        try (NDManager manager = NDManager.newBaseManager()) {
            AttentionPooledConfidence head = AttentionPooledConfidence.of();
            NDArray states = manager.randomNormal(new Shape(2, 5, 4));
            head.initialize(manager, DataType.FLOAT32, states.getShape());
            NDArray mask = manager.create(new float[][] {{1, 1, 1, 0, 0}, {1, 1, 1, 0, 0}});
            NDArray masked = forward(head, manager, new NDList(states, mask));
            NDArray shorter = forward(head, manager, new NDList(states.get(":, :3")));
            assertThat(masked.getShape()).isEqualTo(new Shape(2, 2));
            assertThat(masked.allClose(shorter, 0, FLOAT32_TOLERANCE, false)).isTrue();
            assertThat(head.getOutputShapes(new Shape[] {states.getShape()}))
                    .containsExactly(new Shape(2, 2));
        }
    }

    @Test
    void followsTheFormula() {
        try (NDManager manager = NDManager.newBaseManager()) {
            AttentionPooledConfidence head = AttentionPooledConfidence.of();
            head.initialize(manager, DataType.FLOAT32, new Shape(1, 2, 4));
            head.getParameters().valueAt(0).getArray().set(new float[] {1, 0, 0, 0});
            NDArray weight = head.getParameters().valueAt(1).getArray();
            weight.set(new float[] {1, 0, 0, 0, 0, 1, 0, 0});
            NDArray states =
                    manager.create(new float[] {2, 5, 0, 0, 0, 1, 0, 0}, new Shape(1, 2, 4));
            double first = 1 / (1 + Math.exp(-1));
            assertThat(forward(head, manager, new NDList(states)).toFloatArray())
                    .containsExactly(
                            new float[] {(float) (2 * first), (float) (5 * first + 1 - first)},
                            within((float) FLOAT32_TOLERANCE));
        }
    }

    /** Right answers hold one token that stands out; a mean over tokens would drown it. */
    @Test
    void learnsWhichTokenMatters() {
        try (Model model = Model.newInstance("head")) {
            Engine.getInstance().setRandomSeed(5);
            model.setBlock(AttentionPooledConfidence.of());
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(CrossEntropyLoss.of())
                            .optOptimizer(
                                    Optimizer.adam()
                                            .optLearningRateTracker(Tracker.fixed(0.05f))
                                            .build());
            try (Trainer trainer = model.newTrainer(config)) {
                NDManager manager = trainer.getManager();
                NDArray states = manager.randomNormal(new Shape(64, 8, 4));
                NDArray labels = manager.arange(0, 64, 1, DataType.INT64).mod(2);
                NDArray marks = labels.toType(DataType.FLOAT32, false).mul(2).sub(1);
                NDArray signal =
                        NDArrays.stack(
                                new NDList(
                                        manager.full(new Shape(64), 6f),
                                        marks.mul(4),
                                        manager.zeros(new Shape(64)),
                                        manager.zeros(new Shape(64))),
                                1);
                NDArray all = NDArrays.concat(new NDList(signal.expandDims(1), states), 1);
                trainer.initialize(all.getShape());
                float first = 0;
                float last = 0;
                for (int step = 0; step < 60; step++) {
                    try (GradientCollector collector = trainer.newGradientCollector()) {
                        NDList output = trainer.forward(new NDList(all));
                        NDArray loss = trainer.getLoss().evaluate(new NDList(labels), output);
                        collector.backward(loss);
                        last = loss.getFloat();
                        first = step == 0 ? last : first;
                    }
                    trainer.step();
                }
                assertThat(last).isLessThan(first / 10).isLessThan(.1f);
            }
        }
    }

    @Test
    void refusesShapesThatDoNotFit() {
        AttentionPooledConfidence head = AttentionPooledConfidence.of();
        refuses(
                () -> head.getOutputShapes(new Shape[] {new Shape(2, 4)}),
                "hidden states have shape (2, 4), expected [N, T, D]");
        refuses(
                () -> head.getOutputShapes(new Shape[] {new Shape(2, 4, 3), new Shape(2, 3)}),
                "the mask has shape (2, 3) for hidden states of shape (2, 4, 3), expected [N, T]");
        refuses(
                () -> head.getOutputShapes(new Shape[0]),
                "0 inputs, expected hidden states and optionally a mask");
    }
}
