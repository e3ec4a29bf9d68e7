package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import dev.candor.calibrators.FitSummary.Status;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.LabelledLogits;
import dev.candor.calibrators.internal.OnnxGraph;
import dev.candor.internal.Checks;
import java.util.ArrayList;
import java.util.List;

/**
 * Structured matrix scaling (SMS) and structured vector scaling (SVS): temperature scaling,
 * followed by an affine map with a penalty that vanishes as samples grow in number. With few
 * samples it is temperature scaling, with many it repairs classes and confusions between them. The
 * recommended choice for more than two classes.
 *
 * <pre>
 *   l = log((n softmax(z / T) + 1/C) / (n + 1))
 *   p = softmax(l + D l + b)
 *   penalty = r ( (C/n) sum_k b_k^2 + (C/n) sum_k D_kk^2 + (C (C - 1)/n) sum_{j != k} D_jk^2 )
 * </pre>
 *
 * <p>{@code T > 0} is the best temperature, {@code n} the number of samples of the fit ({@code (sum
 * w)^2 / sum w^2} where they have weights), {@code D} a {@code C x C} matrix, diagonal in the
 * vector form, {@code b} a vector that has mean zero, {@code r > 0} the strength of the penalty, 1
 * by default. The predicted class may change.
 *
 * <p>The fit of D and b minimises the mean {@link Objective} and the penalty, which is convex for
 * {@link Objective#LIKELIHOOD}, by L-BFGS in float64 on the device of the logits. Should that end
 * worse than the logits began, the calibrator is the identity. The status is that of the
 * temperature where it has no finite optimum.
 *
 * <p>Source: Berta, Holzmüller, Jordan and Bach, <i>Structured Matrix Scaling for Multi-Class
 * Calibration</i>, 2025, arXiv:2511.03685, with its code in the package probmetrics; that fits in
 * float32, this in float64.
 */
public final class StructuredMatrixScaling extends FittedCalibrator {

    /** How much structure the map has. */
    public enum Form {
        /** D is diagonal (SVS): 2C parameters. */
        VECTOR,
        /** D is full (SMS): C (C + 1) parameters, and time that grows with the square of C. */
        MATRIX
    }

    static final String METHOD = "structured";

    private static final String FORM = "form";
    private static final String TEMPERATURE = "temperature";
    private static final String UNIFORM_SHARE = "uniformShare";
    private static final int MOST_CLASSES_OF_A_MATRIX = 200;

    private final Form form;

    private StructuredMatrixScaling(
            long classes, Form form, List<Coefficient> coefficients, FitSummary summary) {
        super(METHOD, classes, coefficients, summary);
        this.form = form;
    }

    static StructuredMatrixScaling of(CalibratorFile file) {
        Form form = Form.valueOf(file.options().get(FORM).getAsString());
        List<Coefficient> coefficients = new ArrayList<>();
        coefficients.add(file.coefficient(TEMPERATURE, new Shape()));
        Checks.positive(TEMPERATURE, coefficients.get(0).scalar());
        coefficients.add(file.coefficient(UNIFORM_SHARE, new Shape()));
        Checks.within(UNIFORM_SHARE, coefficients.get(1).scalar(), 0, 1);
        coefficients.addAll(AffineMap.coefficients(file, form == Form.VECTOR));
        return new StructuredMatrixScaling(
                file.classes(),
                form,
                coefficients,
                FitSummary.fromJson(file.summary(), coefficients));
    }

    /**
     * Fits to held-out samples: the matrix form for up to 200 classes, else the vector form.
     *
     * @param logits {@code [N, C]}, a floating-point type, on any device
     * @param labels class indices {@code [N]} or {@code [N, 1]}
     * @return the calibrator
     * @throws IllegalArgumentException if there are no samples, a logit is not finite, a label is
     *     not a class index, or the shapes do not match
     */
    public static StructuredMatrixScaling fit(NDArray logits, NDArray labels) {
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
     * Returns the form.
     *
     * @return the form that was fitted
     */
    public Form form() {
        return form;
    }

    /**
     * Returns the temperature that comes first.
     *
     * @return T, finite and above 0
     */
    public double temperature() {
        return coefficients().get(0).scalar();
    }

    @Override
    public boolean preservesRanking() {
        return false;
    }

    @Override
    NDArray map(NDArray logits, NDList coefficients) {
        NDArray features = features(logits, coefficients.get(0), coefficients.get(1));
        return AffineMap.of(features, coefficients.get(2), coefficients.get(3));
    }

    /** The log of a mixture, so that no share and no probability is too small for it. */
    private static NDArray features(NDArray logits, NDArray temperature, NDArray share) {
        int classAxis = logits.getShape().dimension() - 1;
        long classes = logits.getShape().get(classAxis);
        NDArray scaled = logits.div(temperature).logSoftmax(classAxis);
        NDArray network = scaled.add(share.neg().add(1).log());
        NDArray uniform = share.div(classes).log();
        NDArray gap = network.sub(uniform).abs().neg();
        return NDArrays.maximum(network, uniform).add(gap.exp().add(1).log());
    }

    @Override
    JsonObject options() {
        JsonObject options = new JsonObject();
        options.addProperty(FORM, form.name());
        return options;
    }

    @Override
    String onnx(OnnxGraph graph, String logits) {
        double share = coefficients().get(1).scalar();
        String scaled = graph.logSoftmax(graph.add("Div", logits, graph.number(temperature())));
        String network = graph.add("Add", scaled, graph.number(Math.log1p(-share)));
        String uniform = graph.number(Math.log(share / classes()));
        return AffineMap.onnx(
                graph,
                graph.logAddExp(network, uniform),
                coefficients().get(2),
                coefficients().get(3));
    }

    /** Fits a {@link StructuredMatrixScaling}. */
    public static final class Builder extends AffineBuilder<Builder, StructuredMatrixScaling> {

        private Form form;
        private double penalty = 1;

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the form.
         *
         * @param form by default {@link Form#MATRIX} for up to 200 classes, else {@link
         *     Form#VECTOR}
         * @return this builder
         */
        public Builder optForm(Form form) {
            this.form = form;
            return this;
        }

        /**
         * Sets the strength of the penalty.
         *
         * @param penalty r, finite and above 0, default 1
         * @return this builder
         */
        public Builder optPenalty(double penalty) {
            this.penalty = Checks.positive("penalty", penalty);
            return this;
        }

        @Override
        StructuredMatrixScaling fit(LabelledLogits data, long begin) {
            int classes = Math.toIntExact(data.classes());
            Form fitted = form;
            if (fitted == null) {
                fitted = classes > MOST_CLASSES_OF_A_MATRIX ? Form.VECTOR : Form.MATRIX;
            }
            boolean diagonal = fitted == Form.VECTOR;
            TemperatureFit.Result scaling = temperature(data);
            double size = data.effectiveSize();
            double share = 1 / (size + 1);
            Coefficient temperature = Coefficient.scalar(TEMPERATURE, scaling.temperature());
            Coefficient uniformShare = Coefficient.scalar(UNIFORM_SHARE, share);
            NDArray t = temperature.in(data.scope());
            NDArray s = uniformShare.in(data.scope());
            double each = penalty * classes / size;
            AffineFit.Ridge ridge = new AffineFit.Ridge(each, each * (classes - 1), each);
            AffineObjective loss =
                    new AffineObjective(
                            data,
                            rows -> {
                                NDManager scope = rows.getManager();
                                return features(rows, view(t, scope), view(s, scope));
                            },
                            diagonal,
                            objective);
            AffineFit.Result found = fit(loss, ridge, 1);
            if (scaling.status() != Status.CONVERGED) {
                found = found.withStatus(scaling.status());
            }
            double before = lossOfLogits(data, scaling);
            if (found.value() > before) {
                return identity(data, fitted, found, before, begin);
            }
            List<Coefficient> coefficients = new ArrayList<>(List.of(temperature, uniformShare));
            coefficients.addAll(AffineMap.coefficients(found.weights(), found.bias()));
            return new StructuredMatrixScaling(
                    classes,
                    fitted,
                    coefficients,
                    summary(found.since(before), coefficients, begin));
        }

        private StructuredMatrixScaling identity(
                LabelledLogits data,
                Form fitted,
                AffineFit.Result found,
                double before,
                long begin) {
            int classes = Math.toIntExact(data.classes());
            boolean diagonal = fitted == Form.VECTOR;
            double[] weights = new double[diagonal ? classes : classes * classes];
            for (int k = 0; k < classes; k++) {
                weights[diagonal ? k : k * classes + k] = 1;
            }
            List<Coefficient> coefficients = new ArrayList<>();
            coefficients.add(Coefficient.scalar(TEMPERATURE, 1));
            coefficients.add(Coefficient.scalar(UNIFORM_SHARE, 0));
            coefficients.addAll(AffineMap.coefficients(weights, new double[classes]));
            FitSummary summary =
                    new FitSummary(
                            found.status(),
                            found.iterations(),
                            before,
                            before,
                            secondsSince(begin),
                            coefficients);
            return new StructuredMatrixScaling(classes, fitted, coefficients, summary);
        }
    }
}
