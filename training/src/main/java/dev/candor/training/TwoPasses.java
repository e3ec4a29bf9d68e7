package dev.candor.training;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

/**
 * A network that is asked twice in training, for {@link PiModelLoss}: yields the outputs of two
 * passes that differ in their dropout, and outside of training the output of one.
 *
 * <p>Both passes have a graph, and BatchNorm's statistics move twice; the memory of a training step
 * doubles. After training take {@link #network()}.
 */
public final class TwoPasses extends AbstractBlock {

    private static final byte VERSION = 1;

    private final Block network;

    private TwoPasses(Block network) {
        super(VERSION);
        this.network = addChildBlock("network", network);
    }

    /**
     * Returns a block that asks a network twice.
     *
     * @param network a block with one output
     * @return the block
     */
    public static TwoPasses of(Block network) {
        return new TwoPasses(network);
    }

    /**
     * Returns the network.
     *
     * @return the block that is asked
     */
    public Block network() {
        return network;
    }

    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        network.initialize(manager, dataType, inputShapes);
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        NDList outputs = network.forward(parameterStore, inputs, training, params);
        if (training) {
            outputs.addAll(network.forward(parameterStore, inputs, true, params));
        }
        return outputs;
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return network.getOutputShapes(inputShapes);
    }
}
