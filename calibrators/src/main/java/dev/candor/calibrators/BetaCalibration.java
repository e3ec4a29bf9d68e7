package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.OnnxGraph;
import dev.candor.internal.Checks;
import dev.candor.internal.Stable;
import java.util.ArrayList;
import java.util.List;

/**
 * Beta calibration of two classes: exact where the probabilities of each class follow a beta
 * distribution.
 *
 * <pre>
 *   p'_1 = sigmoid(c + a ln p_1 - b ln(1 - p_1)),  p_1 = sigmoid(z_1 - z_0)
 * </pre>
 *
 * <p>{@code a >= 0} and {@code b >= 0} bend the map near 0 and near 1, {@code c} shifts it. Other
 * than a sigmoid of the log-odds it can leave probabilities as they are at one end and correct them
 * at the other; {@code a = b = 1, c = 0} is the identity. The order of samples is kept; the
 * predicted class may change. Of a network with one output f, pass the logits {@code (0, f)}; of
 * probabilities, their logarithms. Returns log-probabilities.
 *
 * <p>Logarithms of probabilities are computed from the log-odds, so that none needs to be clipped.
 * The fit minimises the mean negative log-likelihood by Newton's method, on the host, exactly under
 * the constraints: the best of the optima with neither, either or both of a and b at zero. It never
 * ends worse than the logits began. Where the likelihood has no finite optimum, it ends where the
 * gradient fades, with the status {@link FitSummary.Status#SEPARABLE} or {@link
 * FitSummary.Status#CLASS_WITHOUT_SAMPLES}.
 *
 * <p>Source: Kull, Silva Filho and Flach, <i>Beyond sigmoids: How to obtain well-calibrated
 * probabilities from binary classifiers with beta calibration</i>, Electronic Journal of Statistics
 * 11(2), 2017. The authors' code ends at a looser tolerance.
 */
public final class BetaCalibration extends LogOddsCalibrator {

    /** Which parameters are free. */
    public enum Form {
        /** All of a, b and c. */
        ABM,
        /**
         * c, and a with {@code b = a}: affine in the log-odds, with a slope that is not negative.
         */
        AM,
        /** a and b, with c such that 1/2 stays where it is. */
        AB
    }

    static final String METHOD = "beta";

    private static final List<String> NAMES = List.of("a", "b", "c");

    private BetaCalibration(List<Coefficient> coefficients, FitSummary summary) {
        super(METHOD, coefficients, summary);
    }

    /**
     * Returns the calibrator of known parameters.
     *
     * @param a finite and {@code >= 0}
     * @param b finite and {@code >= 0}
     * @param c finite
     * @return the calibrator
     */
    public static BetaCalibration of(double a, double b, double c) {
        List<Coefficient> coefficients = checked(scalars(NAMES, a, b, c));
        return new BetaCalibration(coefficients, FitSummary.given(coefficients));
    }

    static BetaCalibration of(CalibratorFile file) {
        List<Coefficient> coefficients = new ArrayList<>();
        for (String name : NAMES) {
            coefficients.add(file.coefficient(name, new Shape()));
        }
        return new BetaCalibration(
                checked(finite(coefficients)), FitSummary.fromJson(file.summary(), coefficients));
    }

    private static List<Coefficient> checked(List<Coefficient> coefficients) {
        Checks.nonNegative("a", coefficients.get(0).scalar());
        Checks.nonNegative("b", coefficients.get(1).scalar());
        return coefficients;
    }

    /**
     * Fits all three parameters to held-out samples.
     *
     * @param logits {@code [N, 2]}, a floating-point type, on any device
     * @param labels class indices {@code [N]} or {@code [N, 1]}
     * @return the calibrator
     * @throws IllegalArgumentException if there are no samples, a logit is not finite, a label is
     *     not 0 or 1, or the shapes do not match
     */
    public static BetaCalibration fit(NDArray logits, NDArray labels) {
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
     * Returns the exponent of {@code p_1}.
     *
     * @return a, {@code >= 0}
     */
    public double a() {
        return coefficients().get(0).scalar();
    }

    /**
     * Returns the exponent of {@code 1 - p_1}.
     *
     * @return b, {@code >= 0}
     */
    public double b() {
        return coefficients().get(1).scalar();
    }

    /**
     * Returns the shift.
     *
     * @return c
     */
    public double c() {
        return coefficients().get(2).scalar();
    }

    @Override
    public boolean preservesRanking() {
        return false;
    }

    @Override
    NDArray logOdds(NDArray f, NDList coefficients) {
        NDArray up = Stable.logSigmoid(f).mul(coefficients.get(0));
        NDArray down = Stable.softPlus(f).mul(coefficients.get(1));
        return up.add(down).add(coefficients.get(2));
    }

    @Override
    String logOdds(OnnxGraph graph, String f) {
        String up = graph.add("Neg", graph.add("Softplus", graph.add("Neg", f)));
        String down = graph.add("Softplus", f);
        return plus(graph, graph.add("Add", times(graph, up, 0), times(graph, down, 1)), 2);
    }

    /** Fits a {@link BetaCalibration}. */
    public static final class Builder extends LogOddsCalibrator.Builder<Builder, BetaCalibration> {

        private Form form = Form.ABM;

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets which parameters are free.
         *
         * @param form default {@link Form#ABM}
         * @return this builder
         */
        public Builder optForm(Form form) {
            this.form = form;
            return this;
        }

        @Override
        BetaCalibration fit(LogOdds data, int maxIterations, long begin) {
            BetaFit.Result found = new BetaFit(data, form).fit(maxIterations);
            List<Coefficient> coefficients = scalars(NAMES, found.a(), found.b(), found.c());
            FitSummary summary =
                    new FitSummary(
                            found.status(),
                            found.iterations(),
                            found.before(),
                            found.after(),
                            secondsSince(begin),
                            coefficients);
            return new BetaCalibration(coefficients, summary);
        }
    }
}
