package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import dev.candor.calibrators.FitSummary.Status;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.LogisticRegression;
import dev.candor.calibrators.internal.OnnxGraph;
import java.util.Arrays;
import java.util.List;

/**
 * Platt scaling: a sigmoid of the score of two classes, fitted to smoothed targets.
 *
 * <pre>
 *   p_1 = sigmoid(b + w f),  f = z_1 - z_0
 *   t_i = (N_1 + 1) / (N_1 + 2) where y_i = 1,  1 / (N_0 + 2) where y_i = 0
 * </pre>
 *
 * <p>{@code b} is the intercept and {@code w} the slope, of which the paper's A and B are the
 * negatives; {@code N_1} and {@code N_0} are the numbers of samples of each label, or the sums of
 * their weights. The score may be any that grows with the second class, such as the margin of a
 * support vector machine: of a score f, pass the logits {@code (0, f)}. As targets are neither 0
 * nor 1, the fit is finite for any samples. The predicted class may change. With many samples it is
 * {@link LogisticScaling}. Returns log-probabilities.
 *
 * <p>The fit minimises the mean cross-entropy with the smoothed targets by Newton's method, on the
 * host; the summary reports it. It never ends worse than the logits began.
 *
 * <p>Source: Platt, <i>Probabilistic Outputs for Support Vector Machines and Comparisons to
 * Regularized Likelihood Methods</i>, Advances in Large Margin Classifiers, 1999.
 */
public final class PlattScaling extends LogOddsCalibrator {

    static final String METHOD = "platt";

    private static final List<String> NAMES = List.of("intercept", "slope");

    private PlattScaling(List<Coefficient> coefficients, FitSummary summary) {
        super(METHOD, coefficients, summary);
    }

    /**
     * Returns the calibrator of known coefficients.
     *
     * @param intercept b, finite
     * @param slope w, finite
     * @return the calibrator
     */
    public static PlattScaling of(double intercept, double slope) {
        List<Coefficient> coefficients = scalars(NAMES, intercept, slope);
        return new PlattScaling(coefficients, FitSummary.given(coefficients));
    }

    static PlattScaling of(CalibratorFile file) {
        List<Coefficient> coefficients =
                finite(
                        List.of(
                                file.coefficient(NAMES.get(0), new Shape()),
                                file.coefficient(NAMES.get(1), new Shape())));
        return new PlattScaling(coefficients, FitSummary.fromJson(file.summary(), coefficients));
    }

    /**
     * Fits to held-out samples.
     *
     * @param logits {@code [N, 2]}, a floating-point type, on any device
     * @param labels class indices {@code [N]} or {@code [N, 1]}
     * @return the calibrator
     * @throws IllegalArgumentException if there are no samples, a logit is not finite, a label is
     *     not 0 or 1, or the shapes do not match
     */
    public static PlattScaling fit(NDArray logits, NDArray labels) {
        return builder().fit(logits, labels);
    }

    /**
     * Returns a builder.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Returns the intercept.
     *
     * @return b
     */
    public double intercept() {
        return coefficients().get(0).scalar();
    }

    /**
     * Returns the slope.
     *
     * @return w
     */
    public double slope() {
        return coefficients().get(1).scalar();
    }

    @Override
    public boolean preservesRanking() {
        return false;
    }

    @Override
    NDArray logOdds(NDArray f, NDList coefficients) {
        return f.mul(coefficients.get(1)).add(coefficients.get(0));
    }

    @Override
    String logOdds(OnnxGraph graph, String f) {
        return plus(graph, times(graph, f, 1), 0);
    }

    /** Fits a {@link PlattScaling}. */
    public static final class Builder extends LogOddsCalibrator.Builder<Builder, PlattScaling> {

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        @Override
        PlattScaling fit(LogOdds data, int maxIterations, long begin) {
            double scale = data.scale();
            double[] scaled = Arrays.stream(data.values()).map(f -> f / scale).toArray();
            double positive = (data.positives() + 1) / (data.positives() + 2);
            double negative = 1 / (data.negatives() + 2);
            double[] targets =
                    Arrays.stream(data.targets()).map(t -> t > 0 ? positive : negative).toArray();
            LogisticRegression regression =
                    new LogisticRegression(
                            new double[][] {data.ones(), scaled}, targets, data.shares());
            double[] identity = {0, scale};
            double before = regression.value(identity);
            LogisticRegression.Result found = regression.fit(maxIterations);
            boolean better = found.value() <= before;
            double[] weights = better ? found.weights() : identity;
            List<Coefficient> coefficients = scalars(NAMES, weights[0], weights[1] / scale);
            FitSummary summary =
                    new FitSummary(
                            data.isConstant() ? Status.DEGENERATE : status(found),
                            found.iterations(),
                            before,
                            better ? found.value() : before,
                            secondsSince(begin),
                            coefficients);
            return new PlattScaling(coefficients, summary);
        }
    }
}
