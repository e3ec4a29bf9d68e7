package dev.candor.language;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import ai.djl.training.initializer.NormalInitializer;
import ai.djl.util.PairList;
import dev.candor.internal.Scalars;

/**
 * A linear map of the last axis, to which a low-rank one may be added.
 *
 * <pre>
 *   y = W x + b,  with an adapter  y = W x + b + (alpha / r) B A x
 * </pre>
 */
final class Projection extends AbstractBlock {

    private static final byte VERSION = 1;
    private static final String DOWN = "down";
    private static final String UP = "up";

    private final long inputs;
    private final long outputs;
    private final Parameter weight;
    private final Parameter bias;
    private Parameter down;
    private Parameter up;
    private double scale;

    Projection(long inputs, long outputs) {
        super(VERSION);
        this.inputs = inputs;
        this.outputs = outputs;
        this.weight = parameter("weight", Parameter.Type.WEIGHT, new Shape(outputs, inputs));
        this.bias = parameter("bias", Parameter.Type.BIAS, new Shape(outputs));
    }

    private Parameter parameter(String name, Parameter.Type type, Shape shape) {
        return addParameter(
                Parameter.builder().setName(name).setType(type).optShape(shape).build());
    }

    Parameter weight() {
        return weight;
    }

    Parameter bias() {
        return bias;
    }

    /** Adds an adapter that changes nothing yet; it alone is trained from here on. */
    void adapt(int rank, double alpha, NDManager manager) {
        freezeParameters(true);
        scale = alpha / rank;
        down = parameter(DOWN, Parameter.Type.WEIGHT, new Shape(rank, inputs));
        down.setInitializer(new NormalInitializer((float) (1 / Math.sqrt(inputs))));
        up = parameter(UP, Parameter.Type.WEIGHT, new Shape(outputs, rank));
        up.setInitializer(Initializer.ZEROS);
        down.initialize(manager, DataType.FLOAT32);
        up.initialize(manager, DataType.FLOAT32);
    }

    /** Adds the adapter to the matrix, and takes it away. */
    void merge() {
        if (down == null) {
            return;
        }
        try (NDManager scope = weight.getArray().getManager().newSubManager()) {
            NDArray product = up.getArray().stopGradient().matMul(down.getArray().stopGradient());
            product.attach(scope);
            weight.getArray().addi(Scalars.times(product, scale));
        }
        parameters.remove(DOWN).close();
        parameters.remove(UP).close();
        down = null;
        up = null;
    }

    NDArray map(ParameterStore store, NDArray x, boolean training) {
        Device device = x.getDevice();
        NDArray y =
                Linear.linear(
                                x,
                                store.getValue(weight, device, training),
                                store.getValue(bias, device, training))
                        .singletonOrThrow();
        if (down == null) {
            return y;
        }
        NDArray narrow = Linear.linear(x, store.getValue(down, device, training)).head();
        NDArray wide = Linear.linear(narrow, store.getValue(up, device, training)).head();
        return y.add(Scalars.times(wide, scale));
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store, NDList inputs, boolean training, PairList<String, Object> extra) {
        return new NDList(map(store, inputs.singletonOrThrow(), training));
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        Shape shape = inputShapes[0];
        return new Shape[] {shape.slice(0, shape.dimension() - 1).add(outputs)};
    }
}
