package dev.candor.calibrators;

import ai.djl.Model;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.util.PairList;

/**
 * A network that has its parameters, followed by a calibrator. Saved as any {@link
 * SequentialBlock}; initialising it leaves the network alone, for a traced network cannot tell its
 * input shapes.
 */
final class CalibratedNetwork extends SequentialBlock {

    private final Block calibrator;

    private CalibratedNetwork(Block network, Block calibrator) {
        this.calibrator = calibrator;
        add(network);
        add(calibrator);
    }

    static SequentialBlock of(Block network, Block calibrator, Model model) {
        CalibratedNetwork both = new CalibratedNetwork(network, calibrator);
        both.initialize(model.getNDManager(), model.getDataType(), inputShapes(network));
        return both;
    }

    private static Shape[] inputShapes(Block network) {
        if (network.isInitialized()) {
            return network.getInputShapes();
        }
        PairList<String, Shape> described = network.describeInput();
        return described == null ? new Shape[0] : described.values().toArray(new Shape[0]);
    }

    @Override
    public void initializeChildBlocks(NDManager manager, DataType type, Shape... inputShapes) {
        calibrator.initialize(manager, type, inputShapes);
    }
}
