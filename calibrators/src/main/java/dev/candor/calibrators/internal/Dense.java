package dev.candor.calibrators.internal;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;

/**
 * Dense layers with a function between them. Hidden layers begin at random, uniform within one over
 * the root of the number of their inputs.
 *
 * @param name before the names of the arrays
 * @param sizes of the input and of the output of each layer
 * @param between the function after each layer but the last
 */
public record Dense(String name, int[] sizes, UnaryOperator<NDArray> between) {

    /** The layers of an input, hidden layers and an output. */
    public static Dense of(
            String name, int input, int[] hidden, int output, UnaryOperator<NDArray> between) {
        int[] sizes = new int[hidden.length + 2];
        sizes[0] = input;
        System.arraycopy(hidden, 0, sizes, 1, hidden.length);
        sizes[hidden.length + 1] = output;
        return new Dense(name, sizes, between);
    }

    /** The number of layers. */
    public int layers() {
        return sizes.length - 1;
    }

    /** The number of arrays. */
    public int arrays() {
        return 2 * layers();
    }

    /** The most elements of a row that are alive in a layer. */
    public long widest() {
        return Arrays.stream(sizes).max().orElseThrow();
    }

    /** Adds arrays that begin at random. */
    public void start(Random random, List<Coefficient> arrays) {
        for (int i = 0; i < layers(); i++) {
            double bound = 1 / Math.sqrt(sizes[i]);
            double[] weights = new double[sizes[i] * sizes[i + 1]];
            double[] bias = new double[sizes[i + 1]];
            Arrays.setAll(weights, k -> bound * (2 * random.nextDouble() - 1));
            Arrays.setAll(bias, k -> bound * (2 * random.nextDouble() - 1));
            add(i, weights, bias, arrays);
        }
    }

    /** Adds arrays of which the last layer returns its bias, whatever comes in. */
    public void start(Random random, double[] output, List<Coefficient> arrays) {
        start(random, arrays);
        arrays.subList(arrays.size() - 2, arrays.size()).clear();
        int last = layers() - 1;
        add(last, new double[sizes[last] * sizes[last + 1]], output, arrays);
    }

    private void add(int layer, double[] weights, double[] bias, List<Coefficient> arrays) {
        Shape shape = new Shape(sizes[layer + 1], sizes[layer]);
        arrays.add(new Coefficient(name + "Weights" + layer, shape, weights));
        arrays.add(new Coefficient(name + "Bias" + layer, new Shape(bias.length), bias));
    }

    /**
     * What the layers make of rows in an ONNX graph.
     *
     * @param operator the function between
     */
    public String onnx(OnnxGraph graph, String x, List<Coefficient> arrays, String operator) {
        String at = x;
        for (int i = 0; i < layers(); i++) {
            String weights = graph.constant(arrays.get(2 * i));
            String bias = graph.constant(arrays.get(2 * i + 1));
            at = graph.add("Gemm", Map.of("transB", 1), at, weights, bias);
            if (i < layers() - 1) {
                at = graph.add(operator, at);
            }
        }
        return at;
    }

    /**
     * What the layers make of rows.
     *
     * @param x {@code [n, input]}
     * @param arrays of all layers, weights {@code [output, input]} before biases
     */
    public NDArray map(NDArray x, NDList arrays) {
        NDArray at = x;
        for (int i = 0; i < layers(); i++) {
            NDArray product = at.matMul(arrays.get(2 * i).transpose());
            at = product.add(arrays.get(2 * i + 1));
            if (i < layers() - 1) {
                at = between.apply(at);
            }
        }
        return at;
    }
}
