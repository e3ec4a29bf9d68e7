package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.candor.calibrators.FitSummary.Status;
import dev.candor.calibrators.internal.LabelledLogits;
import dev.candor.calibrators.internal.SafeguardedNewton;
import dev.candor.internal.LogitBatch;
import java.util.function.Function;

/**
 * The temperature that minimises the mean negative log-likelihood.
 *
 * <p>With {@code u = log(1/T)} and {@code v = e^u (z - max z)}, the likelihood of a row and its
 * derivatives in u are moments of v under {@code p = softmax(v)}:
 *
 * <pre>
 *   f = log sum_k e^{v_k} - v_y,  f' = E v - v_y,  f'' = f' + Var v
 * </pre>
 *
 * <p>As v has no unit, logits of any scale keep clear of overflow.
 */
final class TemperatureFit {

    /** How far {@code log(1/T)} may lie from that of the spread of the logits. */
    private static final double REACH = 16;

    /** Most temperatures lie so far above the inverse spread, as {@code log(1/T)}. */
    private static final double USUAL = 4;

    /** Keeps T finite in float64. */
    private static final double LEAST = -700;

    /** Keeps T above zero in float32, should the logits be of that type. */
    private static final double GREATEST = 85;

    /** Within this of the end of its reach, a search is taken to have run away. */
    private static final double EDGE = 1e-6;

    private static final double SAMPLE_TOLERANCE = 1e-3;
    private static final double TOLERANCE = 1e-5;
    private static final int SAMPLE_ITERATIONS = 50;
    private static final long SAMPLE_ELEMENTS = 1L << 21;
    private static final long SMALLEST_SAMPLE = 512;

    private final LabelledLogits data;

    private TemperatureFit(LabelledLogits data) {
        this.data = data;
    }

    /**
     * What was found.
     *
     * @param status how the fit ended
     * @param temperature T, finite and above 0
     * @param before the mean negative log-likelihood at T = 1
     * @param after and at T
     * @param iterations passes over all samples that evaluated a temperature, the first included
     */
    record Result(Status status, double temperature, double before, double after, int iterations) {}

    private record Survey(
            SafeguardedNewton.Local identity, double spread, double margin, double wrong) {}

    /** Fits. */
    static Result of(LabelledLogits data, int maxIterations) {
        return new TemperatureFit(data).fit(maxIterations);
    }

    private Result fit(int maxIterations) {
        Survey survey = survey();
        double before = survey.identity.value();
        if (survey.spread == 0) {
            return new Result(Status.DEGENERATE, 1, before, before, 1);
        }
        double centre = -Math.log(survey.spread);
        double low = Math.max(LEAST, Math.min(0, centre - REACH));
        double high = Math.min(GREATEST, Math.max(0, centre + REACH));
        if (survey.wrong == 0) {
            return at(Status.TEMPERATURE_TO_ZERO, high, before, 1);
        }
        if (survey.margin <= 0) {
            return at(Status.TEMPERATURE_TO_INFINITY, low, before, 1);
        }
        double start = start(Math.max(centre, Math.min(centre + USUAL, 0)), low, high);
        SafeguardedNewton.Minimum found =
                SafeguardedNewton.minimise(this::local, start, low, high, TOLERANCE, maxIterations);
        int iterations = 1 + found.iterations();
        if (found.at() > high - EDGE) {
            return at(Status.TEMPERATURE_TO_ZERO, high, before, iterations);
        }
        if (found.at() < low + EDGE) {
            return at(Status.TEMPERATURE_TO_INFINITY, low, before, iterations);
        }
        Status status = found.converged() ? Status.CONVERGED : Status.MAX_ITERATIONS;
        if (found.value() > before) {
            return new Result(status, 1, before, before, iterations);
        }
        return new Result(status, Math.exp(-found.at()), before, found.value(), iterations);
    }

    private Result at(Status status, double u, double before, int iterations) {
        double after = local(u).value();
        return after <= before
                ? new Result(status, Math.exp(-u), before, after, iterations + 1)
                : new Result(status, 1, before, before, iterations + 1);
    }

    /** The optimum on a sample, found at a small part of the cost. */
    private double start(double usual, double low, double high) {
        LabelledLogits sample =
                data.sample(Math.max(SMALLEST_SAMPLE, SAMPLE_ELEMENTS / data.classes()));
        if (sample == data) {
            return usual;
        }
        SafeguardedNewton.Minimum found =
                SafeguardedNewton.minimise(
                        new TemperatureFit(sample)::local,
                        usual,
                        low,
                        high,
                        SAMPLE_TOLERANCE,
                        SAMPLE_ITERATIONS);
        boolean within = found.at() > low + 1 && found.at() < high - 1;
        return within ? found.at() : usual;
    }

    private Survey survey() {
        double[] means =
                means(
                        chunk -> {
                            NDArray gaps = gaps(chunk);
                            NDArray label = LogitBatch.pick(gaps, chunk.labels());
                            NDArray mean = gaps.mean(new int[] {1});
                            NDList rows = moments(gaps, label);
                            rows.add(mean.neg());
                            rows.add(label.sub(mean));
                            rows.add(label.lt(0).toType(DataType.FLOAT64, false));
                            return rows;
                        },
                        6);
        if (!Double.isFinite(means[3])) {
            throw data.notFinite();
        }
        return new Survey(local(means), means[3], means[4], means[5]);
    }

    private SafeguardedNewton.Local local(double u) {
        double beta = Math.exp(u);
        return local(
                means(
                        chunk -> {
                            NDArray v = gaps(chunk).muli(beta);
                            return moments(v, LogitBatch.pick(v, chunk.labels()));
                        },
                        3));
    }

    private static SafeguardedNewton.Local local(double[] means) {
        return new SafeguardedNewton.Local(means[0], means[1], means[2]);
    }

    /** {@code z - max z}. */
    private static NDArray gaps(LabelledLogits.Chunk chunk) {
        return chunk.logits().subi(chunk.logits().max(new int[] {1}, true));
    }

    /** Likelihood, slope and curvature of each row. */
    private static NDList moments(NDArray v, NDArray label) {
        NDArray powers = v.exp();
        NDArray mass = powers.sum(new int[] {1});
        NDArray first = powers.muli(v).sum(new int[] {1}).divi(mass);
        NDArray second = powers.muli(v).sum(new int[] {1}).divi(mass);
        NDArray slope = first.sub(label);
        NDArray curvature = second.subi(first.square()).addi(slope);
        return new NDList(mass.log().subi(label), slope, curvature);
    }

    /** Weighted means over all samples of values per row; read to the host once. */
    private double[] means(Function<LabelledLogits.Chunk, NDList> rows, int count) {
        NDArray sums = data.scope().zeros(new Shape(count, 1), DataType.FLOAT64);
        data.forEachChunk(
                chunk ->
                        sums.addi(
                                NDArrays.stack(rows.apply(chunk))
                                        .matMul(chunk.weights().expandDims(1))));
        double[] means = sums.divi(data.totalWeight()).toDoubleArray();
        sums.close();
        return means;
    }
}
