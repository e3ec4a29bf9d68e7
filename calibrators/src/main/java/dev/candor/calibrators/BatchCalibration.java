package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import dev.candor.calibrators.FitSummary.Status;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.LabelledLogits;
import dev.candor.calibrators.internal.OnnxGraph;
import dev.candor.calibrators.internal.SafeguardedHalley;
import dev.candor.internal.Checks;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Softmax;
import dev.candor.internal.Stable;
import java.util.List;

/**
 * Batch calibration: takes from the answers of a language model what it answers on average.
 *
 * <pre>
 *   log q = log p - g log m + const,  m = mean of p over a batch of questions
 * </pre>
 *
 * <p>{@code p} are the probabilities of the C labels or options; the strength g is 1 where there
 * are no labels ({@link #of(NDArray)}), and else the one of the least negative log-likelihood in
 * -5..5 ({@link #fit}). With g = 1 it supposes that the right answers are spread evenly over the
 * labels, as they are over the options of a shuffled test; where they are not, it takes away what
 * is true. The batch should be of a hundred questions or more, and like those to come. Like {@link
 * ContextualCalibration}, but for it needs no inputs of its own, and may change the predicted
 * class. A label of mean probability below 1e-12 is taken to have that.
 *
 * <p>The fit of g is convex: Newton's method, in float64, in chunks. Status {@link
 * FitSummary.Status#DEGENERATE} where m is uniform, so that g is of no consequence.
 *
 * <p>Source: Zhou et al., <i>Batch Calibration: Rethinking Calibration for In-Context Learning and
 * Prompt Engineering</i>, ICLR 2024, arXiv:2309.17249. There g is chosen on a grid.
 */
public final class BatchCalibration extends FittedCalibrator {

    static final String METHOD = "batch";

    private static final String STRENGTH = "strength";
    private static final double STRONGEST = 5;

    private BatchCalibration(List<Coefficient> coefficients, FitSummary summary) {
        super(METHOD, coefficients.get(0).values().length, coefficients, summary);
    }

    /**
     * Returns the calibrator of a batch without labels, with strength 1.
     *
     * @param logits {@code [M, C]}, a row for each question, at least two
     * @return the calibrator
     * @throws IllegalArgumentException if there are fewer than two rows, a logit is not finite, or
     *     the shape does not fit
     */
    public static BatchCalibration of(NDArray logits) {
        return given(PriorCorrection.mean(logits, "a batch", 2), 1);
    }

    /**
     * Returns the calibrator of a known mean.
     *
     * @param mean m, one number above 0 for each of at least two labels, which sum to one
     * @param strength g, finite
     * @return the calibrator
     * @throws IllegalArgumentException if a probability is not above 0, they do not sum to one, or
     *     the strength is not finite
     */
    public static BatchCalibration of(double[] mean, double strength) {
        return given(PriorCorrection.given(mean), strength);
    }

    private static BatchCalibration given(Coefficient mean, double strength) {
        List<Coefficient> coefficients = coefficients(mean, strength);
        return new BatchCalibration(coefficients, FitSummary.given(coefficients));
    }

    static BatchCalibration of(CalibratorFile file) {
        List<Coefficient> coefficients =
                coefficients(
                        PriorCorrection.of(file), file.coefficient(STRENGTH, new Shape()).scalar());
        return new BatchCalibration(
                coefficients, FitSummary.fromJson(file.summary(), coefficients));
    }

    private static List<Coefficient> coefficients(Coefficient mean, double strength) {
        Checks.that(
                Double.isFinite(strength), "%s = %s, expected a finite value", STRENGTH, strength);
        return List.of(mean, Coefficient.scalar(STRENGTH, strength));
    }

    /**
     * Fits the strength to held-out samples, of which m is the mean.
     *
     * @param logits {@code [N, C]}, a floating-point type, on any device
     * @param labels class indices {@code [N]} or {@code [N, 1]}
     * @return the calibrator
     * @throws IllegalArgumentException if there are no samples, a logit is not finite, a label is
     *     not a class index, or the shapes do not match
     */
    public static BatchCalibration fit(NDArray logits, NDArray labels) {
        return builder().fit(logits, labels);
    }

    /**
     * Returns a builder of fits with labels.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Returns the mean probabilities of the batch.
     *
     * @return a copy of m
     */
    public double[] mean() {
        return PriorCorrection.values(coefficients());
    }

    /**
     * Returns how much of the mean is taken away.
     *
     * @return g
     */
    public double strength() {
        return coefficients().get(1).scalar();
    }

    @Override
    public boolean preservesRanking() {
        return false;
    }

    @Override
    NDArray map(NDArray logits, NDList coefficients) {
        NDArray logMean = coefficients.get(0).log().mul(coefficients.get(1));
        return logits.sub(logMean.toType(logits.getDataType(), false));
    }

    @Override
    String onnx(OnnxGraph graph, String logits) {
        return PriorCorrection.onnx(graph, logits, coefficients().get(0), strength());
    }

    /** Fits a {@link BatchCalibration}. */
    public static final class Builder extends FitBuilder<Builder, BatchCalibration> {

        private static final int MAX_ITERATIONS = 100;
        private static final double TOLERANCE = 1e-7;
        private static final double NO_SPREAD = 1e-12;

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        @Override
        BatchCalibration fit(LabelledLogits data, long begin) {
            Coefficient mean = PriorCorrection.floored(mean(data));
            NDArray logMean = mean.in(data.scope()).log();
            SafeguardedHalley.Local identity = local(data, logMean, 0);
            boolean idle = !(identity.second() > NO_SPREAD);
            SafeguardedHalley.Minimum found =
                    idle
                            ? new SafeguardedHalley.Minimum(0, identity.value(), 1, true)
                            : SafeguardedHalley.minimise(
                                    g -> local(data, logMean, g),
                                    0,
                                    -STRONGEST,
                                    STRONGEST,
                                    TOLERANCE,
                                    maxIterations(MAX_ITERATIONS));
            boolean better = found.value() <= identity.value();
            List<Coefficient> coefficients = coefficients(mean, better ? found.at() : 0);
            Status status = found.converged() ? Status.CONVERGED : Status.MAX_ITERATIONS;
            FitSummary summary =
                    new FitSummary(
                            idle ? Status.DEGENERATE : status,
                            found.iterations(),
                            identity.value(),
                            better ? found.value() : identity.value(),
                            secondsSince(begin),
                            coefficients);
            return new BatchCalibration(coefficients, summary);
        }

        private static double[] mean(LabelledLogits data) {
            double[] mean = new double[(int) data.classes()];
            Float64Chunk.forEach(
                    data,
                    chunk -> {
                        if (chunk.logits().mul(0).sum().getDouble() != 0) {
                            throw data.notFinite();
                        }
                        NDArray mass =
                                Softmax.of(chunk.logits()).mul(chunk.weights().expandDims(1));
                        double[] sums = mass.sum(new int[] {0}).toDoubleArray();
                        for (int k = 0; k < mean.length; k++) {
                            mean[k] += sums[k] / data.totalWeight();
                        }
                    });
            return mean;
        }

        private static SafeguardedHalley.Local local(
                LabelledLogits data, NDArray logMean, double strength) {
            double[] sums = new double[3];
            Float64Chunk.forEach(
                    data,
                    chunk -> {
                        // What is made of it is freed with the chunk.
                        chunk.logits().getManager().tempAttachAll(logMean);
                        NDArray shift = logMean.expandDims(0).broadcast(chunk.logits().getShape());
                        NDArray log = Softmax.log(chunk.logits().sub(shift.mul(strength)));
                        NDArray p = log.exp();
                        NDArray expected = Stable.rowDot(p, shift);
                        NDArray square = Stable.rowDot(p, shift.square());
                        NDArray value = LogitBatch.pick(log, chunk.labels()).neg();
                        NDArray slope = LogitBatch.pick(shift, chunk.labels()).sub(expected);
                        NDArray curvature = square.sub(expected.square()).maximum(0);
                        NDArray[] rows = {value, slope, curvature};
                        for (int i = 0; i < rows.length; i++) {
                            sums[i] += rows[i].mul(chunk.weights()).sum().getDouble();
                        }
                    });
            double n = data.totalWeight();
            return new SafeguardedHalley.Local(sums[0] / n, sums[1] / n, sums[2] / n, 0);
        }
    }
}
