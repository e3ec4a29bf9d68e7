package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.candor.calibrators.FitSummary.Status;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.Piecewise;
import dev.candor.calibrators.internal.PiecewiseTable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * One function for each class, fitted to whether the class is the label. Two classes share one, of
 * the probability of the second, so that both sum to one.
 */
final class OneVersusRest {

    private OneVersusRest() {}

    /** Fits a function of the probability of a class. */
    @FunctionalInterface
    interface Fit {

        /**
         * Fits.
         *
         * @param probabilities one for each sample
         * @param hits 1 where the class is the label, 0 elsewhere
         * @param weights of the samples
         */
        Piecewise fit(double[] probabilities, double[] hits, double[] weights);
    }

    static List<Piecewise> fit(HostSamples samples, long classes, Fit fit) {
        List<Piecewise> functions = new ArrayList<>();
        samples.forEachColumn(
                classes == 2 ? 1 : 0,
                (probabilities, hits, weights) ->
                        functions.add(fit.fit(probabilities, hits, weights)));
        return functions;
    }

    /** Functions that are all constant learned nothing but how frequent the classes are. */
    static Status status(List<Piecewise> functions) {
        boolean constant = functions.stream().allMatch(Piecewise::isConstant);
        return constant ? Status.DEGENERATE : Status.CONVERGED;
    }

    static List<Coefficient> coefficients(CalibratorFile file) {
        return PiecewiseTable.of(file, file.classes() == 2 ? 1 : file.classes());
    }

    static NDArray step(NDArray probabilities, NDList table) {
        return map(probabilities, x -> PiecewiseTable.step(x, table));
    }

    static NDArray linear(NDArray probabilities, NDList table) {
        return map(probabilities, x -> PiecewiseTable.linear(x, table).minimum(1));
    }

    private static NDArray map(NDArray probabilities, UnaryOperator<NDArray> function) {
        if (probabilities.getShape().get(1) > 2) {
            return function.apply(probabilities);
        }
        NDArray second = function.apply(probabilities.get(":, 1:2"));
        return second.neg().add(1).concat(second, 1);
    }
}
