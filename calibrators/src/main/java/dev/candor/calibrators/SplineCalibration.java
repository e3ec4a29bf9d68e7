package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.candor.calibrators.internal.Ascending;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.LabelledLogits;
import dev.candor.calibrators.internal.Piecewise;
import dev.candor.calibrators.internal.PiecewiseTable;
import dev.candor.calibrators.internal.RunOutSpline;
import dev.candor.internal.Checks;
import java.util.Arrays;
import java.util.List;

/**
 * Spline calibration: recalibrates the confidence by the slope of the smoothed cumulative
 * calibration error.
 *
 * <pre>
 *   h(t_i) = (1/N) sum_{j &lt;= i} ([y_j predicted] - s_j),   t_i = (i - 1) / (N - 1)
 *   s_i -> s_i + h'(t_i)
 * </pre>
 *
 * <p>{@code s = max_k softmax(z)_k} is the confidence, the samples in ascending order of it; h is
 * replaced by the cubic spline nearest to it in squared error, on equally spaced knots. Between the
 * confidences that were seen the map is linear, beyond them constant; its values are clipped to
 * {@code [0, 1]}. Samples of equal confidence count as one at their mean.
 *
 * <p>Only the confidence is calibrated. The probabilities of the other classes are scaled by one
 * factor, so that each row sums to one; where they are all zero, they share equally. They keep
 * their order among themselves, but a confidence that falls far enough leaves the predicted class
 * to another. For probabilities of all classes that can be trusted, take a method that fits them.
 * Laplace smoothing, on unless switched off, returns {@code (N q + 1/C) / (N + 1)}, so that a
 * confidence clipped to one leaves something to the others.
 *
 * <p>The objectives of the summary are mean negative log-likelihoods, which may grow.
 *
 * <p>Source: Gupta et al., <i>Calibration of Neural Networks using Splines</i>, ICLR 2021,
 * arXiv:2006.12800. In the published code the interpolation between confidences exchanges its
 * weights; here it does not.
 */
public final class SplineCalibration extends ProbabilityCalibrator {

    static final String METHOD = "spline";

    private static final int TABLE = 2;

    /** How the spline runs out at both ends. */
    public enum RunOut {
        /** The second derivative falls to zero. */
        NATURAL(1),
        /** The second derivative is constant in the outermost pieces. */
        PARABOLIC(1, -1),
        /** The second derivative is linear over the two outermost pieces. */
        CUBIC(1, -2, 1);

        private final double[] relation;

        RunOut(double... relation) {
            this.relation = relation;
        }
    }

    private SplineCalibration(long classes, List<Coefficient> coefficients, FitSummary summary) {
        super(METHOD, classes, TABLE, coefficients, summary);
    }

    static SplineCalibration of(CalibratorFile file) {
        List<Coefficient> coefficients = withShare(file, PiecewiseTable.of(file, 1));
        return new SplineCalibration(
                file.classes(), coefficients, FitSummary.fromJson(file.summary(), coefficients));
    }

    /**
     * Fits a spline of six knots to held-out samples.
     *
     * @param logits {@code [N, C]}, a floating-point type, on any device
     * @param labels class indices {@code [N]} or {@code [N, 1]}
     * @return the calibrator
     * @throws IllegalArgumentException if there are no samples, a logit is not finite, a label is
     *     not a class index, or the shapes do not match
     */
    public static SplineCalibration fit(NDArray logits, NDArray labels) {
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
        return false;
    }

    @Override
    NDArray probabilities(NDArray probabilities, NDList coefficients) {
        long classes = probabilities.getShape().get(1);
        NDArray predicted = probabilities.stopGradient().argMax(1);
        NDArray top = predicted.oneHot((int) classes, probabilities.getDataType());
        NDArray others = top.neg().add(1);
        NDArray confidence = probabilities.max(new int[] {1}, true);
        NDArray calibrated = PiecewiseTable.linear(confidence, coefficients).maximum(0).minimum(1);
        NDArray rest = normalised(probabilities.mul(others), others);
        return top.mul(calibrated).add(rest.mul(calibrated.neg().add(1)));
    }

    /** Fits a {@link SplineCalibration}. */
    public static final class Builder extends ProbabilityBuilder<Builder, SplineCalibration> {

        private static final int LEAST_KNOTS = 3;

        private int knots = 6;
        private RunOut runOut = RunOut.NATURAL;

        private Builder() {}

        /**
         * Sets the number of knots.
         *
         * @param knots at least 3, default 6
         * @return this builder
         */
        public Builder optKnots(int knots) {
            this.knots = Checks.atLeast("knots", knots, LEAST_KNOTS);
            return this;
        }

        /**
         * Sets how the spline runs out at both ends.
         *
         * @param runOut default {@link RunOut#NATURAL}
         * @return this builder
         */
        public Builder optRunOut(RunOut runOut) {
            this.runOut = runOut;
            return this;
        }

        @Override
        Builder self() {
            return this;
        }

        @Override
        Found fitOwn(LabelledLogits data, HostSamples samples) {
            int classes = (int) data.classes();
            int[] labels = samples.labels();
            double[] confidences = new double[labels.length];
            double[] hits = new double[labels.length];
            samples.forEachRows(
                    (first, count, values) -> {
                        for (int i = 0; i < count; i++) {
                            int top = i * classes;
                            for (int k = top + 1; k < (i + 1) * classes; k++) {
                                top = values[k] > values[top] ? k : top;
                            }
                            confidences[first + i] = values[top];
                            hits[first + i] = top % classes == labels[first + i] ? 1 : 0;
                        }
                    });
            List<Piecewise> function = List.of(function(confidences, hits));
            return new Found(OneVersusRest.status(function), PiecewiseTable.of(function));
        }

        private Piecewise function(double[] confidences, double[] hits) {
            int size = hits.length;
            int[] order = Ascending.order(confidences);
            double[] s = Arrays.stream(order).mapToDouble(i -> confidences[i]).toArray();
            int[] ends = new int[size];
            double[] errors = new double[size];
            double total = 0;
            for (int begin = 0; begin < size; begin = ends[begin]) {
                double mean = 0;
                int end = begin;
                while (end < size && s[end] == s[begin]) {
                    mean += hits[order[end++]];
                }
                mean /= end - begin;
                for (int i = begin; i < end; i++) {
                    total += mean - s[i];
                    errors[i] = total / size;
                }
                ends[begin] = end;
            }
            RunOutSpline spline = new RunOutSpline(knots, runOut.relation);
            double[] rise = spline.derivative(spline.fit(errors), size);
            double[] thresholds = new double[size];
            double[] values = new double[size];
            int count = 0;
            for (int begin = 0; begin < size; begin = ends[begin]) {
                double sum = Arrays.stream(rise, begin, ends[begin]).sum();
                double value = s[begin] + sum / (ends[begin] - begin);
                thresholds[count] = s[begin];
                values[count++] = Math.max(0, Math.min(1, value));
            }
            return new Piecewise(Arrays.copyOf(thresholds, count), Arrays.copyOf(values, count));
        }

        @Override
        SplineCalibration calibrator(
                long classes, List<Coefficient> coefficients, FitSummary summary) {
            return new SplineCalibration(classes, coefficients, summary);
        }
    }
}
