package dev.candor.calibrators.internal;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A graph of ONNX operators under construction, in float32. Values are known by name; each method
 * adds what it says and returns the name of the result.
 */
public final class OnnxGraph {

    /** The input of logits. */
    public static final String LOGITS = "logits";

    /** The input of features. */
    public static final String FEATURES = "features";

    /** The output. */
    public static final String CALIBRATED = "calibrated";

    /** Version 17 of the operators, which version 8 of the format brought. */
    private static final long OPERATORS = 17;

    private static final long FORMAT = 8;

    private final GraphProto.Builder graph = GraphProto.newBuilder();
    private final long classes;
    private int values;

    /**
     * Begins with the input of logits.
     *
     * @param classes C, or 0 for any number
     */
    public OnnxGraph(long classes) {
        this.classes = classes;
        graph.addInput(value(LOGITS, classes));
    }

    private static ValueInfoProto value(String name, long width) {
        TensorShapeProto.Dimension.Builder last = TensorShapeProto.Dimension.newBuilder();
        if (width > 0) {
            last.setDimValue(width);
        } else {
            last.setDimParam("C");
        }
        TensorShapeProto shape =
                TensorShapeProto.newBuilder()
                        .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("N"))
                        .addDim(last)
                        .build();
        TypeProto.Tensor tensor =
                TypeProto.Tensor.newBuilder()
                        .setElemType(TensorProto.DataType.FLOAT.getNumber())
                        .setShape(shape)
                        .build();
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder().setTensorType(tensor))
                .build();
    }

    /** Adds the input of features. */
    public String features(long width) {
        graph.addInput(value(FEATURES, width));
        return FEATURES;
    }

    /** A float32 scalar. */
    public String number(double number) {
        return constant(new double[] {number});
    }

    /** Float32 numbers of a shape. */
    public String constant(double[] numbers, long... shape) {
        TensorProto.Builder tensor =
                TensorProto.newBuilder().setDataType(TensorProto.DataType.FLOAT.getNumber());
        for (long axis : shape) {
            tensor.addDims(axis);
        }
        for (double number : numbers) {
            tensor.addFloatData((float) number);
        }
        return added(tensor);
    }

    /** The array of a calibrator. */
    public String constant(Coefficient coefficient) {
        return constant(coefficient.values(), coefficient.shape().getShape());
    }

    /** A vector of int64. */
    public String integers(long... numbers) {
        TensorProto.Builder tensor =
                TensorProto.newBuilder()
                        .setDataType(TensorProto.DataType.INT64.getNumber())
                        .addDims(numbers.length);
        for (long number : numbers) {
            tensor.addInt64Data(number);
        }
        return added(tensor);
    }

    private String added(TensorProto.Builder tensor) {
        String name = next();
        graph.addInitializer(tensor.setName(name));
        return name;
    }

    private String next() {
        return "v" + values++;
    }

    /** An operator of one output. */
    public String add(String operator, String... inputs) {
        return add(operator, Map.of(), inputs);
    }

    /** An operator of one output, with whole numbers for attributes. */
    public String add(String operator, Map<String, Integer> attributes, String... inputs) {
        return add(operator, 1, attributes, inputs).get(0);
    }

    /** An operator of several outputs. */
    public List<String> add(
            String operator, int outputs, Map<String, Integer> attributes, String... inputs) {
        NodeProto.Builder node = NodeProto.newBuilder().setOpType(operator);
        List<String> names = new ArrayList<>();
        for (int i = 0; i < outputs; i++) {
            names.add(next());
        }
        new TreeMap<>(attributes)
                .forEach(
                        (name, number) ->
                                node.addAttribute(
                                        AttributeProto.newBuilder()
                                                .setName(name)
                                                .setType(AttributeType.INT)
                                                .setI(number)));
        node.setName(operator + names.get(0)).addAllOutput(names).addAllInput(List.of(inputs));
        graph.addNode(node);
        return names;
    }

    /** The logarithm of the number of classes. */
    public String logClasses() {
        if (classes > 0) {
            return number(Math.log(classes));
        }
        String shape = add("Shape", Map.of("start", 1), LOGITS);
        String count = add("Cast", Map.of("to", TensorProto.DataType.FLOAT.getNumber()), shape);
        return add("Log", count);
    }

    /** {@code log softmax} of rows. */
    public String logSoftmax(String rows) {
        return add("LogSoftmax", Map.of("axis", 1), rows);
    }

    /** {@code log(e^x + e^y)}. */
    public String logAddExp(String x, String y) {
        String gap = add("Neg", add("Abs", add("Sub", x, y)));
        return add("Add", add("Max", x, y), add("Softplus", gap));
    }

    /** The greatest values of rows, and their places; or the least. */
    public List<String> topK(String rows, long k, boolean greatest) {
        Map<String, Integer> attributes =
                Map.of("axis", 1, "largest", greatest ? 1 : 0, "sorted", 1);
        return add("TopK", 2, attributes, rows, integers(k));
    }

    /** The columns {@code from..end-1}, or backwards with a step of -1. */
    public String columns(String rows, long from, long end, long step) {
        return add("Slice", rows, integers(from), integers(end), integers(1), integers(step));
    }

    /** The value as an integer. */
    public String integer(String x) {
        return add("Cast", Map.of("to", TensorProto.DataType.INT64.getNumber()), x);
    }

    /** The value between bounds. */
    public String clip(String x, double low, double high) {
        return add("Clip", x, number(low), number(high));
    }

    /**
     * Ends with the output.
     *
     * @param calibrated the value that is put out
     * @param method told in the metadata
     * @return the model
     */
    public byte[] toByteArray(String calibrated, String method) {
        graph.addNode(
                NodeProto.newBuilder()
                        .setOpType("Identity")
                        .setName(CALIBRATED)
                        .addInput(calibrated)
                        .addOutput(CALIBRATED));
        graph.setName(method).addOutput(value(CALIBRATED, classes));
        return ModelProto.newBuilder()
                .setIrVersion(FORMAT)
                .setProducerName("candor")
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPERATORS))
                .addMetadataProps(
                        StringStringEntryProto.newBuilder().setKey("method").setValue(method))
                .setGraph(graph)
                .build()
                .toByteArray();
    }
}
