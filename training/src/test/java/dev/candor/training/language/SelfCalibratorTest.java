package dev.candor.training.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import dev.candor.losses.CompositeLoss;
import dev.candor.losses.CrossEntropyLoss;
import org.junit.jupiter.api.Test;

class SelfCalibratorTest {

    private static final float FLOAT32_TOLERANCE = 1e-6f;

    private static SelfCalibrator network() {
        return SelfCalibrator.of(
                new SequentialBlock()
                        .add(Linear.builder().setUnits(16).build())
                        .add(Activation::tanh),
                2);
    }

    @Test
    void judgesItsOwnAnswerWhereNoneIsGiven() {
        try (NDManager manager = NDManager.newBaseManager()) {
            SelfCalibrator network = network();
            NDArray input = manager.randomNormal(new Shape(6, 3));
            network.initialize(manager, DataType.FLOAT32, input.getShape());
            ParameterStore store = new ParameterStore(manager, false);
            NDList own = network.forward(store, new NDList(input), false);
            NDArray answers = own.head().argMax(1);
            NDList given = network.forward(store, new NDList(input, answers), false);
            assertThat(given.get(1).toFloatArray()).containsExactly(own.get(1).toFloatArray());
            NDArray others = answers.neg().add(1);
            NDList other = network.forward(store, new NDList(input, others), false);
            assertThat(other.get(0).toFloatArray()).containsExactly(own.get(0).toFloatArray());
            assertThat(other.get(1).toFloatArray()).isNotEqualTo(own.get(1).toFloatArray());
            assertThat(network.getOutputShapes(new Shape[] {input.getShape()}))
                    .containsExactly(new Shape(6, 2), new Shape(6, 2));
        }
    }

    @Test
    void addsBothTasksAndLeavesOutWhatDoesNotTakePart() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray answers = manager.create(new float[][] {{1, 0}, {0, 2}});
            NDArray confidence = manager.create(new float[][] {{0, 3}, {1, 1}});
            NDArray labels = manager.create(new long[] {0, 0});
            NDArray correct = manager.create(new long[] {1, -100});
            CompositeLoss loss = SelfCalibrator.loss(Tracker.fixed(0.5f));
            float both =
                    loss.evaluate(new NDList(labels, correct), new NDList(answers, confidence))
                            .getFloat();
            CrossEntropyLoss plain = CrossEntropyLoss.of();
            float main = plain.evaluate(new NDList(labels), new NDList(answers)).getFloat();
            float judged =
                    plain.evaluate(new NDList(correct.get(":1")), new NDList(confidence.get(":1")))
                            .getFloat();
            assertThat(both).isCloseTo(main + judged / 2, within(FLOAT32_TOLERANCE));
            assertThat(loss.parts()).extracting("name").containsExactly("answers", "confidence");
        }
    }

    /** Answers are right where the third feature is positive, which no answer depends on. */
    @Test
    void learnsWhereAnswersAreWrong() {
        Engine.getInstance().setRandomSeed(9);
        try (Model model = Model.newInstance("self")) {
            model.setBlock(network());
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(SelfCalibrator.loss(Tracker.fixed(1)))
                            .optOptimizer(
                                    Optimizer.adam()
                                            .optLearningRateTracker(Tracker.fixed(0.03f))
                                            .build());
            try (Trainer trainer = model.newTrainer(config)) {
                NDManager manager = trainer.getManager();
                NDArray x = manager.randomNormal(new Shape(200, 3));
                NDArray said = x.get(":, 0").gt(0).toType(DataType.INT64, false);
                NDArray right = x.get(":, 2").gt(0).toType(DataType.INT64, false);
                NDArray truth = NDArrays.where(right.eq(1), said, said.neg().add(1));
                trainer.initialize(x.getShape(), new Shape(200));
                for (int step = 0; step < 150; step++) {
                    try (GradientCollector collector = trainer.newGradientCollector()) {
                        NDList output = trainer.forward(new NDList(x, said));
                        NDList labels = new NDList(truth, right);
                        collector.backward(trainer.getLoss().evaluate(labels, output));
                    }
                    trainer.step();
                }
                NDList output = trainer.evaluate(new NDList(x, said));
                NDArray hits = output.get(1).argMax(1).eq(right);
                assertThat(hits.toType(DataType.FLOAT32, false).mean().getFloat())
                        .isGreaterThan(.95f);
            }
        }
    }

    @Test
    void refusesAnEncoderThatKeepsTokensApart() {
        try (NDManager manager = NDManager.newBaseManager()) {
            SelfCalibrator network = SelfCalibrator.of(Linear.builder().setUnits(4).build(), 2);
            assertThatThrownBy(
                            () -> network.initialize(manager, DataType.FLOAT32, new Shape(2, 5, 3)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("the encoder gives features of shape (2, 5, 4), expected [N, D]");
            assertThatThrownBy(() -> SelfCalibrator.of(network, 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("classes = 1, expected at least 2");
        }
    }
}
