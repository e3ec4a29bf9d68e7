package dev.candor.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OnnxEncoderTest {

    private static final int WIDTH = 4;
    private static final int HIDDEN = 6;

    /** A graph of one layer, with what the reader looks for. */
    private static final class Graph {

        private final List<TensorProto> weights = new ArrayList<>();
        private final List<NodeProto> nodes = new ArrayList<>();

        Graph() {
            weights("embeddings.word_embeddings.weight", 9, WIDTH);
            weights("embeddings.position_embeddings.weight", 5, WIDTH);
            weights("embeddings.token_type_embeddings.weight", 2, WIDTH);
            norm("embeddings.LayerNorm");
            String layer = "encoder.layer.0.";
            for (String name : List.of("self.query", "self.key", "self.value", "output.dense")) {
                project(layer + "attention." + name, WIDTH, WIDTH);
            }
            norm(layer + "attention.output.LayerNorm");
            project(layer + "intermediate.dense", WIDTH, HIDDEN);
            project(layer + "output.dense", HIDDEN, WIDTH);
            norm(layer + "output.LayerNorm");
            nodes.add(node("Erf", "x", "erf"));
            ByteBuffer scale = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
            scale.putFloat(0, (float) Math.sqrt(2));
            nodes.add(
                    NodeProto.newBuilder()
                            .setOpType("Constant")
                            .addOutput("scale")
                            .addAttribute(
                                    AttributeProto.newBuilder()
                                            .setName("value")
                                            .setT(
                                                    TensorProto.newBuilder()
                                                            .setRawData(
                                                                    ByteString.copyFrom(scale))))
                            .build());
            nodes.add(node("Div", "product", "scaled", "scale"));
            nodes.add(node("Softmax", "scaled", "attention"));
        }

        private static NodeProto node(String kind, String input, String output, String... more) {
            return NodeProto.newBuilder()
                    .setOpType(kind)
                    .addInput(input)
                    .addAllInput(List.of(more))
                    .addOutput(output)
                    .build();
        }

        private void weights(String name, long... shape) {
            TensorProto.Builder tensor =
                    TensorProto.newBuilder()
                            .setName(name)
                            .setDataType(TensorProto.DataType.FLOAT.getNumber());
            long size = 1;
            for (long axis : shape) {
                tensor.addDims(axis);
                size *= axis;
            }
            for (int i = 0; i < size; i++) {
                tensor.addFloatData(i);
            }
            weights.add(tensor.build());
        }

        private void norm(String name) {
            weights(name + ".weight", WIDTH);
            weights(name + ".bias", WIDTH);
        }

        private void project(String name, int inputs, int outputs) {
            weights(name + ".bias", outputs);
            weights("folded " + name, inputs, outputs);
            nodes.add(node("MatMul", "x", name + " product", "folded " + name));
            nodes.add(node("Add", name + ".bias", name + " sum", name + " product"));
        }

        Graph withoutWeights(String name) {
            weights.removeIf(tensor -> tensor.getName().equals(name));
            return this;
        }

        Graph withoutOperation(String kind) {
            nodes.removeIf(node -> node.getOpType().equals(kind));
            return this;
        }

        Graph withShape(String name, long... shape) {
            withoutWeights(name);
            weights(name, shape);
            return this;
        }

        TransformerEncoder read(NDManager manager) throws IOException {
            byte[] bytes =
                    ModelProto.newBuilder()
                            .setGraph(
                                    GraphProto.newBuilder()
                                            .addAllInitializer(weights)
                                            .addAllNode(nodes))
                            .build()
                            .toByteArray();
            return OnnxEncoderTest.read(bytes, manager);
        }
    }

    private static TransformerEncoder read(byte[] bytes, NDManager manager) throws IOException {
        return TransformerEncoder.readOnnx("m.onnx", new ByteArrayInputStream(bytes), manager);
    }

    private static void refuses(Graph graph, String message) {
        try (NDManager manager = NDManager.newBaseManager()) {
            assertThatThrownBy(() -> graph.read(manager))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("m.onnx is of another architecture: it has " + message);
        }
    }

    @Test
    void readsSizesAndTransposesWhatWasFolded() throws IOException {
        try (NDManager manager = NDManager.newBaseManager()) {
            TransformerEncoder encoder = new Graph().read(manager);
            assertThat(encoder.sizes())
                    .isEqualTo(new EncoderConfiguration(9, 5, WIDTH, HIDDEN, 1, 2));
            float[] expansion =
                    encoder.layers()
                            .get(0)
                            .projection(WeightMatrix.EXPANSION)
                            .weight()
                            .getArray()
                            .toFloatArray();
            assertThat(expansion).startsWith(0, 6, 12, 18, 1, 7).hasSize(WIDTH * HIDDEN);
            // Of the second position, with the first segment.
            assertThat(encoder.positions().getArray().toFloatArray())
                    .startsWith(0, 2, 4, 6, 4, 6, 8, 10);
            assertThat(encoder.getParameters().values())
                    .noneMatch(parameter -> parameter.requiresGradient());
        }
    }

    @Test
    void refusesAnotherArchitectureAndNamesWhatIsMissing() {
        refuses(
                new Graph().withoutWeights("embeddings.word_embeddings.weight"),
                "no weights embeddings.word_embeddings.weight");
        refuses(
                new Graph().withoutWeights("encoder.layer.0.intermediate.dense.bias"),
                "no weights encoder.layer.0.intermediate.dense.bias");
        refuses(
                new Graph().withoutWeights("encoder.layer.0.attention.self.key.bias"),
                "no weights encoder.layer.0.attention.self.key.bias");
        refuses(
                new Graph().withoutWeights("embeddings.token_type_embeddings.weight"),
                "no weights embeddings.token_type_embeddings.weight");
        refuses(
                new Graph().withoutOperation("MatMul"),
                "no product to which encoder.layer.0.attention.self.query.bias is added");
        refuses(new Graph().withoutOperation("Erf"), "no operation Erf, of which GELU is made");
        refuses(new Graph().withoutOperation("Softmax"), "no scaled softmax of an attention");
    }

    @Test
    void refusesWeightsOfAnotherShape() {
        refuses(
                new Graph().withShape("folded encoder.layer.0.output.dense", WIDTH, HIDDEN),
                "weights folded encoder.layer.0.output.dense of shape (4, 6), not (6, 4)");
        refuses(
                new Graph().withShape("embeddings.LayerNorm.bias", 3),
                "weights embeddings.LayerNorm.bias of 3 values, not of shape (4)");
    }

    @Test
    void refusesAFileThatIsNotOnnx() {
        try (NDManager manager = NDManager.newBaseManager()) {
            byte[] text = "not a model".getBytes(StandardCharsets.UTF_8);
            assertThatThrownBy(() -> read(text, manager))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("m.onnx is not an ONNX file");
            assertThatThrownBy(() -> read(new byte[0], manager))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("m.onnx holds no ONNX graph");
        }
    }
}
