package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.LabelledLogits;
import dev.candor.calibrators.internal.Piecewise;
import dev.candor.calibrators.internal.PiecewiseTable;
import dev.candor.calibrators.internal.PoolAdjacentViolators;
import dev.candor.internal.Checks;
import java.util.ArrayList;
import java.util.List;

/**
 * Isotonic calibration: the nondecreasing function of a probability that is nearest to the truth in
 * squared error.
 *
 * <pre>
 *   one versus rest    q_k ~ m_k(p_k),          m_k = argmin sum_i w_i (m(p_ik) - [y_i = k])^2
 *   order-preserving   q_k ~ m(p_k) + s p_k,    m = argmin sum_ik w_i (m(p_ik) - [y_i = k])^2
 * </pre>
 *
 * <p>{@code p = softmax(z)}, and {@code ~} divides by the sum over classes; m is nondecreasing,
 * constant within the blocks that pooling adjacent violators finds, linear between them and
 * constant beyond the ends. Samples of equal probability count as one at their mean. Two classes
 * share one function, of the probability of the second. A row in which every m is zero becomes
 * uniform.
 *
 * <p>One function for each class fits best where every class has many samples, a few hundred at
 * least, and may change the predicted class. The order-preserving form has one function for all,
 * for many classes or few samples; its slope {@code s > 0} keeps apart what lies within one block.
 * The reference adds a slope of 1e-9, too little for float32, in which classes of one block would
 * be tied and the predicted class lost; hence the default of 1e-3.
 *
 * <p>The function itself often takes the values zero and one. Laplace smoothing, on unless switched
 * off, returns {@code (N q + 1/C) / (N + 1)} instead, N the number of samples of the fit, so that
 * log-probabilities are finite. Steps have no gradient: none flows through a sample within a block.
 *
 * <p>The fit is on the host, {@code O(N)} for each class. The objectives of the summary are mean
 * negative log-likelihoods, which may grow: what is minimised is the squared error.
 *
 * <p>Source: Zadrozny and Elkan, <i>Transforming Classifier Scores into Accurate Multiclass
 * Probability Estimates</i>, KDD 2002; for the order-preserving form Zhang, Kailkhura and Han,
 * <i>Mix-n-Match: Ensemble and Compositional Methods for Uncertainty Calibration in Deep
 * Learning</i>, ICML 2020, arXiv:2003.07329, there without normalisation.
 */
public final class IsotonicCalibration extends ProbabilityCalibrator {

    static final String METHOD = "isotonic";

    private static final int TABLE = 2;
    private static final String ORDER_PRESERVING = "orderPreserving";
    private static final String SLOPE = "slope";

    private final boolean orderPreserving;

    private IsotonicCalibration(
            long classes,
            boolean orderPreserving,
            List<Coefficient> coefficients,
            FitSummary summary) {
        super(METHOD, classes, orderPreserving ? TABLE + 1 : TABLE, coefficients, summary);
        this.orderPreserving = orderPreserving;
    }

    static IsotonicCalibration of(CalibratorFile file) {
        boolean orderPreserving = file.options().get(ORDER_PRESERVING).getAsBoolean();
        List<Coefficient> own = new ArrayList<>();
        if (orderPreserving) {
            own.addAll(PiecewiseTable.of(file, 1));
            own.add(file.coefficient(SLOPE, new Shape()));
            Checks.positive(SLOPE, own.get(TABLE).scalar());
        } else {
            own.addAll(OneVersusRest.coefficients(file));
        }
        List<Coefficient> coefficients = withShare(file, own);
        return new IsotonicCalibration(
                file.classes(),
                orderPreserving,
                coefficients,
                FitSummary.fromJson(file.summary(), coefficients));
    }

    /**
     * Fits one function for each class to held-out samples.
     *
     * @param logits {@code [N, C]}, a floating-point type, on any device
     * @param labels class indices {@code [N]} or {@code [N, 1]}
     * @return the calibrator
     * @throws IllegalArgumentException if there are no samples, a logit is not finite, a label is
     *     not a class index, or the shapes do not match
     */
    public static IsotonicCalibration fit(NDArray logits, NDArray labels) {
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

    @Override
    public boolean preservesRanking() {
        return orderPreserving;
    }

    @Override
    NDArray probabilities(NDArray probabilities, NDList coefficients) {
        if (!orderPreserving) {
            return OneVersusRest.linear(probabilities, coefficients);
        }
        NDArray tilt = probabilities.mul(coefficients.get(TABLE));
        return PiecewiseTable.linear(probabilities, coefficients).add(tilt);
    }

    @Override
    JsonObject options() {
        JsonObject options = super.options();
        options.addProperty(ORDER_PRESERVING, orderPreserving);
        return options;
    }

    /** Fits an {@link IsotonicCalibration}. */
    public static final class Builder extends ProbabilityBuilder<Builder, IsotonicCalibration> {

        private boolean orderPreserving;
        private double slope = 1e-3;

        private Builder() {}

        /**
         * Sets whether one function serves all classes, so that their order stays.
         *
         * @param orderPreserving default false
         * @return this builder
         */
        public Builder optOrderPreserving(boolean orderPreserving) {
            this.orderPreserving = orderPreserving;
            return this;
        }

        /**
         * Sets the slope of the order-preserving form.
         *
         * @param slope s, finite and above 0, default 1e-3
         * @return this builder
         */
        public Builder optSlope(double slope) {
            this.slope = Checks.positive(SLOPE, slope);
            return this;
        }

        /**
         * Fits to weighted samples.
         *
         * @param logits {@code [N, C]}, a floating-point type, on any device
         * @param labels class indices {@code [N]} or {@code [N, 1]}
         * @param weights {@code [N]} or {@code [N, 1]}, finite, none negative, not all zero; null
         *     where all samples weigh the same
         * @return the calibrator
         * @throws IllegalArgumentException if there are no samples, a logit or a weight is not
         *     finite, a label is not a class index, or the shapes do not match
         */
        public IsotonicCalibration fit(NDArray logits, NDArray labels, NDArray weights) {
            return fitWeighted(logits, labels, weights);
        }

        @Override
        Builder self() {
            return this;
        }

        @Override
        Found fitOwn(LabelledLogits data, HostSamples samples) {
            List<Piecewise> functions =
                    orderPreserving
                            ? List.of(PairedIsotonicFit.of(samples, (int) data.classes()))
                            : OneVersusRest.fit(
                                    samples,
                                    data.classes(),
                                    new PoolAdjacentViolators((int) data.size())::fit);
            List<Coefficient> coefficients = new ArrayList<>(PiecewiseTable.of(functions));
            if (orderPreserving) {
                coefficients.add(Coefficient.scalar(SLOPE, slope));
            }
            return new Found(OneVersusRest.status(functions), coefficients);
        }

        @Override
        IsotonicCalibration calibrator(
                long classes, List<Coefficient> coefficients, FitSummary summary) {
            return new IsotonicCalibration(classes, orderPreserving, coefficients, summary);
        }
    }
}
