package dev.candor.language;

import ai.djl.Device;
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
import ai.djl.nn.norm.Dropout;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import dev.candor.internal.Checks;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * A transformer encoder as BERT has it, for texts of one segment: tokens in, a state for each token
 * out. Trainable as any DJL block.
 *
 * <pre>
 *   h_0 = norm(word + position)
 *   m_l = norm(h_{l-1} + attention(h_{l-1}))
 *   h_l = norm(m_l + contraction(gelu(expansion(m_l))))
 * </pre>
 *
 * <p>The embedding of the segment, the same for all tokens, is part of that of positions. DJL's own
 * {@code BertBlock} normalises over the batch and leads its second residual past the first, and so
 * cannot hold the weights of a pretrained BERT.
 *
 * <p>Inputs are token ids {@code [N, T]}, int64, and a mask {@code [N, T]}, float32, one for tokens
 * and zero for padding; the output is {@code [N, T, E]}. States at padding are of no use: see
 * {@link #meanPool}.
 *
 * <p>Source: Devlin et al., <i>BERT: Pre-training of Deep Bidirectional Transformers for Language
 * Understanding</i>, NAACL 2019, arXiv:1810.04805.
 */
public final class TransformerEncoder extends AbstractBlock {

    private static final byte VERSION = 1;

    /** Taken off before a softmax, as good as infinity, without the NaN of a row of padding. */
    private static final float UNSEEN = 1e9f;

    private final EncoderConfiguration sizes;
    private final float dropout;
    private final Parameter words;
    private final Parameter positions;
    private final Normalisation norm;
    private final List<TransformerLayer> layers = new ArrayList<>();

    private TransformerEncoder(EncoderConfiguration sizes, float dropout) {
        super(VERSION);
        this.sizes = sizes;
        this.dropout = dropout;
        this.words = embedding("words", sizes.vocabulary());
        this.positions = embedding("positions", sizes.positions());
        this.norm = addChildBlock("norm", new Normalisation(sizes.width()));
        for (int layer = 0; layer < sizes.layers(); layer++) {
            layers.add(addChildBlock("layer", new TransformerLayer(sizes, dropout)));
        }
    }

    private Parameter embedding(String name, int rows) {
        return addParameter(
                Parameter.builder()
                        .setName(name)
                        .setType(Parameter.Type.WEIGHT)
                        .optShape(new Shape(rows, sizes.width()))
                        .build());
    }

    /**
     * Returns an encoder without values, to be initialised or loaded.
     *
     * @param sizes its sizes
     * @return the encoder
     */
    public static TransformerEncoder of(EncoderConfiguration sizes) {
        return of(sizes, 0);
    }

    /**
     * Returns an encoder without values, to be initialised or loaded.
     *
     * @param sizes its sizes
     * @param dropout the share of values dropped in training, in {@code [0, 1)}
     * @return the encoder
     */
    public static TransformerEncoder of(EncoderConfiguration sizes, double dropout) {
        Checks.that(
                dropout >= 0 && dropout < 1, "dropout = %s, expected 0 <= dropout < 1", dropout);
        return new TransformerEncoder(sizes, (float) dropout);
    }

    /**
     * Reads an encoder from an ONNX file, as exported from a BERT of Hugging Face's library.
     * Weights are found by their names and by their place in the graph; what the file has beyond
     * the encoder is left aside.
     *
     * @param file how errors call the file
     * @param stream its content
     * @param manager to which the parameters will belong
     * @return the encoder, its parameters frozen
     * @throws IOException if the stream cannot be read
     * @throws IllegalArgumentException if it is no ONNX file or holds another architecture
     */
    public static TransformerEncoder readOnnx(String file, InputStream stream, NDManager manager)
            throws IOException {
        return OnnxEncoder.read(file, stream, manager);
    }

    /**
     * Returns the sizes.
     *
     * @return the sizes
     */
    public EncoderConfiguration sizes() {
        return sizes;
    }

    /** A copy with parameters of its own, all of them to be trained. */
    TransformerEncoder copy(NDManager manager, double rate) {
        TransformerEncoder copy = of(sizes, rate);
        List<Parameter> sources = getParameters().values();
        List<Parameter> targets = copy.getParameters().values();
        for (int i = 0; i < sources.size(); i++) {
            NDArray source = sources.get(i).getArray();
            targets.get(i).setInitializer((owner, shape, type) -> owned(source, owner));
        }
        copy.initialize(manager);
        return copy;
    }

    private static NDArray owned(NDArray source, NDManager manager) {
        NDArray array = source.stopGradient().duplicate();
        array.attach(manager);
        return array;
    }

    void initialize(NDManager manager) {
        initialize(manager, DataType.FLOAT32, new Shape(1, 1), new Shape(1, 1));
    }

    Parameter words() {
        return words;
    }

    Parameter positions() {
        return positions;
    }

    Normalisation norm() {
        return norm;
    }

    List<TransformerLayer> layers() {
        return layers;
    }

    /** Leaves the embeddings and the layers below as they are when training. */
    void freezeBelow(int layer) {
        words.freeze(layer > 0);
        positions.freeze(layer > 0);
        norm.freezeParameters(layer > 0);
        for (int i = 0; i < layers.size(); i++) {
            layers.get(i).freezeParameters(i < layer);
        }
    }

    /** Adds adapters to the layers from this one on, and trains nothing else. */
    void adapt(LowRankAdaptation adaptation, int from, NDManager manager) {
        freezeParameters(true);
        for (TransformerLayer layer : layers.subList(from, layers.size())) {
            for (WeightMatrix matrix : adaptation.matrices()) {
                layer.projection(matrix).adapt(adaptation.rank(), adaptation.alpha(), manager);
            }
        }
    }

    /** Makes adapters part of the matrices. */
    void merge() {
        for (TransformerLayer layer : layers) {
            for (WeightMatrix matrix : WeightMatrix.values()) {
                layer.projection(matrix).merge();
            }
        }
    }

    /** The embeddings of tokens, before positions are added, {@code [N, T, E]}. */
    NDArray embed(ParameterStore store, NDArray ids, boolean training) {
        NDArray table = store.getValue(words, ids.getDevice(), training);
        return Embedding.embedding(ids, table, SparseFormat.DENSE).singletonOrThrow();
    }

    /** The states of tokens from their embeddings. */
    NDArray encode(ParameterStore store, NDArray embedded, NDArray mask, boolean training) {
        Device device = embedded.getDevice();
        long length = embedded.getShape().get(1);
        Checks.that(
                length <= sizes.positions(),
                "texts have %d tokens, expected at most %d",
                length,
                sizes.positions());
        NDArray places =
                store.getValue(positions, device, training).get(new NDIndex("0:" + length));
        NDArray states = norm.map(store, embedded.add(places.expandDims(0)), training);
        if (training && dropout > 0) {
            states = Dropout.dropout(states, dropout, true).head();
        }
        NDArray bias = mask.sub(1).mul(UNSEEN).expandDims(1).expandDims(1);
        for (TransformerLayer layer : layers) {
            states = layer.map(store, states, bias, training);
        }
        return states;
    }

    /**
     * Averages the states of the tokens of each text, padding left out.
     *
     * @param states {@code [N, T, E]}
     * @param mask {@code [N, T]}, one for tokens and zero for padding
     * @return {@code [N, E]}
     */
    public static NDArray meanPool(NDArray states, NDArray mask) {
        NDArray tokens = mask.expandDims(2);
        return states.mul(tokens).sum(new int[] {1}).div(tokens.sum(new int[] {1}));
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store, NDList inputs, boolean training, PairList<String, Object> extra) {
        NDArray embedded = embed(store, inputs.get(0), training);
        return new NDList(encode(store, embedded, inputs.get(1), training));
    }

    @Override
    protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputShapes) {
        Shape states = new Shape(1, 1, sizes.width());
        norm.initialize(manager, type, states);
        layers.forEach(layer -> layer.initialize(manager, type, states, new Shape(1, 1, 1, 1)));
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return new Shape[] {inputShapes[0].add(sizes.width())};
    }
}
