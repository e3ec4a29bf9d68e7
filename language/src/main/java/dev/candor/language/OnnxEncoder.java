package dev.candor.language;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import dev.candor.language.internal.OnnxGraph;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** Reads a {@link TransformerEncoder} from the weights of an ONNX graph. */
final class OnnxEncoder {

    private static final String WORDS = "embeddings.word_embeddings.weight";
    private static final String POSITIONS = "embeddings.position_embeddings.weight";
    private static final String SEGMENTS = "embeddings.token_type_embeddings.weight";
    private static final String EXPANSION_BIAS = "encoder.layer.%d.intermediate.dense.bias";

    private final OnnxGraph graph;
    private final EncoderConfiguration sizes;

    private OnnxEncoder(OnnxGraph graph) {
        this.graph = graph;
        this.sizes = sizes(graph);
    }

    static TransformerEncoder read(String file, InputStream stream, NDManager manager)
            throws IOException {
        return new OnnxEncoder(OnnxGraph.read(file, stream)).encoder(manager);
    }

    private static EncoderConfiguration sizes(OnnxGraph graph) {
        long[] words = graph.shape(WORDS);
        int width = Math.toIntExact(words[1]);
        int layers = 0;
        while (graph.has(String.format(EXPANSION_BIAS, layers))) {
            layers++;
        }
        if (layers == 0) {
            throw graph.another("no weights " + String.format(EXPANSION_BIAS, 0));
        }
        if (!graph.hasOperation("Erf")) {
            throw graph.another("no operation Erf, of which GELU is made");
        }
        double scale = graph.attentionScale();
        long headWidth = Math.round(1 / (scale * scale));
        if (headWidth < 1 || width % headWidth != 0) {
            throw graph.another(
                    "an attention scaled by " + scale + ", which fits no head of width " + width);
        }
        return new EncoderConfiguration(
                Math.toIntExact(words[0]),
                Math.toIntExact(graph.shape(POSITIONS)[0]),
                width,
                Math.toIntExact(graph.shape(String.format(EXPANSION_BIAS, 0))[0]),
                layers,
                Math.toIntExact(width / headWidth));
    }

    private TransformerEncoder encoder(NDManager manager) {
        TransformerEncoder encoder = TransformerEncoder.of(sizes);
        set(encoder.words(), graph.values(WORDS), WORDS);
        set(encoder.positions(), positions(), POSITIONS);
        norm(encoder.norm(), "embeddings.LayerNorm");
        for (int i = 0; i < sizes.layers(); i++) {
            String place = "encoder.layer." + i + ".";
            TransformerLayer layer = encoder.layers().get(i);
            project(layer, WeightMatrix.QUERY, place + "attention.self.query");
            project(layer, WeightMatrix.KEY, place + "attention.self.key");
            project(layer, WeightMatrix.VALUE, place + "attention.self.value");
            project(layer, WeightMatrix.OUTPUT, place + "attention.output.dense");
            project(layer, WeightMatrix.EXPANSION, place + "intermediate.dense");
            project(layer, WeightMatrix.CONTRACTION, place + "output.dense");
            norm(layer.attentionNorm(), place + "attention.output.LayerNorm");
            norm(layer.outputNorm(), place + "output.LayerNorm");
        }
        encoder.initialize(manager);
        encoder.freezeParameters(true);
        return encoder;
    }

    /** With the segment that all tokens of a single text belong to. */
    private float[] positions() {
        float[] positions = graph.values(POSITIONS);
        float[] segments = graph.values(SEGMENTS);
        for (int i = 0; i < positions.length; i++) {
            positions[i] += segments[i % sizes.width()];
        }
        return positions;
    }

    private void norm(Normalisation norm, String name) {
        set(norm.gamma(), graph.values(name + ".weight"), name + ".weight");
        set(norm.beta(), graph.values(name + ".bias"), name + ".bias");
    }

    private void project(TransformerLayer layer, WeightMatrix matrix, String name) {
        Projection projection = layer.projection(matrix);
        String bias = name + ".bias";
        set(projection.bias(), graph.values(bias), bias);
        String weight = name + ".weight";
        if (graph.has(weight)) {
            set(projection.weight(), graph.values(weight), weight);
            return;
        }
        String folded = graph.matrixBefore(bias);
        long[] shape = graph.shape(folded);
        Shape expected = projection.weight().getShape();
        check(folded, shape, new Shape(expected.get(1), expected.get(0)));
        set(projection.weight(), transposed(graph.values(folded), shape), folded);
    }

    private static float[] transposed(float[] values, long[] shape) {
        int rows = (int) shape[0];
        int columns = (int) shape[1];
        float[] other = new float[values.length];
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                other[c * rows + r] = values[r * columns + c];
            }
        }
        return other;
    }

    private void check(String name, long[] shape, Shape expected) {
        if (!Arrays.equals(shape, expected.getShape())) {
            throw graph.another(
                    String.format(
                            "weights %s of shape %s, not %s", name, new Shape(shape), expected));
        }
    }

    private void set(Parameter parameter, float[] values, String name) {
        if (values.length != parameter.getShape().size()) {
            throw graph.another(
                    String.format(
                            "weights %s of %d values, not of shape %s",
                            name, values.length, parameter.getShape()));
        }
        parameter.setInitializer(
                (manager, shape, type) -> {
                    try (NDArray borrowed = manager.create(values, shape)) {
                        return borrowed.duplicate();
                    }
                });
    }
}
