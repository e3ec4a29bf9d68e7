package dev.candor.training.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
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
import dev.candor.losses.TokenCrossEntropyLoss;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CausalTransformerTest {

    private static final double FLOAT32_TOLERANCE = 1e-5;

    @TempDir private Path directory;

    private static CausalTransformer small() {
        return CausalTransformer.builder()
                .setVocabulary(7)
                .optWidth(8)
                .optHeads(2)
                .optLayers(2)
                .optMaxLength(6)
                .build();
    }

    private static NDArray forward(CausalTransformer block, NDManager manager, long[][] tokens) {
        ParameterStore store = new ParameterStore(manager, false);
        return block.forward(store, new NDList(manager.create(tokens)), false).singletonOrThrow();
    }

    @Test
    void aTokenDoesNotSeeThoseAfterIt() {
        try (NDManager manager = NDManager.newBaseManager()) {
            CausalTransformer block = small();
            block.initialize(manager, DataType.FLOAT32, new Shape(1, 6));
            NDArray whole = forward(block, manager, new long[][] {{1, 2, 3, 4, 5, 6}});
            NDArray other = forward(block, manager, new long[][] {{1, 2, 3, 0, 0, 0}});
            NDArray start = forward(block, manager, new long[][] {{1, 2, 3}});
            assertThat(whole.getShape()).isEqualTo(new Shape(1, 6, 7));
            for (NDArray same : new NDArray[] {other.get(":, :3"), start}) {
                assertThat(whole.get(":, :3").allClose(same, 0, FLOAT32_TOLERANCE, false)).isTrue();
            }
            assertThat(whole.get(":, 3:").allClose(other.get(":, 3:"), 0, 1e-3, false)).isFalse();
        }
    }

    @Test
    void aTokenSeesThoseBeforeItAndTheirOrder() {
        try (NDManager manager = NDManager.newBaseManager()) {
            CausalTransformer block = small();
            block.initialize(manager, DataType.FLOAT32, new Shape(1, 6));
            NDArray there = forward(block, manager, new long[][] {{1, 2, 3}}).get(":, -1");
            NDArray swapped = forward(block, manager, new long[][] {{2, 1, 3}}).get(":, -1");
            assertThat(there.sub(swapped).abs().max().getFloat()).isGreaterThan(1e-4f);
        }
    }

    /** What comes next depends on two tokens, which no table of single ones can tell. */
    @Test
    void learnsWhatFollowsTwoTokens() {
        Engine.getInstance().setRandomSeed(3);
        try (Model model = Model.newInstance("small")) {
            model.setBlock(
                    CausalTransformer.builder()
                            .setVocabulary(7)
                            .optWidth(16)
                            .optHeads(2)
                            .optLayers(1)
                            .optMaxLength(6)
                            .build());
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(TokenCrossEntropyLoss.completionOnly())
                            .optOptimizer(
                                    Optimizer.adam()
                                            .optLearningRateTracker(Tracker.fixed(0.02f))
                                            .build());
            try (Trainer trainer = model.newTrainer(config)) {
                NDManager manager = trainer.getManager();
                trainer.initialize(new Shape(25, 3));
                long[] flat = new long[75];
                for (int i = 0; i < 25; i++) {
                    flat[3 * i] = i / 5;
                    flat[3 * i + 1] = i % 5;
                    flat[3 * i + 2] = (i / 5 + i % 5) % 5;
                }
                NDArray tokens = manager.create(flat, new Shape(25, 3));
                NDArray mask = manager.create(new long[] {0, 0, 1}).reshape(1, 3).repeat(0, 25);
                float last = Float.NaN;
                for (int step = 0; step < 150; step++) {
                    try (NDManager scope = manager.newSubManager();
                            GradientCollector collector = trainer.newGradientCollector()) {
                        NDArray input = tokens.duplicate();
                        input.attach(scope);
                        NDList output = trainer.forward(new NDList(input));
                        NDArray loss = trainer.getLoss().evaluate(new NDList(input, mask), output);
                        collector.backward(loss);
                        last = loss.getFloat();
                    }
                    trainer.step();
                }
                assertThat(last).isLessThan(0.3f);
            }
        }
    }

    @Test
    void isSavedAndLoaded() throws Exception {
        long[][] tokens = {{1, 2, 3}};
        try (NDManager manager = NDManager.newBaseManager();
                Model model = Model.newInstance("small");
                Model copy = Model.newInstance("small")) {
            model.setBlock(small());
            model.getBlock().initialize(manager, DataType.FLOAT32, new Shape(1, 6));
            model.save(directory, "small");
            copy.setBlock(small());
            copy.load(directory, "small");
            NDArray expected = forward((CausalTransformer) model.getBlock(), manager, tokens);
            NDArray loaded = forward((CausalTransformer) copy.getBlock(), manager, tokens);
            assertThat(loaded.toFloatArray()).containsExactly(expected.toFloatArray());
        }
    }

    @Test
    void refusesTextsThatAreTooLong() {
        assertThatThrownBy(() -> small().getOutputShapes(new Shape[] {new Shape(2, 7)}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("tokens have shape (2, 7), expected [N, T] with T = 1..6");
        assertThatThrownBy(() -> CausalTransformer.builder().build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("vocabulary = 0, expected at least 2");
        assertThatThrownBy(
                        () ->
                                CausalTransformer.builder()
                                        .setVocabulary(9)
                                        .optWidth(10)
                                        .optHeads(4)
                                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("width = 10, expected a multiple of 4 heads");
    }
}
