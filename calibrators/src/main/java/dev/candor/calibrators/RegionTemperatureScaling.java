package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.LabelledLogits;
import dev.candor.calibrators.internal.OnnxGraph;
import dev.candor.internal.Checks;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Region-dependent temperature scaling: a temperature for each region of samples, by confidence or
 * by predicted class, drawn towards that of all samples.
 *
 * <pre>
 *   p = softmax(z / T_r),  r the region of z
 *   log(1/T_r) = (n_r log(1/T*_r) + n_0 log(1/T)) / (n_r + n_0)
 * </pre>
 *
 * <p>{@code T*_r} is the best temperature of the {@code n_r} samples of region r, {@code T} that of
 * all samples, {@code n_0 >= 0} the shrinkage, as a number of samples, 50 by default. Regions by
 * confidence are B equal parts {@code (l, u]} of {@code [0, 1]}, 5 by default, and hold the samples
 * whose {@code max softmax(z)} lies there. A region without samples, or of which the best
 * temperature is not finite, has the temperature of all.
 *
 * <p>Repairs a network that is overconfident where it is sure and underconfident where it is not,
 * or for some classes. The order of classes within a sample is kept; that of confidences between
 * samples is not, as the map jumps between regions.
 *
 * <p>The fit is Newton's method for all regions in the same passes. It never ends at a worse
 * likelihood than temperature scaling. The status is that of the temperature of all samples.
 *
 * <p>Source: Dawkins and Nejadgholi, <i>Region-dependent temperature scaling for certainty
 * calibration and application to class-imbalanced token classification</i>, ACL 2022 (short
 * papers), pages 538-544. Regions of equal width and the shrinkage are choices of this library.
 */
public final class RegionTemperatureScaling extends FittedCalibrator {

    /** What tells the region of a sample. */
    public enum Region {
        /** The confidence before calibration. */
        CONFIDENCE,
        /** The predicted class; the lowest index among ties. */
        PREDICTED_CLASS
    }

    static final String METHOD = "region";

    private static final String REGION = "region";
    private static final String TEMPERATURES = "temperatures";

    private final Region region;

    private RegionTemperatureScaling(
            long classes, Region region, double[] temperatures, FitSummary summary) {
        super(METHOD, classes, coefficients(temperatures), summary);
        this.region = region;
    }

    private static List<Coefficient> coefficients(double[] temperatures) {
        Checks.atLeast("number of temperatures", temperatures.length, 1);
        for (int r = 0; r < temperatures.length; r++) {
            Checks.positive(TEMPERATURES + "[" + r + "]", temperatures[r]);
        }
        return List.of(new Coefficient(TEMPERATURES, new Shape(temperatures.length), temperatures));
    }

    /**
     * Returns the calibrator of known temperatures by confidence, for any number of classes.
     *
     * @param temperatures T of each of B equal parts of {@code [0, 1]}, finite and above 0
     * @return the calibrator
     */
    public static RegionTemperatureScaling byConfidence(double... temperatures) {
        return given(0, Region.CONFIDENCE, temperatures.clone());
    }

    /**
     * Returns the calibrator of known temperatures by predicted class.
     *
     * @param temperatures T of each class, finite and above 0
     * @return the calibrator
     */
    public static RegionTemperatureScaling byPredictedClass(double... temperatures) {
        Checks.atLeast("number of temperatures", temperatures.length, 2);
        return given(temperatures.length, Region.PREDICTED_CLASS, temperatures.clone());
    }

    private static RegionTemperatureScaling given(
            long classes, Region region, double[] temperatures) {
        FitSummary summary = FitSummary.given(coefficients(temperatures));
        return new RegionTemperatureScaling(classes, region, temperatures, summary);
    }

    static RegionTemperatureScaling of(CalibratorFile file) {
        Region region = Region.valueOf(file.options().get(REGION).getAsString());
        Coefficient found = file.coefficients().get(0);
        long count = region == Region.CONFIDENCE ? found.values().length : file.classes();
        Coefficient temperatures = file.coefficient(TEMPERATURES, new Shape(count));
        return new RegionTemperatureScaling(
                file.classes(),
                region,
                temperatures.values(),
                FitSummary.fromJson(file.summary(), List.of(temperatures)));
    }

    /**
     * Fits to held-out samples, by five regions of confidence.
     *
     * @param logits {@code [N, C]}, a floating-point type, on any device
     * @param labels class indices {@code [N]} or {@code [N, 1]}
     * @return the calibrator
     * @throws IllegalArgumentException if there are no samples, a logit is not finite, a label is
     *     not a class index, or the shapes do not match
     */
    public static RegionTemperatureScaling fit(NDArray logits, NDArray labels) {
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
     * Returns what tells the region of a sample.
     *
     * @return the kind of regions
     */
    public Region region() {
        return region;
    }

    /**
     * Returns the temperatures.
     *
     * @return T of each region, a copy
     */
    public double[] temperatures() {
        return coefficients().get(0).values().clone();
    }

    @Override
    public boolean preservesRanking() {
        return true;
    }

    @Override
    NDArray map(NDArray logits, NDList coefficients) {
        NDArray temperatures = coefficients.get(0).toType(logits.getDataType(), false);
        int classAxis = logits.getShape().dimension() - 1;
        NDArray rows = logits.reshape(-1, logits.getShape().get(classAxis));
        NDArray index = regions(rows, region, (int) temperatures.size());
        NDArray scaled = rows.div(temperatures.gather(index, 0).expandDims(1));
        return scaled.reshape(logits.getShape());
    }

    /** The region of each row {@code [n, C]}, int64 {@code [n]}. */
    private static NDArray regions(NDArray logits, Region region, int count) {
        if (region == Region.PREDICTED_CLASS) {
            return logits.argMax(1);
        }
        NDArray confidence = logits.stopGradient().softmax(1).max(new int[] {1});
        NDArray bin = confidence.mul(count).ceil().sub(1).clip(0, count - 1);
        return bin.toType(DataType.INT64, false);
    }

    @Override
    String onnx(OnnxGraph graph, String logits) {
        int count = temperatures().length;
        String index;
        if (region == Region.PREDICTED_CLASS) {
            index = graph.add("ArgMax", Map.of("axis", 1), logits);
        } else {
            String confidence =
                    graph.topK(graph.add("Softmax", Map.of("axis", 1), logits), 1, true).get(0);
            String bins = graph.add("Ceil", graph.add("Mul", confidence, graph.number(count)));
            String bin = graph.add("Sub", bins, graph.number(1));
            index = graph.integer(graph.clip(bin, 0, count - 1));
        }
        String temperatures = graph.constant(coefficients().get(0));
        return graph.add("Div", logits, graph.add("Gather", temperatures, index));
    }

    @Override
    JsonObject options() {
        JsonObject options = new JsonObject();
        options.addProperty(REGION, region.name());
        return options;
    }

    /** Fits a {@link RegionTemperatureScaling}. */
    public static final class Builder extends FitBuilder<Builder, RegionTemperatureScaling> {

        private static final int MAX_ITERATIONS = 100;

        private Region region = Region.CONFIDENCE;
        private int confidenceRegions = 5;
        private double shrinkage = 50;

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets what tells the region of a sample.
         *
         * @param region default {@link Region#CONFIDENCE}
         * @return this builder
         */
        public Builder optRegion(Region region) {
            this.region = region;
            return this;
        }

        /**
         * Sets the number of regions by confidence.
         *
         * @param regions B, at least 1, default 5
         * @return this builder
         */
        public Builder optConfidenceRegions(int regions) {
            this.confidenceRegions = Checks.atLeast("confidenceRegions", regions, 1);
            return this;
        }

        /**
         * Sets how far regions are drawn towards the temperature of all samples.
         *
         * @param shrinkage n_0, {@code >= 0}, default 50
         * @return this builder
         */
        public Builder optShrinkage(double shrinkage) {
            this.shrinkage = Checks.nonNegative("shrinkage", shrinkage);
            return this;
        }

        @Override
        RegionTemperatureScaling fit(LabelledLogits data, long begin) {
            int limit = maxIterations(MAX_ITERATIONS);
            int count =
                    region == Region.CONFIDENCE
                            ? confidenceRegions
                            : Math.toIntExact(data.classes());
            TemperatureFit.Result whole = TemperatureFit.of(data, limit);
            RegionTemperatureFit fit =
                    new RegionTemperatureFit(data, rows -> regions(rows, region, count), count);
            double[] u = fit.fit(whole.temperature(), shrinkage, limit);
            double after = fit.likelihood(u);
            double[] temperatures = Arrays.stream(u).map(value -> Math.exp(-value)).toArray();
            if (!(after <= whole.after())) {
                Arrays.fill(temperatures, whole.temperature());
                after = whole.after();
            }
            FitSummary summary =
                    new FitSummary(
                            whole.status(),
                            whole.iterations(),
                            whole.before(),
                            after,
                            secondsSince(begin),
                            coefficients(temperatures));
            return new RegionTemperatureScaling(data.classes(), region, temperatures, summary);
        }
    }
}
