package dev.candor.training.language;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Embedding;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.NormalInitializer;
import ai.djl.util.PairList;
import dev.candor.internal.Checks;
import java.util.ArrayList;
import java.util.List;

/**
 * A small causal transformer: tokens to the logits of the token that follows each.
 *
 * <pre>
 *   x = E[token] + P[position],  x = x + attention(norm(x)),  x = x + feedForward(norm(x))
 *   logits = norm(x) E^T
 * </pre>
 *
 * <p>Input is tokens {@code [N, T]} of any integer type, {@code 0..V-1}; output logits {@code [N,
 * T, V]}. A token sees itself and those before it alone, so that padding on the right changes
 * nothing before it. Meant for experiments and tests, of a few million weights: it keeps no cache
 * between calls. The norms come first, and the output shares the weights of the embedding.
 *
 * <p>Source: Vaswani et al., <i>Attention Is All You Need</i>, NeurIPS 2017, arXiv:1706.03762; with
 * the norms of Radford et al., <i>Language Models are Unsupervised Multitask Learners</i>, 2019.
 */
public final class CausalTransformer extends AbstractBlock {

    private static final byte VERSION = 1;
    private static final float SPREAD = 0.05f;

    private final int vocabulary;
    private final int width;
    private final int maxLength;
    private final Parameter tokens;
    private final Parameter positions;
    private final List<CausalLayer> layers = new ArrayList<>();
    private final LayerNorm norm;

    private CausalTransformer(Builder builder) {
        super(VERSION);
        this.vocabulary = builder.vocabulary;
        this.width = builder.width;
        this.maxLength = builder.maxLength;
        this.tokens = weights("tokens", new Shape(vocabulary, width));
        this.positions = weights("positions", new Shape(1, maxLength, width));
        for (int i = 0; i < builder.layers; i++) {
            layers.add(addChildBlock("layer" + i, new CausalLayer(width, builder.heads)));
        }
        this.norm = addChildBlock("norm", LayerNorm.builder().axis(2).build());
    }

    private Parameter weights(String name, Shape shape) {
        return addParameter(
                Parameter.builder()
                        .setName(name)
                        .setType(Parameter.Type.OTHER)
                        .optShape(shape)
                        .optInitializer(new NormalInitializer(SPREAD))
                        .build());
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
    protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputs) {
        Shape states = new Shape(inputs[0].get(0), inputs[0].get(1), width);
        layers.forEach(layer -> layer.initialize(manager, type, states));
        norm.initialize(manager, type, states);
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        NDArray ids = inputs.head();
        Shape shape = checked(ids.getShape());
        NDArray table = store.getValue(tokens, ids.getDevice(), training);
        NDArray places = store.getValue(positions, ids.getDevice(), training);
        NDIndex used = new NDIndex().addAllDim().addSliceDim(0, shape.get(1));
        NDArray index = ids.toType(DataType.INT64, false);
        NDArray states =
                Embedding.embedding(index, table, SparseFormat.DENSE)
                        .singletonOrThrow()
                        .add(places.get(ids.getManager(), used));
        NDArray unseen = CausalLayer.unseen(states);
        for (CausalLayer layer : layers) {
            states = layer.forward(store, new NDList(states, unseen), training).head();
        }
        states = norm.forward(store, new NDList(states), training).head();
        return Linear.linear(states, table);
    }

    private Shape checked(Shape shape) {
        Checks.that(
                shape.dimension() == 2 && shape.get(1) >= 1 && shape.get(1) <= maxLength,
                "tokens have shape %s, expected [N, T] with T = 1..%d",
                shape,
                maxLength);
        return shape;
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
        return new Shape[] {checked(inputs[0]).add(vocabulary)};
    }

    /** Builds a {@link CausalTransformer}. */
    public static final class Builder {

        private int vocabulary;
        private int width = 64;
        private int heads = 4;
        private int layers = 2;
        private int maxLength = 64;

        private Builder() {}

        /**
         * Sets the number of tokens.
         *
         * @param vocabulary V, at least 2
         * @return this builder
         */
        public Builder setVocabulary(int vocabulary) {
            this.vocabulary = Checks.atLeast("vocabulary", vocabulary, 2);
            return this;
        }

        /**
         * Sets the size of the hidden states.
         *
         * @param width a multiple of the number of heads, default 64
         * @return this builder
         */
        public Builder optWidth(int width) {
            this.width = Checks.atLeast("width", width, 1);
            return this;
        }

        /**
         * Sets the number of heads of each attention.
         *
         * @param heads at least 1, default 4
         * @return this builder
         */
        public Builder optHeads(int heads) {
            this.heads = Checks.atLeast("heads", heads, 1);
            return this;
        }

        /**
         * Sets the number of layers.
         *
         * @param layers at least 1, default 2
         * @return this builder
         */
        public Builder optLayers(int layers) {
            this.layers = Checks.atLeast("layers", layers, 1);
            return this;
        }

        /**
         * Sets the length of the longest text.
         *
         * @param maxLength at least 1, default 64
         * @return this builder
         */
        public Builder optMaxLength(int maxLength) {
            this.maxLength = Checks.atLeast("maxLength", maxLength, 1);
            return this;
        }

        /**
         * Builds the network.
         *
         * @return the network, not initialised
         * @throws IllegalArgumentException if the vocabulary was not set, or the width is no
         *     multiple of the number of heads
         */
        public CausalTransformer build() {
            Checks.atLeast("vocabulary", vocabulary, 2);
            Checks.that(
                    width % heads == 0,
                    "width = %d, expected a multiple of %d heads",
                    width,
                    heads);
            return new CausalTransformer(this);
        }
    }
}
