package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.LabelledLogits;
import dev.candor.calibrators.internal.OnnxGraph;
import dev.candor.internal.Checks;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Matrix scaling: a linear map of the logits, optionally with a penalty that keeps it nearly
 * diagonal.
 *
 * <pre>
 *   p = softmax(W z + b)
 *   penalty = lambda sum_{j != k} W_jk^2 + mu sum_k b_k^2
 * </pre>
 *
 * <p>{@code W} is a {@code C x C} matrix, {@code b} a vector that has mean zero; {@code lambda} and
 * {@code mu}, both {@code >= 0}, are weights of the off-diagonal and intercept regularisation
 * (ODIR), zero by default. Repairs confusions between classes, for {@code C (C + 1)} parameters:
 * without a penalty it overfits badly unless every class has many samples. {@link
 * StructuredMatrixScaling} chooses its penalty by itself. The predicted class may change. Without a
 * penalty, W counts up to a vector added to each of its rows.
 *
 * <p>The fit minimises the mean {@link Objective} and the penalty by L-BFGS in float64 on the
 * device of the logits, from the best temperature. It never ends worse than the logits began. Where
 * the likelihood has no finite optimum, it ends where the gradient fades, with the status {@link
 * FitSummary.Status#SEPARABLE} or {@link FitSummary.Status#CLASS_WITHOUT_SAMPLES}.
 *
 * <p>Source: Guo et al., <i>On Calibration of Modern Neural Networks</i>, ICML 2017,
 * arXiv:1706.04599, section 4.2; the penalty: Kull et al., <i>Beyond temperature scaling: Obtaining
 * well-calibrated multiclass probabilities with Dirichlet calibration</i>, NeurIPS 2019,
 * arXiv:1910.12656. The penalty sums squares, as the authors' code does by default, without a
 * factor for the number of classes. That code also measures W relative to its last row, which
 * depends on the order of classes; this does not.
 */
public final class MatrixScaling extends FittedCalibrator {

    static final String METHOD = "matrix";

    private MatrixScaling(List<Coefficient> coefficients, FitSummary summary) {
        super(METHOD, coefficients.get(1).values().length, coefficients, summary);
    }

    /**
     * Returns the calibrator of known weights.
     *
     * @param weights W by rows, square and finite
     * @param bias b, as many finite numbers as W has rows
     * @return the calibrator
     * @throws IllegalArgumentException if the sizes do not match or are below 2, or a number is not
     *     finite
     */
    public static MatrixScaling of(double[][] weights, double[] bias) {
        List<Coefficient> coefficients = AffineMap.coefficients(weights, bias);
        return new MatrixScaling(coefficients, FitSummary.given(coefficients));
    }

    static MatrixScaling of(CalibratorFile file) {
        List<Coefficient> coefficients = AffineMap.coefficients(file, false);
        return new MatrixScaling(coefficients, FitSummary.fromJson(file.summary(), coefficients));
    }

    /**
     * Fits to held-out samples, without a penalty.
     *
     * @param logits {@code [N, C]}, a floating-point type, on any device
     * @param labels class indices {@code [N]} or {@code [N, 1]}
     * @return the calibrator
     * @throws IllegalArgumentException if there are no samples, a logit is not finite, a label is
     *     not a class index, or the shapes do not match
     */
    public static MatrixScaling fit(NDArray logits, NDArray labels) {
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
     * Returns the weights.
     *
     * @return a copy of W, by rows
     */
    public double[][] weights() {
        return AffineMap.rows(coefficients().get(0));
    }

    /**
     * Returns the biases.
     *
     * @return a copy of b
     */
    public double[] bias() {
        return coefficients().get(1).values().clone();
    }

    @Override
    public boolean preservesRanking() {
        return false;
    }

    @Override
    NDArray map(NDArray logits, NDList coefficients) {
        return AffineMap.of(logits, coefficients.get(0), coefficients.get(1));
    }

    @Override
    String onnx(OnnxGraph graph, String logits) {
        return AffineMap.onnx(graph, logits, coefficients().get(0), coefficients().get(1));
    }

    /** Fits a {@link MatrixScaling}. */
    public static final class Builder extends AffineBuilder<Builder, MatrixScaling> {

        private double offDiagonalPenalty;
        private double biasPenalty;

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the weight of the squared off-diagonal weights.
         *
         * @param penalty lambda, {@code >= 0}, default 0
         * @return this builder
         */
        public Builder optOffDiagonalPenalty(double penalty) {
            this.offDiagonalPenalty = Checks.nonNegative("offDiagonalPenalty", penalty);
            return this;
        }

        /**
         * Sets the weight of the squared biases.
         *
         * @param penalty mu, {@code >= 0}, default 0
         * @return this builder
         */
        public Builder optBiasPenalty(double penalty) {
            this.biasPenalty = Checks.nonNegative("biasPenalty", penalty);
            return this;
        }

        @Override
        MatrixScaling fit(LabelledLogits data, long begin) {
            AffineFit.Ridge ridge = new AffineFit.Ridge(0, offDiagonalPenalty, biasPenalty);
            AffineFit.Result found = fit(data, UnaryOperator.identity(), false, ridge);
            List<Coefficient> coefficients = AffineMap.coefficients(found.weights(), found.bias());
            return new MatrixScaling(coefficients, summary(found, coefficients, begin));
        }
    }
}
