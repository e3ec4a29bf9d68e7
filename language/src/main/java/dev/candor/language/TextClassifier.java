package dev.candor.language;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import dev.candor.internal.Checks;

/**
 * A {@link TransformerEncoder} with a linear head on the mean of its states.
 *
 * <p>Inputs are token ids {@code [N, T]} and a mask {@code [N, T]}; or the embeddings of tokens
 * {@code [N, T, E]} and a mask, for perturbations; or, alone, the mean states {@code [N, E]}, for
 * training the head by itself. The output is logits {@code [N, C]}.
 */
public final class TextClassifier extends AbstractBlock {

    private static final byte VERSION = 1;

    private final TransformerEncoder encoder;
    private final Linear head;
    private final int classes;

    private TextClassifier(TransformerEncoder encoder, int classes) {
        super(VERSION);
        this.classes = Checks.atLeast("classes", classes, 2);
        this.encoder = addChildBlock("encoder", encoder);
        this.head = addChildBlock("head", Linear.builder().setUnits(classes).build());
    }

    /**
     * Returns a classifier whose head has no values yet.
     *
     * @param encoder the encoder, with or without values
     * @param classes the number of classes, at least 2
     * @return the classifier
     */
    public static TextClassifier of(TransformerEncoder encoder, int classes) {
        return new TextClassifier(encoder, classes);
    }

    /**
     * Returns the encoder.
     *
     * @return the encoder
     */
    public TransformerEncoder encoder() {
        return encoder;
    }

    Linear head() {
        return head;
    }

    /** The embeddings that a perturbation moves: of tokens, or the mean states where given. */
    NDArray embed(ParameterStore store, NDList inputs) {
        return inputs.size() == 1 ? inputs.head() : encoder.embed(store, inputs.get(0), false);
    }

    /** What the head sees, {@code [N, E]}. */
    NDArray represent(ParameterStore store, NDList inputs, boolean training) {
        NDArray first = inputs.get(0);
        if (inputs.size() == 1) {
            return first;
        }
        NDArray embedded =
                first.getShape().dimension() == 3 ? first : encoder.embed(store, first, training);
        NDArray mask = inputs.get(1);
        return TransformerEncoder.meanPool(encoder.encode(store, embedded, mask, training), mask);
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store, NDList inputs, boolean training, PairList<String, Object> extra) {
        NDList represented = new NDList(represent(store, inputs, training));
        return head.forward(store, represented, training);
    }

    @Override
    protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputShapes) {
        if (!encoder.isInitialized()) {
            encoder.initialize(manager);
        }
        head.initialize(manager, type, new Shape(1, encoder.sizes().width()));
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return new Shape[] {new Shape(inputShapes[0].get(0), classes)};
    }
}
