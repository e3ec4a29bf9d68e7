package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import com.google.gson.JsonObject;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.OnnxGraph;
import dev.candor.internal.Checks;
import java.util.List;
import java.util.Map;

/**
 * Contextual calibration: takes from the answers of a language model what it would have answered to
 * no question at all.
 *
 * <pre>
 *   p_cf = mean of the probabilities at content-free inputs,  W = diag(p_cf)^-1
 *   q_k = W p,  normalised:  p_k / p_cf_k / sum_j p_j / p_cf_j
 *   softmax(W p)   in the other reading
 * </pre>
 *
 * <p>{@code p} are the probabilities of the C labels or options. Content-free inputs put "N/A", an
 * empty text or "[MASK]" in the place of the question, with the prompt as it is; three of them are
 * usual. Their probabilities are averaged, then inverted; the mean of the inverses is another
 * thing. The paper writes {@code softmax(W p + b)} with {@code b = 0}; the authors' code never
 * applies that softmax, but normalises {@code p} and takes the largest of {@code W p}. Both name
 * the same class. {@link Reading#NORMALIZED}, the default, yields probabilities that are uniform at
 * {@code p_cf} and can be calibrated further; those of {@link Reading#SOFTMAX} depend on the scale
 * of {@code W p} and are seldom meant.
 *
 * <p>Needs no labels. It mends a leaning towards some labels, such as the first option or a
 * frequent word, and may change the predicted class; it does not mend overconfidence, for which
 * {@link TemperatureScaling} may follow. Where content-free inputs are far from all questions,
 * {@link DomainContextCalibration} or {@link BatchCalibration} do better. A label of content-free
 * probability below 1e-12 is taken to have that.
 *
 * <p>Source: Zhao et al., <i>Calibrate Before Use: Improving Few-Shot Performance of Language
 * Models</i>, ICML 2021, arXiv:2102.09690.
 */
public final class ContextualCalibration extends FittedCalibrator {

    static final String METHOD = "contextual";

    private static final String READING = "reading";

    /** What becomes of {@code W p}. */
    public enum Reading {
        /** Divided by its sum, as the authors' code has it up to that sum. */
        NORMALIZED,
        /** Taken for logits, as the paper writes it. */
        SOFTMAX
    }

    private final Reading reading;

    private ContextualCalibration(
            Reading reading, List<Coefficient> coefficients, FitSummary summary) {
        super(METHOD, coefficients.get(0).values().length, coefficients, summary);
        this.reading = reading;
    }

    /**
     * Returns the calibrator of known content-free probabilities.
     *
     * @param contentFree {@code p_cf}, one number above 0 for each of at least two labels, which
     *     sum to one
     * @return the calibrator
     * @throws IllegalArgumentException if a probability is not above 0 or they do not sum to one
     */
    public static ContextualCalibration of(double... contentFree) {
        return builder().of(contentFree);
    }

    static ContextualCalibration of(CalibratorFile file) {
        List<Coefficient> coefficients = List.of(PriorCorrection.of(file));
        return new ContextualCalibration(
                Reading.valueOf(file.options().get(READING).getAsString()),
                coefficients,
                FitSummary.fromJson(file.summary(), coefficients));
    }

    /**
     * Averages the probabilities of content-free inputs.
     *
     * @param contentFreeLogits {@code [M, C]}, a row for each content-free input
     * @return the calibrator
     * @throws IllegalArgumentException if there is no row, a logit is not finite, or the shape does
     *     not fit
     */
    public static ContextualCalibration fit(NDArray contentFreeLogits) {
        return builder().fit(contentFreeLogits);
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
     * Returns the content-free probabilities.
     *
     * @return a copy of {@code p_cf}
     */
    public double[] contentFree() {
        return PriorCorrection.values(coefficients());
    }

    /**
     * Returns how {@code W p} is read.
     *
     * @return the reading
     */
    public Reading reading() {
        return reading;
    }

    @Override
    public boolean preservesRanking() {
        return false;
    }

    @Override
    NDArray map(NDArray logits, NDList coefficients) {
        NDArray contentFree = coefficients.get(0);
        if (reading == Reading.NORMALIZED) {
            return PriorCorrection.subtract(logits, contentFree);
        }
        int classAxis = logits.getShape().dimension() - 1;
        return logits.softmax(classAxis).div(contentFree.toType(logits.getDataType(), false));
    }

    @Override
    String onnx(OnnxGraph graph, String logits) {
        Coefficient contentFree = coefficients().get(0);
        if (reading == Reading.NORMALIZED) {
            return PriorCorrection.onnx(graph, logits, contentFree, 1);
        }
        String probabilities = graph.add("Softmax", Map.of("axis", 1), logits);
        return graph.add("Div", probabilities, graph.constant(contentFree));
    }

    @Override
    JsonObject options() {
        JsonObject options = new JsonObject();
        options.addProperty(READING, reading.name());
        return options;
    }

    /** Makes a {@link ContextualCalibration}. */
    public static final class Builder {

        private Reading reading = Reading.NORMALIZED;

        private Builder() {}

        /**
         * Sets what becomes of {@code W p}.
         *
         * @param reading default {@link Reading#NORMALIZED}
         * @return this builder
         */
        public Builder optReading(Reading reading) {
            Checks.that(reading != null, "reading = null, expected one of the readings");
            this.reading = reading;
            return this;
        }

        /**
         * Takes known content-free probabilities.
         *
         * @param contentFree {@code p_cf}, numbers above 0 which sum to one
         * @return the calibrator
         * @throws IllegalArgumentException if a probability is not above 0 or they do not sum to
         *     one
         */
        public ContextualCalibration of(double... contentFree) {
            return calibrator(PriorCorrection.given(contentFree));
        }

        /**
         * Averages the probabilities of content-free inputs.
         *
         * @param contentFreeLogits {@code [M, C]}, a row for each content-free input
         * @return the calibrator
         * @throws IllegalArgumentException if there is no row, a logit is not finite, or the shape
         *     does not fit
         */
        public ContextualCalibration fit(NDArray contentFreeLogits) {
            return calibrator(PriorCorrection.mean(contentFreeLogits, "content-free inputs", 1));
        }

        private ContextualCalibration calibrator(Coefficient contentFree) {
            List<Coefficient> coefficients = List.of(contentFree);
            return new ContextualCalibration(reading, coefficients, FitSummary.given(coefficients));
        }
    }
}
