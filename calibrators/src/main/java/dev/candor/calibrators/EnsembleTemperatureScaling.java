package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import dev.candor.calibrators.FitSummary.Status;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.LabelledLogits;
import dev.candor.calibrators.internal.OnnxGraph;
import dev.candor.internal.Checks;
import java.util.Arrays;
import java.util.List;

/**
 * Ensemble temperature scaling: a mixture of tempered, plain and uniform probabilities.
 *
 * <pre>
 *   p = w_1 softmax(z / T) + w_2 softmax(z) + w_3 / C
 * </pre>
 *
 * <p>{@code T > 0} is the best temperature, {@code w} three nonnegative weights that sum to one. As
 * little can go wrong as with temperature scaling, of which it keeps the predicted class; the
 * uniform part gives wrong but certain predictions a floor that a temperature cannot. Returns
 * log-probabilities.
 *
 * <p>The fit takes T first, then w, both by the mean {@link Objective}. The weights, whose optimum
 * often has zeros, are found exactly for {@link Objective#BRIER}, and by Newton's method on the
 * simplex for {@link Objective#LIKELIHOOD}. As {@code w = (0, 1, 0)} is the identity, it never ends
 * worse than the logits began. The status is that of the temperature where it has no finite
 * optimum.
 *
 * <p>Source: Zhang, Kailkhura and Han, <i>Mix-n-Match: Ensemble and Compositional Methods for
 * Uncertainty Calibration in Deep Learning</i>, ICML 2020, arXiv:2003.07329, section 3.2. The
 * authors' code takes the squared error unless told otherwise, which is {@link Objective#BRIER}.
 */
public final class EnsembleTemperatureScaling extends FittedCalibrator {

    static final String METHOD = "ensemble";

    private static final String TEMPERATURE = "temperature";
    private static final String WEIGHTS = "weights";
    private static final Shape WEIGHTS_SHAPE = new Shape(3);
    private static final double SUM_TOLERANCE = 1e-9;

    /** Stands for a weight of zero, so that its logarithm is finite. */
    private static final double LEAST_WEIGHT = 1e-300;

    private EnsembleTemperatureScaling(
            long classes, List<Coefficient> coefficients, FitSummary summary) {
        super(METHOD, classes, coefficients, summary);
    }

    /**
     * Returns the calibrator of known parameters, for any number of classes.
     *
     * @param temperature T, finite and above 0
     * @param weights w, three nonnegative numbers that sum to one
     * @return the calibrator
     */
    public static EnsembleTemperatureScaling of(double temperature, double... weights) {
        List<Coefficient> coefficients = coefficients(temperature, weights.clone());
        return new EnsembleTemperatureScaling(0, coefficients, FitSummary.given(coefficients));
    }

    static EnsembleTemperatureScaling of(CalibratorFile file) {
        List<Coefficient> coefficients =
                coefficients(
                        file.coefficient(TEMPERATURE, new Shape()).scalar(),
                        file.coefficient(WEIGHTS, WEIGHTS_SHAPE).values());
        return new EnsembleTemperatureScaling(
                file.classes(), coefficients, FitSummary.fromJson(file.summary(), coefficients));
    }

    private static List<Coefficient> coefficients(double temperature, double[] weights) {
        Checks.positive(TEMPERATURE, temperature);
        Checks.that(weights.length == 3, "%d weights, expected 3", weights.length);
        for (int j = 0; j < 3; j++) {
            Checks.within("weights[" + j + "]", weights[j], 0, 1);
        }
        double sum = Arrays.stream(weights).sum();
        Checks.that(Math.abs(sum - 1) <= SUM_TOLERANCE, "weights sum to %s, expected 1", sum);
        return List.of(
                Coefficient.scalar(TEMPERATURE, temperature),
                new Coefficient(WEIGHTS, WEIGHTS_SHAPE, weights));
    }

    /**
     * Fits to held-out samples by likelihood.
     *
     * @param logits {@code [N, C]}, a floating-point type, on any device
     * @param labels class indices {@code [N]} or {@code [N, 1]}
     * @return the calibrator
     * @throws IllegalArgumentException if there are no samples, a logit is not finite, a label is
     *     not a class index, or the shapes do not match
     */
    public static EnsembleTemperatureScaling fit(NDArray logits, NDArray labels) {
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
     * Returns the temperature of the first part.
     *
     * @return T, finite and above 0
     */
    public double temperature() {
        return coefficients().get(0).scalar();
    }

    /**
     * Returns the weights of the tempered, the plain and the uniform part.
     *
     * @return a copy of w
     */
    public double[] weights() {
        return coefficients().get(1).values().clone();
    }

    @Override
    public boolean preservesRanking() {
        return weights()[2] < 1;
    }

    @Override
    NDArray map(NDArray logits, NDList coefficients) {
        int classAxis = logits.getShape().dimension() - 1;
        NDArray weights = coefficients.get(1).maximum(LEAST_WEIGHT).log();
        NDArray tempered = logits.div(coefficients.get(0)).logSoftmax(classAxis);
        NDArray first = tempered.add(weights.get(0));
        NDArray second = logits.logSoftmax(classAxis).add(weights.get(1));
        NDArray third = weights.get(2).sub(Math.log(logits.getShape().get(classAxis)));
        NDArray top = NDArrays.maximum(NDArrays.maximum(first, second), third);
        return first.sub(top)
                .exp()
                .add(second.sub(top).exp())
                .add(top.neg().add(third).exp())
                .log()
                .add(top);
    }

    @Override
    String onnx(OnnxGraph graph, String logits) {
        double[] logs = weights();
        Arrays.setAll(logs, j -> Math.log(Math.max(LEAST_WEIGHT, logs[j])));
        String tempered = graph.logSoftmax(graph.add("Div", logits, graph.number(temperature())));
        String first = graph.add("Add", tempered, graph.number(logs[0]));
        String second = graph.add("Add", graph.logSoftmax(logits), graph.number(logs[1]));
        String third = graph.add("Sub", graph.number(logs[2]), graph.logClasses());
        return graph.logAddExp(graph.logAddExp(first, second), third);
    }

    /** Fits an {@link EnsembleTemperatureScaling}. */
    public static final class Builder extends FitBuilder<Builder, EnsembleTemperatureScaling> {

        private static final int MAX_ITERATIONS = 100;

        private Objective objective = Objective.LIKELIHOOD;

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets what is minimised, by the temperature and by the weights.
         *
         * @param objective {@link Objective#LIKELIHOOD}, the default, or {@link Objective#BRIER}
         * @return this builder
         */
        public Builder optObjective(Objective objective) {
            this.objective = Objective.ofSamples(objective);
            return this;
        }

        @Override
        EnsembleTemperatureScaling fit(LabelledLogits data, long begin) {
            int limit = maxIterations(MAX_ITERATIONS);
            TemperatureFit.Result likely = TemperatureFit.of(data, limit);
            MixtureFit.Result found;
            double temperature = likely.temperature();
            if (objective == Objective.LIKELIHOOD) {
                found = MixtureFit.byLikelihood(data, temperature, limit);
            } else {
                if (likely.status() == Status.CONVERGED) {
                    temperature = BrierTemperatureFit.of(data, temperature, limit);
                }
                found = MixtureFit.byBrier(data, temperature);
            }
            List<Coefficient> coefficients = coefficients(temperature, found.weights());
            Status status = likely.status() == Status.CONVERGED ? found.status() : likely.status();
            FitSummary summary =
                    new FitSummary(
                            status,
                            likely.iterations() + found.iterations(),
                            found.before(),
                            found.after(),
                            secondsSince(begin),
                            coefficients);
            return new EnsembleTemperatureScaling(data.classes(), coefficients, summary);
        }
    }
}
