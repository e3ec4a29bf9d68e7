package dev.candor.metrics;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import dev.candor.internal.Checks;
import dev.candor.internal.LogitBatch;

/**
 * Class-wise calibration error, or static calibration error (SCE): the expected calibration error
 * of the probability of each class, in the mean over classes.
 *
 * <pre>
 *   SCE = (1/K) sum_k sum_b (n_bk/n) |acc_bk - conf_bk|
 * </pre>
 *
 * <p>{@code acc_bk} is the share of label k among the {@code n_bk} rows whose {@code p_k} lies in
 * bin b, {@code conf_bk} their mean {@code p_k}. Bins {@code (l, r]} of equal width, 15 by default.
 * Judges all probabilities where {@link ExpectedCalibrationError} judges the largest; with many
 * classes most of them are near zero, and so is the value. Kull et al. sum over classes instead: K
 * times this.
 *
 * <p>As an evaluator it takes logits {@code [N, C]} or {@code [N, T, C]} and class indices, keeps
 * three sums a class and bin on the device during an epoch, and reads them to the host when the
 * value is asked for. As a metric it takes {@link ClassForecasts}, of several labels too.
 *
 * <p>Source: Nixon et al., <i>Measuring Calibration in Deep Learning</i>, CVPR Workshops 2019,
 * arXiv:1904.01685; Kull et al., <i>Beyond temperature scaling</i>, NeurIPS 2019, arXiv:1910.12656.
 */
public final class ClasswiseCalibrationError extends LogitEvaluator
        implements Metric<ClassForecasts> {

    private final int bins;
    private final BinEdge edge;

    private ClasswiseCalibrationError(Builder builder) {
        super(builder);
        this.bins = builder.bins;
        this.edge = builder.edge;
    }

    /**
     * Returns the metric with 15 bins.
     *
     * @return the metric
     */
    public static ClasswiseCalibrationError of() {
        return builder().build();
    }

    /**
     * Returns the metric.
     *
     * @param bins the number of bins, at least 1
     * @return the metric
     */
    public static ClasswiseCalibrationError of(int bins) {
        return builder().optBins(bins).build();
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
    public double measure(ClassForecasts forecasts) {
        return ClasswiseMean.of(
                        ExpectedCalibrationError.builder().optBins(bins).optEdge(edge).build())
                .measure(forecasts);
    }

    /** Sums {@code [B, 3, C]}: rows, labels of the class, probabilities. */
    @Override
    NDArray observe(LogitBatch batch) {
        NDArray probabilities = batch.probabilities();
        NDArray targets = batch.oneHot(batch.labels());
        NDArray bin = BinnedEvaluator.bin(probabilities, bins, edge);
        NDList sums = new NDList();
        for (int b = 0; b < bins; b++) {
            NDArray member = batch.masked(bin.eq(b).toType(DataType.FLOAT64, false));
            sums.add(
                    NDArrays.stack(
                            new NDList(
                                    member.sum(new int[] {0}),
                                    member.mul(targets).sum(new int[] {0}),
                                    member.mul(probabilities).sum(new int[] {0}))));
        }
        return NDArrays.stack(sums);
    }

    @Override
    double value(double[] numbers) {
        int classes = numbers.length / 3 / bins;
        double total = 0;
        for (int k = 0; k < classes; k++) {
            long[] counts = new long[bins];
            double[] happened = new double[bins];
            double[] expected = new double[bins];
            long size = 0;
            for (int b = 0; b < bins; b++) {
                counts[b] = (long) numbers[3 * b * classes + k];
                happened[b] = numbers[(3 * b + 1) * classes + k];
                expected[b] = numbers[(3 * b + 2) * classes + k];
                size += counts[b];
            }
            if (size == 0) {
                return Double.NaN;
            }
            total += ReliabilityDiagram.ofSums(edge, counts, happened, expected).gapNorm(1);
        }
        return total / classes;
    }

    /** Builds a {@link ClasswiseCalibrationError}. */
    public static final class Builder extends LogitEvaluator.Builder<Builder> {

        private int bins = ReliabilityDiagram.DEFAULT_BINS;
        private BinEdge edge = BinEdge.RIGHT_CLOSED;

        private Builder() {
            super("ClasswiseCalibrationError");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the number of bins.
         *
         * @param bins at least 1, default 15
         * @return this builder
         */
        public Builder optBins(int bins) {
            this.bins = Checks.atLeast("bins", bins, 1);
            return this;
        }

        /**
         * Sets to which bin a probability on an edge belongs.
         *
         * @param edge default {@link BinEdge#RIGHT_CLOSED}
         * @return this builder
         */
        public Builder optEdge(BinEdge edge) {
            this.edge = edge;
            return this;
        }

        /**
         * Builds the metric.
         *
         * @return the metric
         */
        public ClasswiseCalibrationError build() {
            return new ClasswiseCalibrationError(this);
        }
    }
}
