package dev.candor.metrics;

import java.util.Arrays;

/**
 * Smooth calibration error (smECE): calibration error with a kernel in place of bins, and a
 * bandwidth that the data choose.
 *
 * <pre>
 *   r_s(t)  = sum_i K_s(t, f_i) (f_i - o_i) / sum_i K_s(t, f_i)
 *   d_s(t)  = sum_i K_s(t, f_i)
 *   smECE_s = sum_t |r_s(t)| d_s(t) / sum_t d_s(t)
 *   smECE   = smECE_{s*},  s* = the smallest s with smECE_s not above s
 * </pre>
 *
 * <p>{@code K_s} is a Gaussian of deviation s reflected at 0 and 1, or, with {@link
 * #ofLogitScale()}, a Gaussian in the logit of the forecast, which resolves forecasts near 0 and 1
 * more finely and gives another value. {@code t} runs over at least 200 points of {@code [0, 1]}
 * (10/s if more), forecasts are rounded linearly to a grid of at least 1,001 points, and s* comes
 * from ten bisections of {@code [0, 1]}. Continuous in the forecasts, where ECE jumps at the edges
 * of bins.
 *
 * <p>Source: Blasiok and Nakkiran, <i>Smooth ECE: Principled Reliability Diagrams via Kernel
 * Smoothing</i>, ICLR 2024, arXiv:2309.12236; mesh, grid and bisection as in the authors' code,
 * whose default is the reflected kernel.
 */
public final class SmoothCalibrationError implements Metric<Forecasts> {

    private static final int BISECTIONS = 10;
    private static final double SMALLEST_BANDWIDTH = 1e-3;
    private static final int SMALLEST_MESH = 200;
    private static final int SMALLEST_GRID = 1001;

    /** Keeps the ratio of two vanishing sums finite, in both places where the kernel is applied. */
    private static final double DENSITY_GUARD = 1e-4;

    /** Logits are taken of forecasts in {@code [1e-3, 1 - 1e-3]}. */
    private static final double LOGIT_CLIP = 1e-3;

    /** Beyond as many deviations a Gaussian is below the rounding of its peak. */
    private static final double KERNEL_REACH = 9;

    private final boolean logitScale;

    private SmoothCalibrationError(boolean logitScale) {
        this.logitScale = logitScale;
    }

    /**
     * Returns the metric with the reflected kernel.
     *
     * @return the metric
     */
    public static SmoothCalibrationError of() {
        return new SmoothCalibrationError(false);
    }

    /**
     * Returns the metric with the kernel in the logit of the forecast.
     *
     * @return the metric
     */
    public static SmoothCalibrationError ofLogitScale() {
        return new SmoothCalibrationError(true);
    }

    @Override
    public double measure(Forecasts forecasts) {
        return error(forecasts, bandwidth(forecasts));
    }

    /**
     * Returns the bandwidth that the data choose.
     *
     * @param forecasts the forecasts
     * @return s*, in {@code (0, 1]}
     */
    public double bandwidth(Forecasts forecasts) {
        if (isTooNarrow(forecasts, 1)) {
            return 1;
        }
        double wide = 1;
        double narrow = 0;
        for (int i = 0; i < BISECTIONS; i++) {
            double middle = (wide + narrow) / 2;
            if (isTooNarrow(forecasts, middle)) {
                narrow = middle;
            } else {
                wide = middle;
            }
        }
        return wide;
    }

    private boolean isTooNarrow(Forecasts forecasts, double bandwidth) {
        return bandwidth < SMALLEST_BANDWIDTH || bandwidth < error(forecasts, bandwidth);
    }

    private double error(Forecasts forecasts, double bandwidth) {
        int mesh = Math.max(SMALLEST_MESH, (int) Math.rint(10 / bandwidth));
        double[] points = new double[mesh];
        Arrays.setAll(points, j -> (double) j / (mesh - 1));
        double[] positions = forecasts.probabilities();
        if (!logitScale) {
            double[] weights = new double[mesh];
            Arrays.fill(weights, 1);
            return error(forecasts, positions, bandwidth, points, weights);
        }
        double[] inner = Arrays.copyOfRange(points, 1, mesh - 1);
        double[] weights = Arrays.stream(inner).map(t -> 1 / (t * (1 - t))).toArray();
        // The ends of the mesh have no logit: their neighbours stand in for them.
        weights[0] *= 2;
        weights[weights.length - 1] *= 2;
        double[] logits = Arrays.stream(inner).map(SmoothCalibrationError::logit).toArray();
        Arrays.setAll(
                positions,
                i -> logit(Math.min(1 - LOGIT_CLIP, Math.max(LOGIT_CLIP, positions[i]))));
        double low = Math.min(min(logits), min(positions));
        double high = Math.max(max(logits), max(positions));
        Arrays.setAll(positions, i -> (positions[i] - low) / (high - low));
        Arrays.setAll(logits, j -> (logits[j] - low) / (high - low));
        return error(forecasts, positions, 4 * bandwidth / (high - low), logits, weights);
    }

    /** The error where forecasts and points of the mesh have positions in {@code [0, 1]}. */
    private double error(
            Forecasts forecasts,
            double[] positions,
            double bandwidth,
            double[] points,
            double[] weights) {
        int grid = Math.max(SMALLEST_GRID, (int) Math.rint(20 / bandwidth) / 2 + 1);
        // With an odd number of points the kernel has a middle.
        grid += 1 - grid % 2;
        double[] residuals = new double[grid];
        double[] counts = new double[grid];
        for (int i = 0; i < positions.length; i++) {
            double position = positions[i] * (grid - 1);
            int below = Math.min(grid - 2, (int) position);
            double part = position - below;
            double residual = forecasts.probability(i) - (forecasts.outcome(i) ? 1 : 0);
            residuals[below] += (1 - part) * residual;
            residuals[below + 1] += part * residual;
            counts[below] += 1 - part;
            counts[below + 1] += part;
        }
        double[] kernel = kernel(bandwidth, grid);
        double[] smoothResiduals = smooth(residuals, kernel);
        double[] density = smooth(counts, kernel);
        double error = 0;
        double mass = 0;
        for (int j = 0; j < points.length; j++) {
            error += weights[j] * Math.abs(interpolate(smoothResiduals, points[j]));
            mass += weights[j] * (interpolate(density, points[j]) + DENSITY_GUARD);
        }
        return error / mass;
    }

    /** One half of the kernel, from its middle outwards; it ends half the interval away. */
    private static double[] kernel(double bandwidth, int grid) {
        int reach =
                (int) Math.min((grid - 1) / 2, Math.ceil(KERNEL_REACH * bandwidth * (grid - 1)));
        double[] kernel = new double[reach + 1];
        for (int d = 0; d <= reach; d++) {
            double distance = (double) d / (grid - 1) / bandwidth;
            kernel[d] = Math.exp(-distance * distance / 2) / (Math.sqrt(2 * Math.PI) * bandwidth);
        }
        return kernel;
    }

    private double[] smooth(double[] values, double[] kernel) {
        int last = values.length - 1;
        double[] smoothed = new double[values.length];
        for (int i = 0; i <= last; i++) {
            if (values[i] == 0) {
                continue;
            }
            spread(values[i], i, kernel, smoothed);
            if (!logitScale && i > 0) {
                spread(values[i], -i, kernel, smoothed);
            }
            if (!logitScale && i < last) {
                spread(values[i], 2 * last - i, kernel, smoothed);
            }
        }
        return smoothed;
    }

    private static void spread(double value, int middle, double[] kernel, double[] to) {
        int first = Math.max(0, middle - kernel.length + 1);
        int end = Math.min(to.length, middle + kernel.length);
        for (int i = first; i < end; i++) {
            to[i] += value * kernel[Math.abs(i - middle)];
        }
    }

    private static double interpolate(double[] values, double point) {
        double position = point * (values.length - 1);
        int below = Math.min(values.length - 2, (int) position);
        double part = position - below;
        return values[below] * (1 - part) + values[below + 1] * part;
    }

    private static double logit(double p) {
        return Math.log(p / (1 - p));
    }

    private static double min(double[] values) {
        return Arrays.stream(values).min().orElseThrow();
    }

    private static double max(double[] values) {
        return Arrays.stream(values).max().orElseThrow();
    }
}
