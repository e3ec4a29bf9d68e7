package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.OnnxGraph;
import dev.candor.internal.Checks;
import java.util.Arrays;
import java.util.List;

/** What a language model says before it is asked, and its removal from what it answers. */
final class PriorCorrection {

    /** Keeps the logarithm of the prior finite. */
    private static final double SMALLEST_PROBABILITY = 1e-12;

    private static final double MASS_TOLERANCE = 1e-4;

    private static final String PRIOR = "prior";

    private PriorCorrection() {}

    /** The prior as a user gives it: checked, and made to sum to one. */
    static Coefficient given(double... prior) {
        return checked(new Coefficient(PRIOR, new Shape(prior.length), normalised(prior)));
    }

    private static double[] normalised(double[] prior) {
        double sum = Arrays.stream(prior).sum();
        Checks.that(Math.abs(sum - 1) <= MASS_TOLERANCE, "the prior sums to %s, expected 1", sum);
        return Arrays.stream(prior).map(p -> p / sum).toArray();
    }

    /** The prior of a file. */
    static Coefficient of(CalibratorFile file) {
        return checked(file.coefficient(PRIOR, new Shape(file.classes())));
    }

    private static Coefficient checked(Coefficient prior) {
        double[] values = prior.values();
        Checks.that(
                values.length > 1, "%d classes in the prior, expected at least 2", values.length);
        for (int k = 0; k < values.length; k++) {
            Checks.positive(PRIOR + "[" + k + "]", values[k]);
        }
        return prior;
    }

    /**
     * The mean of the probabilities of logits.
     *
     * @param what what the logits are of, for messages
     * @param least the smallest number of rows
     */
    static Coefficient mean(NDArray logits, String what, int least) {
        Shape shape = logits.getShape();
        Checks.that(
                logits.getDataType().isFloating(),
                "logits have type %s, expected a floating-point type",
                logits.getDataType());
        Checks.that(
                shape.dimension() == 2 && shape.get(1) > 1,
                "logits of %s have shape %s, expected [M, C] with at least two classes",
                what,
                shape);
        Checks.that(
                shape.get(0) >= least,
                "logits of %s have shape %s, expected %d rows or more",
                what,
                shape,
                least);
        try (NDManager scope = logits.getManager().newSubManager(logits.getDevice())) {
            scope.tempAttachAll(logits);
            NDArray rows = logits.stopGradient().toType(DataType.FLOAT64, false);
            double[] sums = rows.mul(0).sum(new int[] {1}).toDoubleArray();
            for (int row = 0; row < sums.length; row++) {
                Checks.that(sums[row] == 0, "logits[%d] holds NaN or infinity", row);
            }
            return floored(rows.softmax(1).mean(new int[] {0}).toDoubleArray());
        }
    }

    /** A prior in which nothing is impossible. */
    static Coefficient floored(double... prior) {
        double[] values =
                Arrays.stream(prior).map(p -> Math.max(p, SMALLEST_PROBABILITY)).toArray();
        double sum = Arrays.stream(values).sum();
        return given(Arrays.stream(values).map(p -> p / sum).toArray());
    }

    /** {@code z - log prior}, in the type of the logits. */
    static NDArray subtract(NDArray logits, NDArray prior) {
        return logits.sub(prior.log().toType(logits.getDataType(), false));
    }

    /** A copy of the values. */
    static double[] values(List<Coefficient> coefficients) {
        return coefficients.get(0).values().clone();
    }

    /** Subtracts the logarithms, times a strength, in a graph of ONNX. */
    static String onnx(OnnxGraph graph, String logits, Coefficient prior, double strength) {
        double[] shift = Arrays.stream(prior.values()).map(p -> strength * Math.log(p)).toArray();
        return graph.add("Sub", logits, graph.constant(shift, shift.length));
    }
}
