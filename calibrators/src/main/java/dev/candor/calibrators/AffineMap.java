package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.OnnxGraph;
import dev.candor.internal.Checks;
import java.util.Arrays;
import java.util.List;

/** The map {@code W x + b} on the last axis, with a full or a diagonal W. */
final class AffineMap {

    static final String WEIGHTS = "weights";
    static final String BIAS = "bias";

    private AffineMap() {}

    /** Both as coefficients, W by rows or its diagonal. */
    static List<Coefficient> coefficients(double[] weights, double[] bias) {
        long classes = bias.length;
        Shape shape = weights.length == classes ? new Shape(classes) : new Shape(classes, classes);
        return List.of(
                new Coefficient(WEIGHTS, shape, weights),
                new Coefficient(BIAS, new Shape(classes), bias));
    }

    /** Both as a user gives them: copied and checked. */
    static List<Coefficient> coefficients(double[][] weights, double[] bias) {
        Checks.that(
                weights.length == bias.length && bias.length > 1,
                "%d rows of weights and %d biases, expected one of each for at least two classes",
                weights.length,
                bias.length);
        for (int row = 0; row < weights.length; row++) {
            Checks.that(
                    weights[row].length == bias.length,
                    "weights[%d] has %d values, expected %d",
                    row,
                    weights[row].length,
                    bias.length);
        }
        double[] flat = Arrays.stream(weights).flatMapToDouble(Arrays::stream).toArray();
        return finite(coefficients(flat, bias.clone()));
    }

    /** Both from a file. */
    static List<Coefficient> coefficients(CalibratorFile file, boolean diagonal) {
        long classes = file.classes();
        Shape vector = new Shape(classes);
        Shape shape = diagonal ? vector : new Shape(classes, classes);
        return finite(List.of(file.coefficient(WEIGHTS, shape), file.coefficient(BIAS, vector)));
    }

    /** The same coefficients, if all their values are finite. */
    static List<Coefficient> finite(List<Coefficient> coefficients) {
        for (Coefficient coefficient : coefficients) {
            double[] values = coefficient.values();
            for (int i = 0; i < values.length; i++) {
                Checks.that(
                        Double.isFinite(values[i]),
                        "%s[%d] = %s, expected a finite value",
                        coefficient.name(),
                        i,
                        values[i]);
            }
        }
        return coefficients;
    }

    /** The rows of a square matrix. */
    static double[][] rows(Coefficient matrix) {
        int size = (int) matrix.shape().get(0);
        double[][] rows = new double[size][];
        Arrays.setAll(rows, i -> Arrays.copyOfRange(matrix.values(), i * size, (i + 1) * size));
        return rows;
    }

    /** The map in an ONNX graph, of weights and biases. */
    static String onnx(OnnxGraph graph, String x, Coefficient weights, Coefficient bias) {
        int classes = bias.values().length;
        if (weights.shape().dimension() == 1) {
            String product = graph.add("Mul", x, graph.constant(weights));
            return graph.add("Add", product, graph.constant(bias));
        }
        double[] columns = new double[classes * classes];
        Arrays.setAll(columns, i -> weights.values()[i % classes * classes + i / classes]);
        String product = graph.add("MatMul", x, graph.constant(columns, classes, classes));
        return graph.add("Add", product, graph.constant(bias));
    }

    /** The map, in the type of x. */
    static NDArray of(NDArray x, NDArray weights, NDArray bias) {
        NDArray w = weights.toType(x.getDataType(), false);
        NDArray product = w.getShape().dimension() == 1 ? x.mul(w) : x.matMul(w.transpose());
        return product.add(bias.toType(x.getDataType(), false));
    }
}
