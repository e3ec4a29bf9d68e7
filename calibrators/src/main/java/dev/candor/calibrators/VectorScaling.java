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
 * Vector scaling: a weight and a bias for each class.
 *
 * <pre>
 *   p = softmax(w o z + b)
 * </pre>
 *
 * <p>{@code w} and {@code b} are vectors of C numbers, {@code o} the product by elements; b counts
 * up to a constant, and has mean zero. Repairs a miscalibration that differs between classes, for
 * 2C parameters. The predicted class may change. Without a penalty it overfits where classes have
 * few samples: {@link StructuredMatrixScaling} in its vector form is the safer choice.
 *
 * <p>The fit minimises the mean {@link Objective} by L-BFGS in float64 on the device of the logits,
 * from the best temperature. It never ends worse than the logits began. Where the likelihood has no
 * finite optimum, it ends where the gradient fades, with the status {@link
 * FitSummary.Status#SEPARABLE} or {@link FitSummary.Status#CLASS_WITHOUT_SAMPLES}.
 *
 * <p>Source: Guo et al., <i>On Calibration of Modern Neural Networks</i>, ICML 2017,
 * arXiv:1706.04599, section 4.2.
 */
public final class VectorScaling extends FittedCalibrator {

    static final String METHOD = "vector";

    private VectorScaling(List<Coefficient> coefficients, FitSummary summary) {
        super(METHOD, coefficients.get(1).values().length, coefficients, summary);
    }

    /**
     * Returns the calibrator of known weights.
     *
     * @param weights w, one finite number for each class
     * @param bias b, as many
     * @return the calibrator
     * @throws IllegalArgumentException if the lengths differ or are below 2, or a number is not
     *     finite
     */
    public static VectorScaling of(double[] weights, double[] bias) {
        Checks.that(
                weights.length == bias.length && bias.length > 1,
                "%d weights and %d biases, expected one of each for at least two classes",
                weights.length,
                bias.length);
        List<Coefficient> coefficients =
                AffineMap.finite(AffineMap.coefficients(weights.clone(), bias.clone()));
        return new VectorScaling(coefficients, FitSummary.given(coefficients));
    }

    static VectorScaling of(CalibratorFile file) {
        List<Coefficient> coefficients = AffineMap.coefficients(file, true);
        return new VectorScaling(coefficients, FitSummary.fromJson(file.summary(), coefficients));
    }

    /**
     * Fits to held-out samples.
     *
     * @param logits {@code [N, C]}, a floating-point type, on any device
     * @param labels class indices {@code [N]} or {@code [N, 1]}
     * @return the calibrator
     * @throws IllegalArgumentException if there are no samples, a logit is not finite, a label is
     *     not a class index, or the shapes do not match
     */
    public static VectorScaling fit(NDArray logits, NDArray labels) {
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
     * @return a copy of w
     */
    public double[] weights() {
        return coefficients().get(0).values().clone();
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

    /** Fits a {@link VectorScaling}. */
    public static final class Builder extends AffineBuilder<Builder, VectorScaling> {

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        @Override
        VectorScaling fit(LabelledLogits data, long begin) {
            AffineFit.Result found =
                    fit(data, UnaryOperator.identity(), true, AffineFit.Ridge.NONE);
            List<Coefficient> coefficients = AffineMap.coefficients(found.weights(), found.bias());
            return new VectorScaling(coefficients, summary(found, coefficients, begin));
        }
    }
}
