package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import dev.candor.calibrators.FitSummary.Status;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.LabelledLogits;
import dev.candor.calibrators.internal.LogisticRegression;
import dev.candor.calibrators.internal.OnnxGraph;
import dev.candor.internal.Checks;
import dev.candor.internal.Stable;
import java.util.List;
import java.util.Map;

/** A calibrator for two classes, which maps the log-odds {@code f = z_1 - z_0} of the second. */
abstract class LogOddsCalibrator extends FittedCalibrator {

    LogOddsCalibrator(String method, List<Coefficient> coefficients, FitSummary summary) {
        super(method, 2, coefficients, summary);
    }

    /** The calibrated log-odds, of the shape and type of f. */
    abstract NDArray logOdds(NDArray f, NDList coefficients);

    /** The log-probabilities of both classes. */
    @Override
    final NDArray map(NDArray logits, NDList coefficients) {
        int classAxis = logits.getShape().dimension() - 1;
        NDList columns = logits.split(2, classAxis);
        NDArray calibrated = logOdds(columns.get(1).sub(columns.get(0)), coefficients);
        NDList both =
                new NDList(Stable.logSigmoid(calibrated.neg()), Stable.logSigmoid(calibrated));
        return NDArrays.concat(both, classAxis);
    }

    /** The calibrated log-odds in an ONNX graph. */
    abstract String logOdds(OnnxGraph graph, String f);

    @Override
    final String onnx(OnnxGraph graph, String logits) {
        String f = graph.add("Sub", graph.columns(logits, 1, 2, 1), graph.columns(logits, 0, 1, 1));
        String calibrated = logOdds(graph, f);
        String first = graph.add("Neg", graph.add("Softplus", calibrated));
        String second = graph.add("Neg", graph.add("Softplus", graph.add("Neg", calibrated)));
        return graph.add("Concat", Map.of("axis", 1), first, second);
    }

    /** The product with a coefficient in an ONNX graph. */
    final String times(OnnxGraph graph, String x, int coefficient) {
        return graph.add("Mul", x, graph.number(coefficients().get(coefficient).scalar()));
    }

    /** The sum with a coefficient in an ONNX graph. */
    final String plus(OnnxGraph graph, String x, int coefficient) {
        return graph.add("Add", x, graph.number(coefficients().get(coefficient).scalar()));
    }

    /** Single numbers by name, each finite. */
    static List<Coefficient> scalars(List<String> names, double... values) {
        Coefficient[] coefficients = new Coefficient[values.length];
        for (int i = 0; i < values.length; i++) {
            coefficients[i] = Coefficient.scalar(names.get(i), values[i]);
        }
        return finite(List.of(coefficients));
    }

    static List<Coefficient> finite(List<Coefficient> coefficients) {
        for (Coefficient coefficient : coefficients) {
            Checks.that(
                    Double.isFinite(coefficient.scalar()),
                    "%s = %s, expected a finite value",
                    coefficient.name(),
                    coefficient.scalar());
        }
        return coefficients;
    }

    /** Options of every fit to log-odds. */
    abstract static class Builder<B extends Builder<B, C>, C extends Calibrator>
            extends FitBuilder<B, C> {

        private static final int MAX_ITERATIONS = 100;

        @Override
        final C fit(LabelledLogits data, long begin) {
            Checks.that(
                    data.classes() == 2, "logits have %d classes, expected two", data.classes());
            return fit(LogOdds.of(data), maxIterations(MAX_ITERATIONS), begin);
        }

        abstract C fit(LogOdds data, int maxIterations, long begin);

        /** What a regression on the labels says, with its degenerate ends. */
        static Status status(
                LogOdds data, LogisticRegression regression, LogisticRegression.Result found) {
            if (data.isConstant()) {
                return Status.DEGENERATE;
            }
            if (data.classIsMissing()) {
                return Status.CLASS_WITHOUT_SAMPLES;
            }
            return regression.separates(found.weights()) ? Status.SEPARABLE : status(found);
        }

        static Status status(LogisticRegression.Result found) {
            return switch (found.status()) {
                case CONVERGED -> Status.CONVERGED;
                case MAX_ITERATIONS -> Status.MAX_ITERATIONS;
                case STALLED -> Status.STALLED;
            };
        }
    }
}
