package dev.candor.language;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.norm.Dropout;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import dev.candor.internal.Scalars;
import java.util.EnumMap;
import java.util.Map;

/** Self-attention and a feed-forward part, each with a residual and a normalisation after it. */
final class TransformerLayer extends AbstractBlock {

    private static final byte VERSION = 1;

    private final EncoderConfiguration sizes;
    private final float dropout;
    private final Map<WeightMatrix, Projection> projections = new EnumMap<>(WeightMatrix.class);
    private final Normalisation attentionNorm;
    private final Normalisation outputNorm;

    TransformerLayer(EncoderConfiguration sizes, float dropout) {
        super(VERSION);
        this.sizes = sizes;
        this.dropout = dropout;
        for (WeightMatrix matrix : WeightMatrix.values()) {
            int inputs = matrix == WeightMatrix.CONTRACTION ? sizes.hidden() : sizes.width();
            int outputs = matrix == WeightMatrix.EXPANSION ? sizes.hidden() : sizes.width();
            projections.put(matrix, addChildBlock(matrix.label(), new Projection(inputs, outputs)));
        }
        this.attentionNorm = addChildBlock("attentionNorm", new Normalisation(sizes.width()));
        this.outputNorm = addChildBlock("outputNorm", new Normalisation(sizes.width()));
    }

    Projection projection(WeightMatrix matrix) {
        return projections.get(matrix);
    }

    Normalisation attentionNorm() {
        return attentionNorm;
    }

    Normalisation outputNorm() {
        return outputNorm;
    }

    /**
     * The states after this layer.
     *
     * @param states {@code [N, T, E]}
     * @param bias what is added to the attention to each token, {@code [N, 1, 1, T]}
     */
    NDArray map(ParameterStore store, NDArray states, NDArray bias, boolean training) {
        NDArray query = heads(store, WeightMatrix.QUERY, states, training);
        NDArray key = heads(store, WeightMatrix.KEY, states, training);
        NDArray value = heads(store, WeightMatrix.VALUE, states, training);
        double scale = 1 / Math.sqrt(sizes.width() / (double) sizes.heads());
        NDArray scores = Scalars.times(query, scale).matMul(key.transpose(0, 1, 3, 2)).add(bias);
        NDArray attention = drop(scores.softmax(3), training);
        NDArray mixed = attention.matMul(value).transpose(0, 2, 1, 3).reshape(states.getShape());
        NDArray attended = map(store, WeightMatrix.OUTPUT, mixed, training);
        NDArray middle = attentionNorm.map(store, states.add(drop(attended, training)), training);
        NDArray wide = Activation.gelu(map(store, WeightMatrix.EXPANSION, middle, training));
        NDArray narrow = map(store, WeightMatrix.CONTRACTION, wide, training);
        return outputNorm.map(store, middle.add(drop(narrow, training)), training);
    }

    private NDArray heads(
            ParameterStore store, WeightMatrix matrix, NDArray states, boolean training) {
        Shape shape = states.getShape();
        return map(store, matrix, states, training)
                .reshape(shape.get(0), shape.get(1), sizes.heads(), sizes.width() / sizes.heads())
                .transpose(0, 2, 1, 3);
    }

    private NDArray map(ParameterStore store, WeightMatrix matrix, NDArray x, boolean training) {
        return projections.get(matrix).map(store, x, training);
    }

    private NDArray drop(NDArray x, boolean training) {
        return training && dropout > 0 ? Dropout.dropout(x, dropout, true).head() : x;
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store, NDList inputs, boolean training, PairList<String, Object> extra) {
        return new NDList(map(store, inputs.get(0), inputs.get(1), training));
    }

    @Override
    protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputShapes) {
        Shape narrow = new Shape(1, 1, sizes.width());
        Shape wide = new Shape(1, 1, sizes.hidden());
        projections.forEach(
                (matrix, projection) ->
                        projection.initialize(
                                manager, type, matrix == WeightMatrix.CONTRACTION ? wide : narrow));
        attentionNorm.initialize(manager, type, narrow);
        outputNorm.initialize(manager, type, narrow);
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return new Shape[] {inputShapes[0]};
    }
}
