package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.LabelledLogits;
import dev.candor.calibrators.internal.OnnxGraph;
import dev.candor.internal.Checks;
import java.util.ArrayList;
import java.util.List;

/**
 * Temperature scaling: one number that softens or sharpens all predictions, and leaves the
 * predicted class alone.
 *
 * <pre>
 *   p = softmax(z / T),  T = argmin -(1/N) sum_i log p_{i, y_i}
 * </pre>
 *
 * <p>{@code T > 0} is the temperature: above 1 the network was overconfident, below 1
 * underconfident. The first choice, and hard to beat with few samples; it cannot repair a
 * miscalibration that differs between classes or regions. Fit it on data that the network was not
 * trained on.
 *
 * <p>The fit is Newton's method on {@code log(1/T)} with Halley's correction, in float64 and
 * safeguarded by a bracket; on the device of the logits and in chunks, so that it needs little
 * memory beside them. Where no finite optimum exists it ends at a finite temperature, with a {@link
 * FitSummary.Status} that says so. It never ends at a worse likelihood than {@code T = 1}.
 *
 * <p>With Laplace smoothing, log-probabilities {@code log((n p + 1/C) / (n + 1))} are returned,
 * {@code n} the number of samples of the fit, so that no class gets probability zero. The
 * temperature and {@link FitSummary#objectiveAfter()} stay those without smoothing.
 *
 * <p>Source: Guo et al., <i>On Calibration of Modern Neural Networks</i>, ICML 2017,
 * arXiv:1706.04599. Published implementations stop a gradient method early, and so end at a
 * temperature between their start and the optimum; this one ends at the optimum.
 */
public final class TemperatureScaling extends FittedCalibrator {

    static final String METHOD = "temperature";

    private static final String TEMPERATURE = "temperature";
    private static final String UNIFORM_SHARE = "uniformShare";
    private static final String LAPLACE_SMOOTHING = "laplaceSmoothing";

    private final boolean laplaceSmoothing;

    private TemperatureScaling(long classes, List<Coefficient> coefficients, FitSummary summary) {
        super(METHOD, classes, coefficients, summary);
        this.laplaceSmoothing = coefficients.size() > 1;
    }

    /**
     * Returns the calibrator of a known temperature, for any number of classes.
     *
     * @param temperature T, finite and above 0
     * @return the calibrator
     */
    public static TemperatureScaling of(double temperature) {
        Checks.positive(TEMPERATURE, temperature);
        List<Coefficient> coefficients = List.of(Coefficient.scalar(TEMPERATURE, temperature));
        return new TemperatureScaling(0, coefficients, FitSummary.given(coefficients));
    }

    static TemperatureScaling of(CalibratorFile file) {
        List<Coefficient> coefficients = new ArrayList<>();
        coefficients.add(file.coefficient(TEMPERATURE, new Shape()));
        Checks.positive(TEMPERATURE, coefficients.get(0).scalar());
        if (file.options().get(LAPLACE_SMOOTHING).getAsBoolean()) {
            coefficients.add(file.coefficient(UNIFORM_SHARE, new Shape()));
            Checks.strictlyWithin(UNIFORM_SHARE, coefficients.get(1).scalar(), 0, 1);
        }
        return new TemperatureScaling(
                file.classes(), coefficients, FitSummary.fromJson(file.summary(), coefficients));
    }

    /**
     * Fits the temperature to held-out samples.
     *
     * @param logits {@code [N, C]}, a floating-point type, on any device
     * @param labels class indices {@code [N]} or {@code [N, 1]}
     * @return the calibrator
     * @throws IllegalArgumentException if there are no samples, a logit is not finite, a label is
     *     not a class index, or the shapes do not match
     */
    public static TemperatureScaling fit(NDArray logits, NDArray labels) {
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
     * Returns the temperature.
     *
     * @return T, finite and above 0
     */
    public double temperature() {
        return coefficients().get(0).scalar();
    }

    @Override
    public boolean preservesRanking() {
        return true;
    }

    @Override
    NDArray map(NDArray logits, NDList coefficients) {
        NDArray scaled = logits.div(coefficients.get(0));
        if (!laplaceSmoothing) {
            return scaled;
        }
        NDArray share = coefficients.get(1);
        int classAxis = logits.getShape().dimension() - 1;
        long classes = logits.getShape().get(classAxis);
        return scaled.softmax(classAxis).mul(share.neg().add(1)).add(share.div(classes)).log();
    }

    @Override
    String onnx(OnnxGraph graph, String logits) {
        String scaled = graph.add("Div", logits, graph.number(temperature()));
        if (!laplaceSmoothing) {
            return scaled;
        }
        double share = coefficients().get(1).scalar();
        String network =
                graph.add("Add", graph.logSoftmax(scaled), graph.number(Math.log1p(-share)));
        String uniform = graph.add("Sub", graph.number(Math.log(share)), graph.logClasses());
        return graph.logAddExp(network, uniform);
    }

    @Override
    JsonObject options() {
        JsonObject options = new JsonObject();
        options.addProperty(LAPLACE_SMOOTHING, laplaceSmoothing);
        return options;
    }

    /** Fits a {@link TemperatureScaling}. */
    public static final class Builder extends FitBuilder<Builder, TemperatureScaling> {

        private static final int MAX_ITERATIONS = 100;

        private Objective objective = Objective.LIKELIHOOD;
        private boolean laplaceSmoothing;

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets what is minimised, and told by the summary.
         *
         * @param objective default {@link Objective#LIKELIHOOD}, the one that is convex; others are
         *     searched for around its temperature
         * @return this builder
         */
        public Builder optObjective(Objective objective) {
            this.objective = objective;
            return this;
        }

        /**
         * Sets whether probabilities are mixed with the uniform distribution, as if one sample more
         * had been seen, spread over all classes.
         *
         * @param laplaceSmoothing default false
         * @return this builder
         */
        public Builder optLaplaceSmoothing(boolean laplaceSmoothing) {
            this.laplaceSmoothing = laplaceSmoothing;
            return this;
        }

        @Override
        TemperatureScaling fit(LabelledLogits data, long begin) {
            TemperatureFit.Result found =
                    TemperatureFit.of(data, objective, maxIterations(MAX_ITERATIONS));
            List<Coefficient> coefficients = new ArrayList<>();
            coefficients.add(Coefficient.scalar(TEMPERATURE, found.temperature()));
            if (laplaceSmoothing) {
                double share = 1.0 / (data.size() + 1);
                coefficients.add(Coefficient.scalar(UNIFORM_SHARE, share));
            }
            FitSummary summary =
                    new FitSummary(
                            found.status(),
                            found.iterations(),
                            found.before(),
                            found.after(),
                            secondsSince(begin),
                            coefficients);
            return new TemperatureScaling(data.classes(), coefficients, summary);
        }
    }
}
