package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.LogisticRegression;
import dev.candor.calibrators.internal.OnnxGraph;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Logistic scaling of two classes: affine, or quadratic, in the log-odds.
 *
 * <pre>
 *   p_1 = sigmoid(b + w f + q f^2),  f = z_1 - z_0
 * </pre>
 *
 * <p>{@code b} is the intercept, {@code w} the slope, {@code q} zero unless asked for. Affine, it
 * is temperature scaling with a bias, and the usual choice for two classes; quadratic, it is exact
 * where the log-odds of both classes are normal, of different variances. The predicted class may
 * change; with the quadratic term so may the order of samples, and AUROC. {@link PlattScaling} is
 * affine too, but smooths its targets. Of a network with one output f, pass the logits {@code (0,
 * f)}. Returns log-probabilities.
 *
 * <p>The fit minimises the mean negative log-likelihood by Newton's method, on the host. It never
 * ends worse than the logits began. Where the likelihood has no finite optimum, it ends where the
 * gradient fades, with the status {@link FitSummary.Status#SEPARABLE} or {@link
 * FitSummary.Status#CLASS_WITHOUT_SAMPLES}.
 *
 * <p>Source: Cox, <i>Two further applications of a model for binary regression</i>, Biometrika
 * 45(3/4), 1958, for the affine form; the quadratic form: Berta, Holzmüller, Jordan and Bach,
 * <i>Structured Matrix Scaling for Multi-Class Calibration</i>, 2025, arXiv:2511.03685.
 */
public final class LogisticScaling extends LogOddsCalibrator {

    static final String METHOD = "logistic";

    private static final List<String> NAMES = List.of("intercept", "slope", "quadratic");
    private static final String QUADRATIC = "quadratic";

    private LogisticScaling(List<Coefficient> coefficients, FitSummary summary) {
        super(METHOD, coefficients, summary);
    }

    /**
     * Returns the affine calibrator of known coefficients.
     *
     * @param intercept b, finite
     * @param slope w, finite
     * @return the calibrator
     */
    public static LogisticScaling of(double intercept, double slope) {
        return given(intercept, slope);
    }

    /**
     * Returns the quadratic calibrator of known coefficients.
     *
     * @param intercept b, finite
     * @param slope w, finite
     * @param quadratic q, finite
     * @return the calibrator
     */
    public static LogisticScaling of(double intercept, double slope, double quadratic) {
        return given(intercept, slope, quadratic);
    }

    private static LogisticScaling given(double... values) {
        List<Coefficient> coefficients = scalars(NAMES, values);
        return new LogisticScaling(coefficients, FitSummary.given(coefficients));
    }

    static LogisticScaling of(CalibratorFile file) {
        int count = file.options().get(QUADRATIC).getAsBoolean() ? 3 : 2;
        List<Coefficient> coefficients = new ArrayList<>();
        for (String name : NAMES.subList(0, count)) {
            coefficients.add(file.coefficient(name, new Shape()));
        }
        finite(coefficients);
        return new LogisticScaling(coefficients, FitSummary.fromJson(file.summary(), coefficients));
    }

    /**
     * Fits the affine form to held-out samples.
     *
     * @param logits {@code [N, 2]}, a floating-point type, on any device
     * @param labels class indices {@code [N]} or {@code [N, 1]}
     * @return the calibrator
     * @throws IllegalArgumentException if there are no samples, a logit is not finite, a label is
     *     not 0 or 1, or the shapes do not match
     */
    public static LogisticScaling fit(NDArray logits, NDArray labels) {
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

    /**
     * Returns the weight of the squared log-odds.
     *
     * @return q, zero in the affine form
     */
    public double quadratic() {
        return isQuadratic() ? coefficients().get(2).scalar() : 0;
    }

    private boolean isQuadratic() {
        return coefficients().size() > 2;
    }

    @Override
    public boolean preservesRanking() {
        return false;
    }

    @Override
    NDArray logOdds(NDArray f, NDList coefficients) {
        NDArray slope =
                isQuadratic()
                        ? f.mul(coefficients.get(2)).add(coefficients.get(1))
                        : coefficients.get(1);
        return f.mul(slope).add(coefficients.get(0));
    }

    @Override
    String logOdds(OnnxGraph graph, String f) {
        String linear = times(graph, f, 1);
        if (isQuadratic()) {
            linear = graph.add("Add", linear, times(graph, graph.add("Mul", f, f), 2));
        }
        return plus(graph, linear, 0);
    }

    @Override
    JsonObject options() {
        JsonObject options = new JsonObject();
        options.addProperty(QUADRATIC, isQuadratic());
        return options;
    }

    /** Fits a {@link LogisticScaling}. */
    public static final class Builder extends LogOddsCalibrator.Builder<Builder, LogisticScaling> {

        private boolean quadratic;

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets whether there is a quadratic term.
         *
         * @param quadratic default false
         * @return this builder
         */
        public Builder optQuadratic(boolean quadratic) {
            this.quadratic = quadratic;
            return this;
        }

        @Override
        LogisticScaling fit(LogOdds data, int maxIterations, long begin) {
            double scale = data.scale();
            double[] scaled = Arrays.stream(data.values()).map(f -> f / scale).toArray();
            double[] squares = Arrays.stream(scaled).map(f -> f * f).toArray();
            double[][] features =
                    quadratic
                            ? new double[][] {data.ones(), scaled, squares}
                            : new double[][] {data.ones(), scaled};
            LogisticRegression regression =
                    new LogisticRegression(features, data.targets(), data.shares());
            double[] identity = new double[features.length];
            identity[1] = scale;
            double before = regression.value(identity);
            LogisticRegression.Result found = regression.fit(maxIterations);
            boolean better = found.value() <= before;
            double[] weights = (better ? found.weights() : identity).clone();
            double unit = 1;
            for (int j = 0; j < weights.length; j++) {
                weights[j] /= unit;
                unit *= scale;
            }
            List<Coefficient> coefficients = scalars(NAMES, weights);
            FitSummary summary =
                    new FitSummary(
                            status(data, regression, found),
                            found.iterations(),
                            before,
                            better ? found.value() : before,
                            secondsSince(begin),
                            coefficients);
            return new LogisticScaling(coefficients, summary);
        }
    }
}
