package dev.candor.training.language;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import dev.candor.internal.Scalars;

/** Causal self-attention and a feed-forward network, each after a norm and beside a shortcut. */
final class CausalLayer extends AbstractBlock {

    private static final byte VERSION = 1;

    /** How much wider the hidden layer of the feed-forward network is. */
    private static final int WIDENING = 4;

    private static final double OUT_OF_REACH = -1e9;

    private final int width;
    private final int heads;
    private final LayerNorm attentionNorm;
    private final Linear projections;
    private final Linear mix;
    private final LayerNorm feedForwardNorm;
    private final Linear widen;
    private final Linear narrow;

    CausalLayer(int width, int heads) {
        super(VERSION);
        this.width = width;
        this.heads = heads;
        this.attentionNorm = addChildBlock("attentionNorm", norm());
        this.projections = addChildBlock("projections", linear(3 * width));
        this.mix = addChildBlock("mix", linear(width));
        this.feedForwardNorm = addChildBlock("feedForwardNorm", norm());
        this.widen = addChildBlock("widen", linear(WIDENING * width));
        this.narrow = addChildBlock("narrow", linear(width));
    }

    private static LayerNorm norm() {
        return LayerNorm.builder().axis(2).build();
    }

    private static Linear linear(int units) {
        return Linear.builder().setUnits(units).build();
    }

    /** What is added to scores {@code [T, T]} so that no token sees those after it. */
    static NDArray unseen(NDArray states) {
        int length = (int) states.getShape().get(1);
        NDArray place = states.getManager().arange(0, length, 1, DataType.INT64);
        return place.expandDims(0)
                .gt(place.expandDims(1))
                .toType(states.getDataType(), false)
                .mul(OUT_OF_REACH);
    }

    @Override
    protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputs) {
        Shape states = inputs[0];
        Shape wide = new Shape(states.get(0), states.get(1), (long) WIDENING * width);
        attentionNorm.initialize(manager, type, states);
        projections.initialize(manager, type, states);
        mix.initialize(manager, type, states);
        feedForwardNorm.initialize(manager, type, states);
        widen.initialize(manager, type, states);
        narrow.initialize(manager, type, wide);
    }

    /** Of the states {@code [N, T, D]} and {@link #unseen}. */
    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        NDArray states = inputs.head();
        NDArray calm = attentionNorm.forward(store, new NDList(states), training).head();
        NDArray seen = attention(store, calm, inputs.get(1), training);
        states = states.add(seen);
        calm = feedForwardNorm.forward(store, new NDList(states), training).head();
        NDArray wide = widen.forward(store, new NDList(calm), training).head();
        NDArray added = narrow.forward(store, new NDList(Activation.relu(wide)), training).head();
        return new NDList(states.add(added));
    }

    private NDArray attention(
            ParameterStore store, NDArray states, NDArray unseen, boolean training) {
        Shape shape = states.getShape();
        long depth = width / heads;
        NDArray all =
                projections
                        .forward(store, new NDList(states), training)
                        .head()
                        .reshape(shape.get(0), shape.get(1), 3, heads, depth)
                        .transpose(2, 0, 3, 1, 4);
        NDArray queries = all.get(0);
        NDArray keys = all.get(1).transpose(0, 1, 3, 2);
        NDArray scores = Scalars.times(queries.matMul(keys), 1 / Math.sqrt(depth)).add(unseen);
        NDArray seen = scores.softmax(3).matMul(all.get(2)).transpose(0, 2, 1, 3).reshape(shape);
        return mix.forward(store, new NDList(seen), training).head();
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
        return new Shape[] {inputs[0]};
    }
}
