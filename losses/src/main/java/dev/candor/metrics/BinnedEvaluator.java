package dev.candor.metrics;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.candor.internal.Checks;
import dev.candor.internal.LogitBatch;

/**
 * An evaluator of the gap between accuracy and confidence in bins.
 *
 * <p>Of bins of equal width it keeps {@code [3, B]}: rows, correct rows, sums of confidence. Of
 * bins of equal mass it keeps {@code [2, M]}: confidence and correctness of each row, the
 * confidence of rows that do not count set to -1.
 */
abstract class BinnedEvaluator extends LogitEvaluator implements Metric<Forecasts> {

    private final int bins;
    private final Binning binning;
    private final BinEdge edge;

    BinnedEvaluator(Builder<?> builder) {
        super(builder);
        this.bins = builder.bins;
        this.binning = builder.binning;
        this.edge = builder.edge;
    }

    /** The norm of the gaps; infinity for the largest. */
    abstract double norm();

    @Override
    public final double measure(Forecasts forecasts) {
        return ReliabilityDiagram.builder()
                .setForecasts(forecasts)
                .optBins(bins)
                .optBinning(binning)
                .optEdge(edge)
                .build()
                .gapNorm(norm());
    }

    /**
     * Measures a diagram, of merged ones for instance; the bins are those of the diagram.
     *
     * @param diagram the diagram
     * @return the value
     */
    public final double measure(ReliabilityDiagram diagram) {
        return diagram.gapNorm(norm());
    }

    @Override
    boolean keepsRows() {
        return binning == Binning.EQUAL_MASS;
    }

    @Override
    NDArray observe(LogitBatch batch) {
        NDArray confidence = batch.confidence();
        NDArray correct = batch.correct();
        if (keepsRows()) {
            NDArray mask = batch.mask();
            NDArray marked = mask == null ? confidence : confidence.mul(mask).add(mask.sub(1));
            return NDArrays.stack(new NDList(marked, correct));
        }
        NDArray member = batch.masked(membership(confidence));
        return NDArrays.stack(new NDList(confidence.onesLike(), correct, confidence))
                .matMul(member);
    }

    /** One where a confidence belongs to a bin of equal width, else zero, {@code [M, B]}. */
    private NDArray membership(NDArray confidence) {
        NDArray index = confidence.getManager().arange(0, bins, 1, DataType.FLOAT64);
        NDArray bin = bin(confidence, bins, edge);
        return bin.expandDims(1).eq(index).toType(DataType.FLOAT64, false);
    }

    /** The bin of equal width of each value, in the type of the values. */
    static NDArray bin(NDArray values, int bins, BinEdge edge) {
        NDArray position = values.mul(bins);
        NDArray bin = edge == BinEdge.RIGHT_CLOSED ? position.ceil().sub(1) : position.floor();
        // clip would wait for the device.
        return bin.maximum(0).minimum(bins - 1);
    }

    @Override
    NDArray condense(NDArray kept) {
        return keepsRows() ? equalMassSums(kept) : kept;
    }

    /** The sums {@code [3, B]} of bins of equal mass, from rows {@code [2, M]}. */
    private NDArray equalMassSums(NDArray rows) {
        NDManager manager = rows.getManager();
        NDArray confidence = rows.get(0);
        int all = Math.toIntExact(confidence.size());
        int ignored = (int) confidence.lt(0).sum().toType(DataType.INT64, false).getLong();
        int size = all - ignored;
        if (size == 0) {
            return manager.zeros(new Shape(3, bins), DataType.FLOAT64);
        }
        NDArray order = stableOrder(confidence).get(new NDIndex().addSliceDim(ignored, all));
        double[] counts = new double[bins];
        long[] starts = new long[bins + 1];
        for (int b = 0; b < bins; b++) {
            counts[b] = ReliabilityDiagram.equalMass(size, bins, b);
            starts[b + 1] = starts[b] + (long) counts[b];
        }
        NDArray start = manager.create(starts).toDevice(rows.getDevice(), false);
        return NDArrays.stack(
                new NDList(
                        manager.create(counts).toDevice(rows.getDevice(), false),
                        sums(rows.get(1).gather(order, 0), start),
                        sums(confidence.gather(order, 0), start)));
    }

    /** Rows by ascending value, ties by row: the sort of the engine promises nothing about ties. */
    private static NDArray stableOrder(NDArray values) {
        int size = (int) values.size();
        NDArray order = values.argSort();
        NDArray sorted = values.gather(order, 0);
        NDArray previous = sorted.get(new NDIndex().addSliceDim(0, size - 1));
        NDArray rises = sorted.get(new NDIndex().addSliceDim(1, size)).gt(previous);
        NDArray first = order.get(new NDIndex().addSliceDim(0, 1)).mul(0);
        NDArray group = first.concat(rises.toType(DataType.INT64, false)).cumSum(0);
        return group.mul(size).add(order).sort().mod(size);
    }

    /** Sums of the values from the start of each bin to that of the next. */
    private NDArray sums(NDArray values, NDArray start) {
        NDArray none = values.get(new NDIndex().addSliceDim(0, 1)).mul(0);
        NDArray before = none.concat(values.cumSum(0)).gather(start, 0);
        NDArray ends = before.get(new NDIndex().addSliceDim(1, bins + 1));
        return ends.sub(before.get(new NDIndex().addSliceDim(0, bins)));
    }

    @Override
    double value(double[] numbers) {
        long[] counts = new long[bins];
        double[] happened = new double[bins];
        double[] expected = new double[bins];
        long size = 0;
        for (int b = 0; b < bins; b++) {
            counts[b] = (long) numbers[b];
            happened[b] = numbers[bins + b];
            expected[b] = numbers[2 * bins + b];
            size += counts[b];
        }
        return size == 0
                ? Double.NaN
                : ReliabilityDiagram.ofSums(edge, counts, happened, expected).gapNorm(norm());
    }

    /**
     * Options of every metric of gaps in bins.
     *
     * @param <B> the builder itself
     */
    abstract static class Builder<B extends Builder<B>> extends LogitEvaluator.Builder<B> {

        private int bins = ReliabilityDiagram.DEFAULT_BINS;
        private Binning binning = Binning.EQUAL_WIDTH;
        private BinEdge edge = BinEdge.RIGHT_CLOSED;

        Builder(String name) {
            super(name);
        }

        /**
         * Sets the number of bins.
         *
         * @param bins at least 1, default 15
         * @return this builder
         */
        public B optBins(int bins) {
            this.bins = Checks.atLeast("bins", bins, 1);
            return self();
        }

        /**
         * Sets how bins divide confidences.
         *
         * @param binning default {@link Binning#EQUAL_WIDTH}
         * @return this builder
         */
        public B optBinning(Binning binning) {
            this.binning = binning;
            return self();
        }

        /**
         * Sets to which bin of equal width a confidence on an edge belongs.
         *
         * @param edge default {@link BinEdge#RIGHT_CLOSED}
         * @return this builder
         */
        public B optEdge(BinEdge edge) {
            this.edge = edge;
            return self();
        }
    }
}
