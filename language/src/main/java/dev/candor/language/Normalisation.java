package dev.candor.language;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

/** Normalisation of the last axis (layer norm), with the epsilon of BERT. */
final class Normalisation extends AbstractBlock {

    private static final byte VERSION = 1;
    private static final float EPSILON = 1e-12f;

    private final Shape shape;
    private final Parameter gamma;
    private final Parameter beta;

    Normalisation(long width) {
        super(VERSION);
        this.shape = new Shape(width);
        this.gamma = parameter("gamma", Parameter.Type.GAMMA);
        this.beta = parameter("beta", Parameter.Type.BETA);
    }

    private Parameter parameter(String name, Parameter.Type type) {
        return addParameter(
                Parameter.builder().setName(name).setType(type).optShape(shape).build());
    }

    Parameter gamma() {
        return gamma;
    }

    Parameter beta() {
        return beta;
    }

    NDArray map(ParameterStore store, NDArray x, boolean training) {
        return LayerNorm.layerNorm(
                        x,
                        shape,
                        store.getValue(gamma, x.getDevice(), training),
                        store.getValue(beta, x.getDevice(), training),
                        EPSILON)
                .singletonOrThrow();
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store, NDList inputs, boolean training, PairList<String, Object> extra) {
        return new NDList(map(store, inputs.singletonOrThrow(), training));
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return inputShapes;
    }
}
