package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.candor.calibrators.FitSummary.Status;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.EntropyThreshold;
import dev.candor.calibrators.internal.LabelledLogits;
import dev.candor.calibrators.internal.OnnxGraph;
import dev.candor.internal.Checks;
import java.util.List;

/**
 * Meta-Cal: gives up on the samples that are too uncertain, and calibrates the rest by a
 * temperature.
 *
 * <pre>
 *   q = softmax(z / T)   where H(softmax(z)) &lt; h,   q_k = 1/C   elsewhere
 * </pre>
 *
 * <p>{@code H(p) = -sum_k p_k log p_k} is the entropy. The threshold h obeys one of two
 * constraints:
 *
 * <ul>
 *   <li>miscoverage: h is the {@code 1 - alpha} quantile of the entropy of samples that are
 *       classified right, so that a share of about {@code alpha} of them is given up;
 *   <li>coverage accuracy: h is where the samples of lower entropy are classified right at the rate
 *       that is asked for, read off an isotonic regression over twenty bins of equal mass.
 * </ul>
 *
 * <p>h is fitted to a tenth of the samples, of those classified right for miscoverage, five hundred
 * at most; T to the others that are not given up. Which are which is drawn at random by a seed from
 * the samples themselves, so that their order does not matter.
 *
 * <p>The uniform rows have no predicted class, by design: where one is needed, ask the logits. The
 * map jumps at the threshold. Where no sample is classified right, or none is left for T, the
 * status is {@link FitSummary.Status#DEGENERATE}. The objectives of the summary are mean negative
 * log-likelihoods of all samples, which may grow.
 *
 * <p>Source: Ma and Blaschko, <i>Meta-Cal: Well-controlled Post-hoc Calibration by Ranking</i>,
 * ICML 2021, arXiv:2105.04290. In the published code a bin without samples counts as one of
 * accuracy and entropy zero; here it does not count.
 */
public final class MetaCal extends FittedCalibrator {

    static final String METHOD = "meta-cal";

    private static final String TEMPERATURE = "temperature";
    private static final String THRESHOLD = "entropyThreshold";
    private static final int MAX_ITERATIONS = 100;

    private MetaCal(long classes, List<Coefficient> coefficients, FitSummary summary) {
        super(METHOD, classes, coefficients, summary);
    }

    static MetaCal of(CalibratorFile file) {
        List<Coefficient> coefficients =
                List.of(
                        file.coefficient(TEMPERATURE, new Shape()),
                        file.coefficient(THRESHOLD, new Shape()));
        Checks.positive(TEMPERATURE, coefficients.get(0).scalar());
        Checks.within(THRESHOLD, coefficients.get(1).scalar(), 0, Double.POSITIVE_INFINITY);
        return new MetaCal(
                file.classes(), coefficients, FitSummary.fromJson(file.summary(), coefficients));
    }

    /**
     * Fits to held-out samples at a miscoverage of 0.05.
     *
     * @param logits {@code [N, C]}, a floating-point type, on any device
     * @param labels class indices {@code [N]} or {@code [N, 1]}
     * @return the calibrator
     * @throws IllegalArgumentException if there are no samples, a logit is not finite, a label is
     *     not a class index, or the shapes do not match
     */
    public static MetaCal fit(NDArray logits, NDArray labels) {
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
     * Returns the temperature of the samples that are not given up.
     *
     * @return T, finite and above 0
     */
    public double temperature() {
        return coefficients().get(0).scalar();
    }

    /**
     * Returns the entropy from which on samples are given up.
     *
     * @return h in nats; infinite where none is
     */
    public double entropyThreshold() {
        return coefficients().get(1).scalar();
    }

    @Override
    public boolean preservesRanking() {
        return false;
    }

    @Override
    NDArray map(NDArray logits, NDList coefficients) {
        Shape shape = logits.getShape();
        long classes = shape.get(shape.dimension() - 1);
        NDArray rows = logits.reshape(-1, classes);
        return RowParts.map(rows, coefficients, logits.getDataType(), MetaCal::calibrated)
                .reshape(shape);
    }

    @Override
    String onnx(OnnxGraph graph, String logits) {
        throw notExported(
                "its result jumps at an entropy that it compares in float64, and these models"
                        + " compute in float32");
    }

    private static NDArray calibrated(NDArray logits, NDList coefficients) {
        NDArray wide = ProbabilityCalibrator.wide(logits);
        NDArray uncertain = entropy(wide).gte(coefficients.get(1)).expandDims(1);
        NDArray scaled = wide.div(coefficients.get(0)).logSoftmax(1);
        NDArray uniform = scaled.zerosLike().sub(Math.log(logits.getShape().get(1)));
        NDArray chosen = NDArrays.where(uncertain.broadcast(scaled.getShape()), uniform, scaled);
        return ProbabilityCalibrator.narrow(chosen, logits.getDataType());
    }

    /** In nats, {@code [M]}. */
    static NDArray entropy(NDArray logits) {
        NDArray logProbabilities = logits.logSoftmax(1);
        return logProbabilities.exp().mul(logProbabilities).sum(new int[] {1}).neg();
    }

    /** Fits a {@link MetaCal}. */
    public static final class Builder extends HostBuilder<MetaCal> {

        private double miscoverage = 0.05;
        private Double coverageAccuracy;
        private long seed;

        private Builder() {}

        /**
         * Sets the share of the samples classified right that may be given up. Takes the place of a
         * coverage accuracy.
         *
         * @param miscoverage alpha, between 0 and 1, default 0.05
         * @return this builder
         */
        public Builder optMiscoverage(double miscoverage) {
            this.miscoverage = Checks.strictlyWithin("miscoverage", miscoverage, 0, 1);
            this.coverageAccuracy = null;
            return this;
        }

        /**
         * Sets the accuracy of the samples that are not given up. Takes the place of a miscoverage.
         *
         * @param coverageAccuracy above 0, at most 1
         * @return this builder
         */
        public Builder optCoverageAccuracy(double coverageAccuracy) {
            Checks.that(
                    coverageAccuracy > 0 && coverageAccuracy <= 1,
                    "coverageAccuracy = %s, expected more than 0 and at most 1",
                    coverageAccuracy);
            this.coverageAccuracy = coverageAccuracy;
            return this;
        }

        /**
         * Sets the seed by which the samples are parted.
         *
         * @param seed default 0
         * @return this builder
         */
        public Builder optSeed(long seed) {
            this.seed = seed;
            return this;
        }

        /**
         * Fits to held-out samples.
         *
         * @param logits {@code [N, C]}, a floating-point type, on any device
         * @param labels class indices {@code [N]} or {@code [N, 1]}
         * @return the calibrator
         * @throws IllegalArgumentException if there are no samples, a logit is not finite, a label
         *     is not a class index, the shapes do not match, or no threshold reaches the coverage
         *     accuracy that is asked for
         */
        @Override
        public MetaCal fit(NDArray logits, NDArray labels) {
            return super.fit(logits, labels);
        }

        @Override
        Found fit(LabelledLogits data, HostSamples samples) {
            double[] entropies = new double[samples.labels().length];
            boolean[] right = new boolean[entropies.length];
            Float64Chunk.forEach(
                    data,
                    chunk -> {
                        double[] values = entropy(chunk.logits()).toDoubleArray();
                        long[] predicted = chunk.logits().argMax(1).toLongArray();
                        int first = (int) chunk.first();
                        for (int i = 0; i < values.length; i++) {
                            entropies[first + i] = values[i];
                            right[first + i] = predicted[i] == samples.labels()[first + i];
                        }
                    });
            int[] order = RowHash.shuffled(data, seed);
            EntropyThreshold threshold =
                    coverageAccuracy == null
                            ? EntropyThreshold.ofMiscoverage(entropies, right, order, miscoverage)
                            : EntropyThreshold.ofAccuracy(
                                    entropies, right, order, coverageAccuracy);
            double[] weights = new double[entropies.length];
            boolean empty = true;
            for (int i = 0; i < weights.length; i++) {
                boolean counts = !threshold.spent()[i] && entropies[i] < threshold.value();
                weights[i] = counts ? 1 : 0;
                empty &= !counts;
            }
            TemperatureFit.Result fitted = empty ? null : temperature(data, weights);
            boolean degenerate = empty || Double.isInfinite(threshold.value()) && !any(right);
            return new Found(
                    degenerate ? Status.DEGENERATE : fitted.status(),
                    List.of(
                            Coefficient.scalar(TEMPERATURE, empty ? 1 : fitted.temperature()),
                            Coefficient.scalar(THRESHOLD, threshold.value())));
        }

        private static boolean any(boolean[] values) {
            for (boolean value : values) {
                if (value) {
                    return true;
                }
            }
            return false;
        }

        private static TemperatureFit.Result temperature(LabelledLogits data, double[] weights) {
            try (NDManager scope = data.scope().newSubManager()) {
                return TemperatureFit.of(data.weighted(scope.create(weights)), MAX_ITERATIONS);
            }
        }

        @Override
        MetaCal calibrator(long classes, List<Coefficient> coefficients, FitSummary summary) {
            return new MetaCal(classes, coefficients, summary);
        }
    }
}
