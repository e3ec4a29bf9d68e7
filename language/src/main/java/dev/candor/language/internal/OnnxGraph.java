package dev.candor.language.internal;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.candor.internal.Checks;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The weights of an ONNX file, by name and by their place in the graph. */
public final class OnnxGraph {

    private final String file;
    private final Map<String, TensorProto> initialisers = new HashMap<>();
    private final Map<String, NodeProto> producers = new HashMap<>();
    private final List<NodeProto> nodes;

    private OnnxGraph(String file, GraphProto graph) {
        this.file = file;
        this.nodes = graph.getNodeList();
        graph.getInitializerList().forEach(tensor -> initialisers.put(tensor.getName(), tensor));
        for (NodeProto node : nodes) {
            node.getOutputList().forEach(output -> producers.put(output, node));
        }
    }

    /**
     * Reads a file.
     *
     * @param file how errors call it
     * @param stream its content
     */
    public static OnnxGraph read(String file, InputStream stream) throws IOException {
        try {
            OnnxGraph graph = new OnnxGraph(file, ModelProto.parseFrom(stream).getGraph());
            Checks.that(!graph.nodes.isEmpty(), "%s holds no ONNX graph", file);
            return graph;
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException(file + " is not an ONNX file", e);
        }
    }

    /** The shape of the weights of this name. */
    public long[] shape(String name) {
        return initialiser(name).getDimsList().stream().mapToLong(Long::longValue).toArray();
    }

    /** Whether there are weights of this name. */
    public boolean has(String name) {
        return initialisers.containsKey(name);
    }

    /** The values of the weights of this name, by rows. */
    public float[] values(String name) {
        TensorProto tensor = initialiser(name);
        Checks.that(
                tensor.getDataType() == TensorProto.DataType.FLOAT.getNumber(),
                "%s: weights %s have type %s, expected FLOAT",
                file,
                name,
                TensorProto.DataType.forNumber(tensor.getDataType()));
        Checks.that(tensor.getExternalDataCount() == 0, "%s: weights %s lie elsewhere", file, name);
        if (tensor.getRawData().isEmpty()) {
            float[] values = new float[tensor.getFloatDataCount()];
            for (int i = 0; i < values.length; i++) {
                values[i] = tensor.getFloatData(i);
            }
            return values;
        }
        ByteBuffer bytes = tensor.getRawData().asReadOnlyByteBuffer();
        float[] values = new float[bytes.remaining() / Float.BYTES];
        bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        return values;
    }

    /**
     * The name of the matrix whose product a bias is added to. Exporters fold transposes into such
     * matrices, and rename them then.
     */
    public String matrixBefore(String bias) {
        initialiser(bias);
        for (NodeProto node : nodes) {
            if (!node.getOpType().equals("Add") || !node.getInputList().contains(bias)) {
                continue;
            }
            for (String input : node.getInputList()) {
                NodeProto product = producers.get(input);
                if (product != null && product.getOpType().equals("MatMul")) {
                    String matrix = product.getInput(1);
                    initialiser(matrix);
                    return matrix;
                }
            }
        }
        throw another("no product to which " + bias + " is added");
    }

    /** The constant by which the argument of the first softmax was divided or multiplied. */
    public double attentionScale() {
        for (NodeProto softmax : nodes) {
            if (softmax.getOpType().equals("Softmax")) {
                NodeProto node = producers.get(softmax.getInput(0));
                while (node != null) {
                    if (node.getOpType().equals("Div") || node.getOpType().equals("Mul")) {
                        double number = constant(node.getInput(1));
                        return node.getOpType().equals("Div") ? 1 / number : number;
                    }
                    node = producers.get(node.getInput(0));
                }
            }
        }
        throw another("no scaled softmax of an attention");
    }

    private double constant(String name) {
        NodeProto node = producers.get(name);
        if (node != null && node.getOpType().equals("Constant")) {
            for (AttributeProto attribute : node.getAttributeList()) {
                if (attribute.hasT() && attribute.getT().getRawData().size() == Float.BYTES) {
                    ByteBuffer bytes = attribute.getT().getRawData().asReadOnlyByteBuffer();
                    return bytes.order(ByteOrder.LITTLE_ENDIAN).getFloat();
                }
            }
        }
        throw another("no constant " + name);
    }

    /** Whether the graph has an operation of this kind. */
    public boolean hasOperation(String kind) {
        return nodes.stream().anyMatch(node -> node.getOpType().equals(kind));
    }

    private TensorProto initialiser(String name) {
        TensorProto tensor = initialisers.get(name);
        if (tensor == null) {
            throw another("no weights " + name);
        }
        return tensor;
    }

    /** Says what a file of another architecture lacks. */
    public IllegalArgumentException another(String missing) {
        return Checks.illegal("%s is of another architecture: it has %s", file, missing);
    }
}
