package dev.candor.calibrators.language;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import dev.candor.internal.Checks;
import dev.candor.internal.Scalars;

/**
 * A trainable head that tells from the hidden states of an answer's tokens whether it is right.
 *
 * <pre>
 *   a_t = softmax_t(h_t . q / sqrt(D)),  h = sum_t a_t h_t,  z = W h + b
 * </pre>
 *
 * <p>{@code h_t} are the hidden states of the tokens, of D numbers, {@code q} a learnt query.
 * Inputs are the hidden states {@code [N, T, D]} and, where answers differ in length, a mask {@code
 * [N, T]} in the type of the states: 1 where a token counts, 0 where not. The output is logits
 * {@code [N, 2]} of wrong and right. Train it by cross-entropy or any loss of this library on
 * answers that the language model was not trained on; its weights may stay frozen. A row whose mask
 * is zero throughout gives a mean over all its tokens.
 */
public final class AttentionPooledConfidence extends AbstractBlock {

    private static final byte VERSION = 1;

    /** Takes a score out of a softmax, in any type but half precision. */
    private static final double OUT_OF_REACH = 1e30;

    private final Parameter query;
    private final Linear output;

    private AttentionPooledConfidence() {
        super(VERSION);
        this.query =
                addParameter(
                        Parameter.builder()
                                .setName("query")
                                .setType(Parameter.Type.WEIGHT)
                                .build());
        this.output = addChildBlock("output", Linear.builder().setUnits(2).build());
    }

    /**
     * Returns a new head.
     *
     * @return the head, not initialised
     */
    public static AttentionPooledConfidence of() {
        return new AttentionPooledConfidence();
    }

    @Override
    protected void prepare(Shape[] inputs) {
        Shape states = checked(inputs);
        query.setShape(new Shape(1, states.get(2)));
    }

    @Override
    protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputs) {
        output.initialize(manager, type, new Shape(inputs[0].get(0), inputs[0].get(2)));
    }

    private static Shape checked(Shape... inputs) {
        Checks.that(
                inputs.length == 1 || inputs.length == 2,
                "%d inputs, expected hidden states and optionally a mask",
                inputs.length);
        Shape states = inputs[0];
        Checks.that(
                states.dimension() == 3, "hidden states have shape %s, expected [N, T, D]", states);
        Checks.that(
                inputs.length == 1 || inputs[1].equals(states.slice(0, 2)),
                "the mask has shape %s for hidden states of shape %s, expected [N, T]",
                inputs[inputs.length - 1],
                states);
        return states;
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        Shape shape = checked(inputs.getShapes());
        NDArray states = inputs.head();
        NDArray weights = store.getValue(query, states.getDevice(), training);
        NDArray keys = states.mul(weights.expandDims(0)).sum(new int[] {2});
        NDArray scores = Scalars.over(keys, Math.sqrt(shape.get(2)));
        if (inputs.size() == 2) {
            scores = scores.sub(inputs.get(1).neg().add(1).mul(OUT_OF_REACH));
        }
        NDArray shares = scores.softmax(1).expandDims(2);
        NDArray pooled = states.mul(shares).sum(new int[] {1});
        return output.forward(store, new NDList(pooled), training);
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
        return new Shape[] {new Shape(checked(inputs).get(0), 2)};
    }
}
