package dev.candor.calibrators;

import dev.candor.calibrators.BetaCalibration.Form;
import dev.candor.calibrators.FitSummary.Status;
import dev.candor.calibrators.internal.LogisticRegression;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/**
 * The parameters of beta calibration, by a logistic regression for each set of a and b that may be
 * above zero. As the likelihood is concave, the best of those that keep to the constraints is the
 * optimum.
 */
final class BetaFit {

    private static final double LOG_2 = Math.log(2);

    private final LogOdds data;
    private final double scale;

    /** The features of a and b, each at most once, divided by the scale. */
    private final List<double[]> exponents = new ArrayList<>();

    private final boolean shifts;
    private final Form form;

    BetaFit(LogOdds data, Form form) {
        this.data = data;
        this.form = form;
        this.scale = Math.max(1, data.scale());
        this.shifts = form != Form.AB;
        if (form == Form.AM) {
            exponents.add(feature(f -> f));
        } else {
            double origin = form == Form.AB ? LOG_2 : 0;
            exponents.add(feature(f -> origin - softPlus(-f)));
            exponents.add(feature(f -> softPlus(f) - origin));
        }
    }

    private double[] feature(DoubleUnaryOperator of) {
        return Arrays.stream(data.values()).map(f -> of.applyAsDouble(f) / scale).toArray();
    }

    private static double softPlus(double x) {
        return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }

    /**
     * What was found.
     *
     * @param status how the fit ended
     * @param before the mean negative log-likelihood of the logits as they came
     * @param after that found, never above
     * @param iterations steps taken
     */
    record Result(
            Status status,
            double a,
            double b,
            double c,
            double before,
            double after,
            int iterations) {}

    Result fit(int maxIterations) {
        double[] identity = new double[exponents.size() + 1];
        Arrays.fill(identity, 0, exponents.size(), scale);
        double before = regression((1 << exponents.size()) - 1).value(free(identity));
        double[] best = identity;
        double least = Double.POSITIVE_INFINITY;
        Status status = Status.STALLED;
        int iterations = 0;
        for (int support = (1 << exponents.size()) - 1; support >= 0; support--) {
            LogisticRegression regression = regression(support);
            LogisticRegression.Result found = regression.fit(maxIterations);
            iterations += found.iterations();
            double[] parameters = parameters(found.weights(), support);
            boolean allowed = parameters[0] >= 0 && parameters[exponents.size() - 1] >= 0;
            if (allowed && found.value() < least) {
                least = found.value();
                best = parameters;
                status = LogOddsCalibrator.Builder.status(data, regression, found);
            }
        }
        if (least > before) {
            best = identity;
            least = before;
        }
        double a = best[0] / scale;
        double b = best[exponents.size() - 1] / scale;
        double c = form == Form.AB ? (a - b) * LOG_2 : best[exponents.size()];
        return new Result(status, a, b, c, before, least, iterations);
    }

    private LogisticRegression regression(int support) {
        List<double[]> features = new ArrayList<>();
        for (int j = 0; j < exponents.size(); j++) {
            if ((support >> j & 1) == 1) {
                features.add(exponents.get(j));
            }
        }
        if (shifts) {
            features.add(data.ones());
        }
        return new LogisticRegression(
                features.toArray(new double[0][]), data.targets(), data.shares());
    }

    /** Without the shift, where that is not free. */
    private double[] free(double[] parameters) {
        return Arrays.copyOf(parameters, exponents.size() + (shifts ? 1 : 0));
    }

    /** From the weights of some exponents, and a shift, to all. */
    private double[] parameters(double[] weights, int support) {
        double[] parameters = new double[exponents.size() + 1];
        int next = 0;
        for (int j = 0; j < exponents.size(); j++) {
            if ((support >> j & 1) == 1) {
                parameters[j] = weights[next++];
            }
        }
        if (shifts) {
            parameters[exponents.size()] = weights[next];
        }
        return parameters;
    }
}
