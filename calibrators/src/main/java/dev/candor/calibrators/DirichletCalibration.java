package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.LabelledLogits;
import dev.candor.calibrators.internal.OnnxGraph;
import dev.candor.internal.Checks;
import java.util.List;

/**
 * Dirichlet calibration: a linear map of the log-probabilities. It is exact where the probabilities
 * of each class follow a Dirichlet distribution.
 *
 * <pre>
 *   p' = softmax(W log p + b),  p = softmax(z)
 *   penalty = lambda sum_{j != k} W_jk^2 + mu sum_k b_k^2
 * </pre>
 *
 * <p>{@code W} is a {@code C x C} matrix, {@code b} a vector that has mean zero; {@code lambda} and
 * {@code mu}, both {@code >= 0}, are weights of the off-diagonal and intercept regularisation
 * (ODIR). They are best chosen by cross-validation; by default they are {@code C (C - 1) / n} and
 * {@code C / n}, n the number of samples, as in {@link StructuredMatrixScaling}. As {@link
 * MatrixScaling}, which maps the logits instead, it needs many samples. The predicted class may
 * change. Takes logits, not probabilities; of probabilities, pass the logarithms.
 *
 * <p>{@code log p} is not let below the logarithm of the smallest normal float64. The fit minimises
 * the mean {@link Objective} and the penalty by L-BFGS in float64 on the device of the logits, from
 * the best temperature. It never ends worse than the logits began. Where the likelihood has no
 * finite optimum, it ends where the gradient fades, with the status {@link
 * FitSummary.Status#SEPARABLE} or {@link FitSummary.Status#CLASS_WITHOUT_SAMPLES}.
 *
 * <p>Source: Kull et al., <i>Beyond temperature scaling: Obtaining well-calibrated multiclass
 * probabilities with Dirichlet calibration</i>, NeurIPS 2019, arXiv:1910.12656. The penalty sums
 * squares, as the authors' code does by default, without a factor for the number of classes. That
 * code also measures W relative to its last row, which depends on the order of classes; this does
 * not.
 */
public final class DirichletCalibration extends FittedCalibrator {

    static final String METHOD = "dirichlet";

    private static final double LEAST_LOG_PROBABILITY = Math.log(Double.MIN_NORMAL);

    private DirichletCalibration(List<Coefficient> coefficients, FitSummary summary) {
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
    public static DirichletCalibration of(double[][] weights, double[] bias) {
        List<Coefficient> coefficients = AffineMap.coefficients(weights, bias);
        return new DirichletCalibration(coefficients, FitSummary.given(coefficients));
    }

    static DirichletCalibration of(CalibratorFile file) {
        List<Coefficient> coefficients = AffineMap.coefficients(file, false);
        return new DirichletCalibration(
                coefficients, FitSummary.fromJson(file.summary(), coefficients));
    }

    /**
     * Fits to held-out samples with the penalty that their number suggests.
     *
     * @param logits {@code [N, C]}, a floating-point type, on any device
     * @param labels class indices {@code [N]} or {@code [N, 1]}
     * @return the calibrator
     * @throws IllegalArgumentException if there are no samples, a logit is not finite, a label is
     *     not a class index, or the shapes do not match
     */
    public static DirichletCalibration fit(NDArray logits, NDArray labels) {
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
        NDArray features = features(logits);
        return AffineMap.of(features, coefficients.get(0), coefficients.get(1));
    }

    private static NDArray features(NDArray logits) {
        int classAxis = logits.getShape().dimension() - 1;
        return logits.logSoftmax(classAxis).maximum(LEAST_LOG_PROBABILITY);
    }

    @Override
    String onnx(OnnxGraph graph, String logits) {
        String floor = graph.number(LEAST_LOG_PROBABILITY);
        String features = graph.add("Max", graph.logSoftmax(logits), floor);
        return AffineMap.onnx(graph, features, coefficients().get(0), coefficients().get(1));
    }

    /** Fits a {@link DirichletCalibration}. */
    public static final class Builder extends AffineBuilder<Builder, DirichletCalibration> {

        private Double offDiagonalPenalty;
        private Double biasPenalty;

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the weight of the squared off-diagonal weights.
         *
         * @param penalty lambda, {@code >= 0}, default {@code C (C - 1) / n}
         * @return this builder
         */
        public Builder optOffDiagonalPenalty(double penalty) {
            this.offDiagonalPenalty = Checks.nonNegative("offDiagonalPenalty", penalty);
            return this;
        }

        /**
         * Sets the weight of the squared biases.
         *
         * @param penalty mu, {@code >= 0}, default {@code C / n}
         * @return this builder
         */
        public Builder optBiasPenalty(double penalty) {
            this.biasPenalty = Checks.nonNegative("biasPenalty", penalty);
            return this;
        }

        @Override
        DirichletCalibration fit(LabelledLogits data, long begin) {
            double each = data.classes() / data.effectiveSize();
            AffineFit.Ridge ridge =
                    new AffineFit.Ridge(
                            0,
                            offDiagonalPenalty == null
                                    ? each * (data.classes() - 1)
                                    : offDiagonalPenalty,
                            biasPenalty == null ? each : biasPenalty);
            AffineFit.Result found = fit(data, DirichletCalibration::features, false, ridge);
            List<Coefficient> coefficients = AffineMap.coefficients(found.weights(), found.bias());
            return new DirichletCalibration(coefficients, summary(found, coefficients, begin));
        }
    }
}
