package dev.candor.uncertainty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.Dropout;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.nn.recurrent.LSTM;
import ai.djl.nn.transformer.TransformerEncoderBlock;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import dev.candor.calibrators.TemperatureScaling;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class McDropoutTest {

    private static final int FEATURES = 6;
    private static final int CLASSES = 4;
    private static final int ROWS = 5;

    /** A mean of many samples against its expectation. */
    private static final double SAMPLING = 0.25;

    private static final double ROUNDING = 1e-5;

    private NDManager manager;
    private final List<Model> models = new ArrayList<>();

    @BeforeEach
    void open() {
        Engine.getInstance().setRandomSeed(5);
        manager = NDManager.newBaseManager();
    }

    @AfterEach
    void close() {
        models.forEach(Model::close);
        manager.close();
    }

    /** Ways of putting dropout between other blocks. */
    enum Network {
        SEQUENCE {
            @Override
            Block block() {
                return new SequentialBlock()
                        .add(linear(8))
                        .add(BatchNorm.builder().build())
                        .add(LayerNorm.builder().build())
                        .add(Activation::relu)
                        .add(dropout())
                        .add(linear(8))
                        .add(BatchNorm.builder().build())
                        .addSingleton(x -> x.mul(2))
                        .add(linear(CLASSES));
            }
        },
        NESTED_AND_PARALLEL {
            @Override
            Block block() {
                Block left = new SequentialBlock().add(BatchNorm.builder().build()).add(dropout());
                Block right = BatchNorm.builder().build();
                return new SequentialBlock()
                        .add(linear(8))
                        .add(
                                new ParallelBlock(
                                        lists ->
                                                new NDList(
                                                        lists.get(0)
                                                                .head()
                                                                .add(lists.get(1).head())),
                                        List.of(left, right)))
                        .add(linear(CLASSES));
            }
        },
        USER_BLOCK_OF_ANY_BLOCKS {
            @Override
            Block block() {
                return new AnyBlocks(dropout());
            }
        },
        USER_BLOCK_OF_TYPED_FIELDS {
            @Override
            Block block() {
                return new TypedFields();
            }
        },
        USER_BLOCK_OF_A_LIST {
            @Override
            Block block() {
                return new Listed();
            }
        };

        abstract Block block();
    }

    private static Block linear(int units) {
        return Linear.builder().setUnits(units).build();
    }

    private static Dropout dropout() {
        return Dropout.builder().optRate(0.5f).build();
    }

    /** A residual block written by someone else, with fields of the general type. */
    private static final class AnyBlocks extends AbstractBlock {

        private final Block first = addChildBlock("first", linear(FEATURES));
        private final Block norm = addChildBlock("norm", BatchNorm.builder().build());
        private final Block drop;
        private final Block last = addChildBlock("last", linear(CLASSES));

        AnyBlocks(Block drop) {
            this.drop = addChildBlock("drop", drop);
        }

        @Override
        protected NDList forwardInternal(
                ParameterStore store,
                NDList inputs,
                boolean training,
                PairList<String, Object> params) {
            assertThat(training).as("only dropout is turned on").isFalse();
            NDList current = norm.forward(store, first.forward(store, inputs, training), training);
            current = drop.forward(store, current, training);
            NDArray sum = current.head().add(inputs.head());
            return last.forward(store, new NDList(sum), training);
        }

        @Override
        public Shape[] getOutputShapes(Shape[] inputs) {
            return new Shape[] {new Shape(inputs[0].get(0), CLASSES)};
        }

        @Override
        protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputs) {
            first.initialize(manager, type, inputs);
            norm.initialize(manager, type, inputs);
            drop.initialize(manager, type, inputs);
            last.initialize(manager, type, inputs);
        }
    }

    /** Another, whose fields take nothing else. */
    private static final class TypedFields extends AbstractBlock {

        private final Linear first = addChildBlock("first", Linear.builder().setUnits(7).build());
        private final BatchNorm norm = addChildBlock("norm", BatchNorm.builder().build());
        private final Dropout drop = addChildBlock("drop", dropout());
        private final Linear last =
                addChildBlock("last", Linear.builder().setUnits(CLASSES).build());

        @Override
        protected NDList forwardInternal(
                ParameterStore store,
                NDList inputs,
                boolean training,
                PairList<String, Object> params) {
            NDList current = norm.forward(store, first.forward(store, inputs, training), training);
            return last.forward(store, drop.forward(store, current, training), training);
        }

        @Override
        public Shape[] getOutputShapes(Shape[] inputs) {
            return new Shape[] {new Shape(inputs[0].get(0), CLASSES)};
        }

        @Override
        protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputs) {
            first.initialize(manager, type, inputs);
            norm.initialize(manager, type, new Shape(inputs[0].get(0), 7));
            drop.initialize(manager, type, new Shape(inputs[0].get(0), 7));
            last.initialize(manager, type, new Shape(inputs[0].get(0), 7));
        }
    }

    /** Another, that keeps its layers in a list of its own. */
    private static final class Listed extends AbstractBlock {

        private final List<Block> layers = new ArrayList<>();

        Listed() {
            for (Block layer :
                    List.of(linear(8), BatchNorm.builder().build(), dropout(), linear(CLASSES))) {
                layers.add(addChildBlock("layer", layer));
            }
        }

        @Override
        protected NDList forwardInternal(
                ParameterStore store,
                NDList inputs,
                boolean training,
                PairList<String, Object> params) {
            NDList current = inputs;
            for (Block layer : layers) {
                current = layer.forward(store, current, training);
            }
            return current;
        }

        @Override
        public Shape[] getOutputShapes(Shape[] inputs) {
            return new Shape[] {new Shape(inputs[0].get(0), CLASSES)};
        }

        @Override
        protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputs) {
            Shape[] shapes = inputs;
            for (Block layer : layers) {
                layer.initialize(manager, type, shapes);
                shapes = layer.getOutputShapes(shapes);
            }
        }
    }

    private Model model(Block block, Shape... input) {
        Model model = Model.newInstance("net");
        models.add(model);
        model.setBlock(block);
        block.initialize(model.getNDManager(), DataType.FLOAT32, input);
        for (Parameter parameter : block.getParameters().values()) {
            // Statistics of another batch than the one predicted, so that a mix-up shows.
            switch (parameter.getType()) {
                case RUNNING_MEAN -> parameter.getArray().addi(0.3f);
                case RUNNING_VAR -> parameter.getArray().addi(1.5f);
                default -> {}
            }
        }
        return model;
    }

    private NDArray input() {
        return manager.randomNormal(new Shape(ROWS, FEATURES));
    }

    private NDArray evaluated(Model model, NDArray input) {
        return model.getBlock()
                .forward(new ParameterStore(manager, false), new NDList(input), false)
                .singletonOrThrow();
    }

    private static Map<String, float[]> parameters(Model model) {
        Map<String, float[]> values = new LinkedHashMap<>();
        model.getBlock()
                .getParameters()
                .forEach(p -> values.put(p.getKey(), p.getValue().getArray().toFloatArray()));
        return values;
    }

    private static void assertSame(Map<String, float[]> found, Map<String, float[]> expected) {
        assertThat(found.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, values) -> assertThat(found.get(name)).as(name).isEqualTo(values));
    }

    @ParameterizedTest
    @EnumSource(Network.class)
    void leavesParametersAndRunningStatisticsAsTheyWere(Network network) {
        Model model = model(network.block(), new Shape(1, FEATURES));
        NDArray input = input();
        Map<String, float[]> before = parameters(model);
        float[] output = evaluated(model, input).toFloatArray();
        McDropout.of(model).samples(8).predict(input);
        assertSame(parameters(model), before);
        assertThat(evaluated(model, input).toFloatArray()).isEqualTo(output);
    }

    @ParameterizedTest
    @EnumSource(Network.class)
    void samplesDifferAndComeAgainWithTheSeed(Network network) {
        Model model = model(network.block(), new Shape(1, FEATURES));
        NDArray input = input();
        McDropout dropout = McDropout.of(model).samples(16).seed(3);
        NDArray first = dropout.predict(input).probabilities();
        NDArray again = dropout.predict(input).probabilities();
        NDArray other = dropout.seed(4).predict(input).probabilities();
        assertThat(first.toDoubleArray()).isEqualTo(again.toDoubleArray());
        assertThat(first.toDoubleArray()).isNotEqualTo(other.toDoubleArray());
        for (int sample = 1; sample < 16; sample++) {
            assertThat(first.get(sample).toDoubleArray())
                    .isNotEqualTo(first.get(0).toDoubleArray());
        }
    }

    /** Behind a linear map, the mean over masks is what evaluation gives. */
    @ParameterizedTest
    @EnumSource(Network.class)
    void logitsAverageToThoseOfEvaluation(Network network) {
        Model model = model(network.block(), new Shape(1, FEATURES));
        NDArray input = input();
        NDArray expected = evaluated(model, input);
        DropoutNetwork cut = DropoutNetwork.of("net", model.getBlock());
        int samples = 10_000;
        NDArray many = input.tile(new long[] {samples, 1});
        DetachedParameters parameters = new DetachedParameters(manager);
        NDArray logits =
                DropoutNetwork.run(cut.withoutTrunk().sampled(), parameters, new NDList(many))
                        .head()
                        .reshape(samples, ROWS, CLASSES);
        assertThat(logits.mean(new int[] {0}).toFloatArray())
                .containsExactly(expected.toFloatArray(), within((float) SAMPLING));
    }

    @Test
    void dropsAndScalesTheOutputOfBatchNormalisationByRunningStatistics() {
        Model model =
                model(
                        new SequentialBlock().add(BatchNorm.builder().build()).add(dropout()),
                        new Shape(1, FEATURES));
        NDArray input = input();
        float[] expected = evaluated(model, input).toFloatArray();
        DropoutNetwork cut = DropoutNetwork.of("net", model.getBlock()).withoutTrunk();
        float[] found =
                DropoutNetwork.run(
                                cut.sampled(), new DetachedParameters(manager), new NDList(input))
                        .head()
                        .toFloatArray();
        int dropped = 0;
        for (int i = 0; i < found.length; i++) {
            dropped += found[i] == 0 ? 1 : 0;
            assertThat(found[i] + 0f).isIn(0f, 2 * expected[i]);
        }
        assertThat(dropped).isBetween(1, found.length - 1);
    }

    @Test
    void theTrunkBeforeTheFirstDropoutRunsOnce() {
        AtomicInteger rows = new AtomicInteger();
        Block network =
                new SequentialBlock()
                        .add(linear(8))
                        .addSingleton(
                                x -> {
                                    rows.addAndGet((int) x.getShape().get(0));
                                    return x;
                                })
                        .add(dropout())
                        .add(linear(CLASSES));
        Model model = model(network, new Shape(1, FEATURES));
        McDropout dropout = McDropout.of(model).samples(20);
        dropout.predict(input());
        rows.set(0);
        dropout.predict(input());
        assertThat(rows).hasValue(ROWS);
    }

    @Test
    void aBoundOnMemoryCutsTheForwardPass() {
        AtomicInteger passes = new AtomicInteger();
        AtomicInteger largest = new AtomicInteger();
        Block network =
                new SequentialBlock()
                        .add(dropout())
                        .addSingleton(
                                x -> {
                                    int rows = (int) x.getShape().get(0);
                                    passes.incrementAndGet();
                                    largest.accumulateAndGet(rows, Math::max);
                                    return x;
                                })
                        .add(linear(CLASSES));
        Model model = model(network, new Shape(1, FEATURES));
        NDArray input = input();
        McDropout whole = McDropout.of(model).samples(12);
        whole.predict(input);
        passes.set(0);
        largest.set(0);
        whole.predict(input);
        assertThat(passes).hasValue(1);
        assertThat(largest).hasValue(12 * ROWS);
        for (long bytes : new long[] {1000, 500, 1}) {
            McDropout bounded = whole.memory(bytes);
            bounded.predict(input);
            passes.set(0);
            largest.set(0);
            PredictiveDistribution distribution = bounded.predict(input);
            assertThat(distribution.samples()).isEqualTo(12);
            assertThat(distribution.size()).isEqualTo(ROWS);
            assertThat(passes.get()).isGreaterThan(1);
            assertThat(largest.get()).isLessThanOrEqualTo(Math.max(1, (int) (bytes / 24)));
        }
        assertThat(largest).hasValue(1);
    }

    @Test
    void rowsKeepTheirOrderWhateverTheBound() {
        Model model =
                model(
                        new SequentialBlock()
                                .add(linear(8))
                                .add(Dropout.builder().optRate(1e-7f).build())
                                .add(linear(CLASSES)),
                        new Shape(1, FEATURES));
        NDArray input = input();
        double[] expected =
                evaluated(model, input).toType(DataType.FLOAT64, false).softmax(1).toDoubleArray();
        for (long bytes : new long[] {1 << 20, 400, 1}) {
            PredictiveDistribution distribution =
                    McDropout.of(model).samples(3).memory(bytes).predict(input);
            for (int sample = 0; sample < 3; sample++) {
                assertThat(distribution.probabilities().get(sample).toDoubleArray())
                        .containsExactly(expected, within(ROUNDING));
            }
        }
    }

    @Test
    void samplesATransformerOfTypedFields() {
        Block network =
                new SequentialBlock()
                        .add(new TransformerEncoderBlock(8, 2, 16, 0.3f, Activation::relu))
                        .addSingleton(x -> x.mean(new int[] {1}))
                        .add(linear(CLASSES));
        Model model = model(network, new Shape(1, 3, 8));
        NDArray input = manager.randomNormal(new Shape(ROWS, 3, 8));
        PredictiveDistribution distribution = McDropout.of(model).samples(8).predict(input);
        assertThat(distribution.mutualInformation().min().getDouble()).isPositive();
    }

    @Test
    void samplesTheDropoutBetweenRecurrentLayers() {
        Block network =
                new SequentialBlock()
                        .add(
                                LSTM.builder()
                                        .setNumLayers(2)
                                        .setStateSize(5)
                                        .optDropRate(0.4f)
                                        .optBatchFirst(true)
                                        .build())
                        .addSingleton(x -> x.mean(new int[] {1}))
                        .add(linear(CLASSES));
        Model model = model(network, new Shape(1, 3, FEATURES));
        NDArray input = manager.randomNormal(new Shape(ROWS, 3, FEATURES));
        PredictiveDistribution distribution = McDropout.of(model).samples(8).predict(input);
        assertThat(distribution.mutualInformation().min().getDouble()).isPositive();
    }

    @Test
    void followsTheParametersOfTheModel() {
        Model model = model(Network.SEQUENCE.block(), new Shape(1, FEATURES));
        NDArray input = input();
        McDropout dropout = McDropout.of(model).samples(4).seed(1);
        double[] before = dropout.predict(input).mean().toDoubleArray();
        model.getBlock().getParameters().valueAt(0).getArray().muli(3);
        assertThat(dropout.predict(input).mean().toDoubleArray()).isNotEqualTo(before);
    }

    @Test
    void theModelEvaluatesAsBeforeWhileOthersSample() {
        Model model = model(Network.USER_BLOCK_OF_TYPED_FIELDS.block(), new Shape(1, FEATURES));
        NDArray input = input();
        float[] expected = evaluated(model, input).toFloatArray();
        McDropout dropout = McDropout.of(model).samples(4);
        AtomicBoolean done = new AtomicBoolean();
        CompletableFuture<Void> sampling =
                CompletableFuture.runAsync(
                        () -> {
                            try (NDManager own = NDManager.newBaseManager()) {
                                NDArray copy = own.create(input.toFloatArray(), input.getShape());
                                for (int i = 0; i < 30; i++) {
                                    dropout.predict(copy);
                                }
                            } finally {
                                done.set(true);
                            }
                        });
        int evaluations = 0;
        while (!done.get() || evaluations == 0) {
            try (NDArray output = evaluated(model, input)) {
                assertThat(output.toFloatArray()).isEqualTo(expected);
                evaluations++;
            }
        }
        sampling.join();
    }

    @Test
    void leavesTheModelAloneAfterAnException() {
        AtomicInteger calls = new AtomicInteger();
        Block failing =
                new SequentialBlock()
                        .add(new TypedFields())
                        .addSingleton(
                                x -> {
                                    if (x.getShape().get(0) > ROWS) {
                                        calls.incrementAndGet();
                                        throw new IllegalStateException("too many rows");
                                    }
                                    return x;
                                });
        Model model = model(failing, new Shape(1, FEATURES));
        NDArray input = input();
        Map<String, float[]> before = parameters(model);
        float[] expected = evaluated(model, input).toFloatArray();
        int arrays = manager.getManagedArrays().size();
        assertThatThrownBy(() -> McDropout.of(model).predict(input)).hasMessage("too many rows");
        assertThat(calls).hasValue(1);
        assertSame(parameters(model), before);
        assertThat(manager.getManagedArrays()).hasSize(arrays);
        assertThat(evaluated(model, input).toFloatArray()).isEqualTo(expected);
    }

    @Test
    void returnsTwoArraysAndNoOthers() {
        Model model = model(Network.SEQUENCE.block(), new Shape(1, FEATURES));
        NDArray input = input();
        McDropout dropout = McDropout.of(model).samples(4);
        int arrays = manager.getManagedArrays().size();
        int own = model.getNDManager().getManagedArrays().size();
        dropout.predict(input);
        assertThat(manager.getManagedArrays()).hasSize(arrays + 2);
        assertThat(model.getNDManager().getManagedArrays()).hasSize(own);
    }

    @Test
    void samplesBehindAnAttachedCalibrator() {
        Model model = model(Network.SEQUENCE.block(), new Shape(1, FEATURES));
        NDArray input = input();
        McDropout plain = McDropout.of(model).samples(4).seed(2);
        NDArray expected = plain.predict(input).probabilities().log().div(2).softmax(2);
        TemperatureScaling.of(2).attachTo(model);
        assertThat(
                        McDropout.of(model)
                                .samples(4)
                                .seed(2)
                                .predict(input)
                                .probabilities()
                                .toDoubleArray())
                .containsExactly(expected.toDoubleArray(), within(ROUNDING));
    }

    @Test
    void refusesAModelWithoutActiveDropout() {
        String message = "model 'net' has no active dropout";
        refuses(new SequentialBlock().add(linear(CLASSES)), message);
        refuses(
                new SequentialBlock()
                        .add(linear(CLASSES))
                        .add(Dropout.builder().optRate(0).build()),
                message);
        refuses(Blocks.identityBlock(), message);
    }

    private void refuses(Block block, String message) {
        Model model = model(block, new Shape(1, FEATURES));
        assertThatThrownBy(() -> McDropout.of(model).predict(input()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void refusesAModelThatIsNotReady() {
        try (Model model = Model.newInstance("net")) {
            assertThatThrownBy(() -> McDropout.of(model)).hasMessage("model 'net' has no block");
            model.setBlock(new SequentialBlock().add(linear(CLASSES)).add(dropout()));
            assertThatThrownBy(() -> McDropout.of(model))
                    .hasMessageContaining("of model 'net' has no values");
        }
    }

    /** Linear, batch normalisation, dropout, linear; scripted by torch 2.13.0. */
    private Model scripted() throws Exception {
        Model model = Model.newInstance("scripted");
        models.add(model);
        try (InputStream stream = McDropoutTest.class.getResourceAsStream("scripted.pt")) {
            model.load(stream);
        }
        return model;
    }

    @Test
    void refusesATorchScriptModel() throws Exception {
        Model model = scripted();
        assertThatThrownBy(() -> McDropout.of(model))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("model 'scripted' has no active dropout")
                .hasMessageContaining("TorchScript turns on its dropout only together with");
    }

    @Test
    void aTorchScriptTrunkEvaluatesBeforeAHeadWithDropout() throws Exception {
        Block trunk = scripted().getBlock();
        Block head = new SequentialBlock().add(dropout()).add(linear(CLASSES));
        head.initialize(manager, DataType.FLOAT32, new Shape(1, CLASSES));
        Model model = Model.newInstance("net");
        models.add(model);
        model.setBlock(new SequentialBlock().add(trunk).add(head));
        NDArray input = input();
        float[] expected = evaluated(model, input).toFloatArray();
        PredictiveDistribution distribution = McDropout.of(model).samples(8).predict(input);
        assertThat(distribution.mutualInformation().min().getDouble()).isPositive();
        assertThat(evaluated(model, input).toFloatArray()).isEqualTo(expected);
    }

    /** Does in training what is no dropout. */
    private static final class Auxiliary extends AbstractBlock {

        private final Dropout drop = addChildBlock("drop", dropout());

        @Override
        protected NDList forwardInternal(
                ParameterStore store,
                NDList inputs,
                boolean training,
                PairList<String, Object> params) {
            NDList current = drop.forward(store, inputs, training);
            return training ? new NDList(current.head().add(1)) : current;
        }

        @Override
        public Shape[] getOutputShapes(Shape[] inputs) {
            return inputs;
        }

        @Override
        protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputs) {
            drop.initialize(manager, type, inputs);
        }
    }

    @Test
    void refusesABlockThatDoesMoreInTrainingThanDrop() {
        refuses(new Auxiliary(), "a block of it does more in training than drop");
    }

    @Test
    void refusesBadInputs() {
        Model model = model(Network.SEQUENCE.block(), new Shape(1, FEATURES));
        McDropout dropout = McDropout.of(model);
        assertThatThrownBy(() -> dropout.samples(0)).hasMessage("samples = 0, expected at least 1");
        assertThatThrownBy(() -> dropout.memory(0)).hasMessage("bytes = 0, expected at least 1");
        assertThatThrownBy(() -> dropout.predict(new NDList()))
                .hasMessage("no inputs, expected at least one array");
        assertThatThrownBy(() -> dropout.predict(manager.create(new Shape(0, FEATURES))))
                .hasMessageContaining("expected [N, ...] with at least one row");
        assertThatThrownBy(
                        () -> dropout.predict(new NDList(input(), manager.ones(new Shape(2, 1)))))
                .hasMessage("an input has 2 rows, the first 5");
        refuses(
                new SequentialBlock()
                        .add(dropout())
                        .addSingleton(x -> x.sum(Arrays.stream(new int[] {0, 1}).toArray())),
                "expected [N, C]");
    }
}
