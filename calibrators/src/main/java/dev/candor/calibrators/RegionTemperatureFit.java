package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.candor.calibrators.internal.LabelledLogits;
import dev.candor.internal.LogitBatch;
import java.util.Arrays;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/**
 * The best temperature of each region of samples, for all regions in the same passes.
 *
 * <p>Newton's method on {@code u = log(1/T)} of each region, kept within a bracket that the sign of
 * the slope narrows; likelihoods and their derivatives are those of {@link TemperatureFit}.
 */
final class RegionTemperatureFit {

    /** How far {@code log(1/T)} may lie from that of the spread of the logits. */
    private static final double REACH = 16;

    private static final double LONGEST_STEP = 1;
    private static final double TOLERANCE = 1e-6;
    private static final double EDGE = 1e-3;

    private final LabelledLogits data;
    private final UnaryOperator<NDArray> regions;
    private final int count;

    /**
     * Prepares a fit.
     *
     * @param data the samples
     * @param regions from logits {@code [n, C]} to indices {@code [n]} of regions
     * @param count number of regions
     */
    RegionTemperatureFit(LabelledLogits data, UnaryOperator<NDArray> regions, int count) {
        this.data = data;
        this.regions = regions;
        this.count = count;
    }

    /**
     * Finds the best temperatures.
     *
     * @param likely the best temperature of all samples
     * @param shrinkage how many samples at that temperature each region is given in addition
     * @param maxIterations the largest number of passes
     * @return {@code log(1/T)} of each region; that of all samples where a region has no samples or
     *     no finite optimum of its own
     */
    double[] fit(double likely, double shrinkage, int maxIterations) {
        double whole = -Math.log(likely);
        double[][] survey = survey();
        double[] u = new double[count];
        double[] low = new double[count];
        double[] high = new double[count];
        boolean[] searched = new boolean[count];
        for (int r = 0; r < count; r++) {
            double mass = survey[0][r];
            double centre = -Math.log(survey[2][r] / mass);
            searched[r] = mass > 0 && survey[3][r] > 0 && survey[4][r] > 0;
            u[r] = whole;
            low[r] = Math.min(centre, whole) - REACH;
            high[r] = Math.max(centre, whole) + REACH;
        }
        double[] least = low.clone();
        double[] greatest = high.clone();
        boolean[] open = searched.clone();
        for (int pass = 0; pass < maxIterations && any(open); pass++) {
            double[][] local = derivatives(u);
            for (int r = 0; r < count; r++) {
                if (open[r]) {
                    open[r] = step(u, low, high, r, local[1][r], local[2][r]);
                }
            }
        }
        for (int r = 0; r < count; r++) {
            double size = searched[r] ? survey[0][r] * survey[0][r] / survey[1][r] : 0;
            boolean finite = u[r] > least[r] + EDGE && u[r] < greatest[r] - EDGE;
            double own = finite ? u[r] : whole;
            u[r] = size == 0 ? whole : (size * own + shrinkage * whole) / (size + shrinkage);
        }
        return u;
    }

    private static boolean any(boolean[] flags) {
        for (boolean flag : flags) {
            if (flag) {
                return true;
            }
        }
        return false;
    }

    /** Moves one region; tells whether it has to move on. */
    private static boolean step(
            double[] u, double[] low, double[] high, int r, double slope, double curvature) {
        if (slope > 0) {
            high[r] = u[r];
        } else {
            low[r] = u[r];
        }
        double step = curvature > 0 ? -slope / curvature : -Math.signum(slope);
        if (Math.abs(step) <= TOLERANCE) {
            u[r] += step;
            return false;
        }
        double next = u[r] + Math.max(-LONGEST_STEP, Math.min(LONGEST_STEP, step));
        u[r] = next > low[r] && next < high[r] ? next : (low[r] + high[r]) / 2;
        return high[r] - low[r] > TOLERANCE * TOLERANCE;
    }

    /** Mean negative log-likelihood at these {@code log(1/T)}. */
    double likelihood(double[] u) {
        return Arrays.stream(derivatives(u)[0]).sum() / data.totalWeight();
    }

    /**
     * Sums over the samples of each region: weight, its square, spread of the logits, lead of the
     * label over the mean logit, and mass of those that are wrong.
     */
    private double[][] survey() {
        return sums(
                5,
                (chunk, index) -> {
                    NDArray gaps = gaps(chunk);
                    NDArray label = LogitBatch.pick(gaps, chunk.labels());
                    NDArray mean = gaps.mean(new int[] {1});
                    NDArray lead = label.sub(mean);
                    NDArray wrong = label.lt(0).toType(DataType.FLOAT64, false);
                    return new NDList(label.onesLike(), chunk.weights(), mean.neg(), lead, wrong);
                });
    }

    /** Sums over the samples of each region: likelihood, and its derivatives in u. */
    private double[][] derivatives(double[] u) {
        double[] factors = Arrays.stream(u).map(Math::exp).toArray();
        return sums(
                3,
                (chunk, index) -> {
                    NDArray factor = index.getManager().create(factors).gather(index, 0);
                    NDArray v = gaps(chunk).muli(factor.expandDims(1));
                    NDArray label = LogitBatch.pick(v, chunk.labels());
                    NDArray powers = v.exp();
                    NDArray mass = powers.sum(new int[] {1});
                    NDArray first = powers.muli(v).sum(new int[] {1}).divi(mass);
                    NDArray second = powers.muli(v).sum(new int[] {1}).divi(mass);
                    NDArray slope = first.sub(label);
                    NDArray curvature = second.subi(first.square()).addi(slope);
                    return new NDList(mass.log().subi(label), slope, curvature);
                });
    }

    /** {@code z - max z}. */
    private static NDArray gaps(Float64Chunk chunk) {
        return chunk.logits().subi(chunk.logits().max(new int[] {1}, true));
    }

    /** Weighted sums of values per row by region. */
    private double[][] sums(int values, BiFunction<Float64Chunk, NDArray, NDList> rows) {
        try (NDManager manager = data.scope().newSubManager()) {
            NDArray sums = manager.zeros(new Shape(values, count), DataType.FLOAT64);
            Float64Chunk.forEach(
                    data,
                    chunk -> {
                        NDArray index = regions.apply(chunk.logits());
                        NDArray columns = index.getManager().arange(0, count, 1, DataType.INT64);
                        NDArray member =
                                index.expandDims(1).eq(columns).toType(DataType.FLOAT64, false);
                        member.muli(chunk.weights().expandDims(1));
                        sums.addi(NDArrays.stack(rows.apply(chunk, index)).matMul(member));
                    });
            double[] all = sums.toDoubleArray();
            double[][] byValue = new double[values][];
            Arrays.setAll(byValue, v -> Arrays.copyOfRange(all, v * count, (v + 1) * count));
            return byValue;
        }
    }
}
