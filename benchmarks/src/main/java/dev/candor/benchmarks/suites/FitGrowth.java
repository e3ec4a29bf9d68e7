package dev.candor.benchmarks.suites;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.gson.JsonObject;
import dev.candor.calibrators.Calibrator;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/**
 * How the time of a fit and of its application grows with the number of samples and of classes.
 *
 * <p>The exponent is the slope of the logarithm of the time over that of the size, by least squares
 * over the larger half of the sizes, two at least: below, the cost of a call hides it. Linear
 * growth gives 1. A size at which a fit would take longer than the limit, by what the sizes before
 * tell, is left out.
 */
final class FitGrowth {

    private static final double BUDGET_SECONDS = 0.5;
    private static final double WORST_EXPONENT = 2;
    private static final String HEADER = "%-18s %-14s %12s %12s%n";

    private final long seed;
    private final int most;
    private final double limitSeconds;
    private final Device device;
    private final Clock clock;

    /** Takes the most repetitions of a fit, and the longest that a fit may take. */
    FitGrowth(long seed, int most, double limitSeconds, Device device, Clock clock) {
        this.seed = seed;
        this.most = most;
        this.limitSeconds = limitSeconds;
        this.device = device;
        this.clock = clock;
    }

    /** Times at one size. */
    record Row(String method, String axis, LossShape shape, Spread fit, Spread apply) {

        JsonObject toJson() {
            JsonObject json = new JsonObject();
            json.addProperty("name", method);
            json.addProperty("axis", axis);
            json.addProperty("shape", shape.toString());
            json.add("milliseconds", fit.toJson());
            json.add("applyMilliseconds", apply.toJson());
            return json;
        }

        private double size() {
            return axis.equals(SAMPLES) ? shape.rows() : shape.classes();
        }
    }

    /** The exponents of one method along one axis; NaN where too few sizes were measured. */
    record Exponent(String method, String axis, double fit, double apply) {

        JsonObject toJson() {
            JsonObject json = new JsonObject();
            json.addProperty("name", method);
            json.addProperty("axis", axis);
            if (!Double.isNaN(fit)) {
                json.addProperty("fit", fit);
                json.addProperty("apply", apply);
            }
            return json;
        }
    }

    static final String SAMPLES = "samples";
    static final String CLASSES = "classes";

    /** All that was measured. */
    record Result(List<Row> rows, List<Exponent> exponents) {}

    Result run(
            Map<String, Fit> methods,
            List<LossShape> bySamples,
            List<LossShape> byClasses,
            PrintWriter out) {
        Result result = new Result(new ArrayList<>(), new ArrayList<>());
        out.printf(HEADER, "growth", "shape", "fit ms", "apply ms");
        Map<String, List<LossShape>> axes = new LinkedHashMap<>();
        axes.put(SAMPLES, bySamples);
        axes.put(CLASSES, byClasses);
        axes.forEach((axis, shapes) -> run(methods, axis, shapes, result, out));
        out.printf("%n%-18s %-14s %12s %12s%n", "exponent", "of", "fit", "apply");
        for (Exponent exponent : result.exponents) {
            out.printf(
                    Locale.ROOT,
                    "%-18s %-14s %12.2f %12.2f%n",
                    exponent.method,
                    exponent.axis,
                    exponent.fit,
                    exponent.apply);
        }
        return result;
    }

    private void run(
            Map<String, Fit> methods,
            String axis,
            List<LossShape> shapes,
            Result result,
            PrintWriter out) {
        Map<String, Row> last = new LinkedHashMap<>();
        for (LossShape shape : shapes) {
            try (NDManager manager = NDManager.newBaseManager(device)) {
                SeededLogits made = SeededLogits.of(shape, seed, manager);
                methods.forEach(
                        (name, method) -> {
                            if (isAffordable(last.get(name), shape)) {
                                Row row = measure(name, method, axis, made, shape);
                                last.put(name, row);
                                result.rows.add(row);
                                print(row, out);
                            }
                        });
            }
        }
        for (String name : methods.keySet()) {
            List<Row> rows =
                    result.rows.stream()
                            .filter(row -> row.method.equals(name) && row.axis.equals(axis))
                            .toList();
            result.exponents.add(
                    new Exponent(
                            name,
                            axis,
                            slope(rows, row -> row.fit.median()),
                            slope(rows, row -> row.apply.median())));
        }
    }

    private boolean isAffordable(Row before, LossShape shape) {
        if (before == null) {
            return true;
        }
        double growth =
                (double) shape.rows()
                        * shape.classes()
                        / ((double) before.shape.rows() * before.shape.classes());
        double exponent = before.axis.equals(SAMPLES) ? 1 : WORST_EXPONENT;
        return before.fit.median() * 1e-3 * Math.pow(growth, exponent) <= limitSeconds;
    }

    private Row measure(String name, Fit method, String axis, SeededLogits made, LossShape shape) {
        Calibrator[] fitted = new Calibrator[1];
        Spread fit = repeat(() -> fitted[0] = method.fit(made.logits(), made.labels()));
        Spread apply = repeat(() -> apply(fitted[0], made.logits()));
        return new Row(name, axis, shape, fit, apply);
    }

    private static void apply(Calibrator calibrator, NDArray logits) {
        try (NDArray calibrated = calibrator.apply(logits)) {
            DeviceWork.await(calibrated);
        }
    }

    /** Once for warming up, then as often as the budget allows. */
    private Spread repeat(Runnable work) {
        double start = clock.seconds();
        work.run();
        double first = clock.seconds() - start;
        int times = (int) Math.max(1, Math.min(most, BUDGET_SECONDS / Math.max(first, 1e-9)));
        double[] milliseconds = new double[times];
        for (int i = 0; i < times; i++) {
            start = clock.seconds();
            work.run();
            milliseconds[i] = (clock.seconds() - start) * 1e3;
        }
        return Spread.of(milliseconds);
    }

    private static double slope(List<Row> rows, ToDoubleFunction<Row> figure) {
        int half = Math.max(0, Math.min(rows.size() / 2, rows.size() - 2));
        List<Row> larger = rows.subList(half, rows.size());
        return slope(
                larger.stream().mapToDouble(Row::size).toArray(),
                larger.stream().mapToDouble(figure).toArray());
    }

    /** Of the logarithms, by least squares. */
    static double slope(double[] sizes, double[] times) {
        int count = sizes.length;
        if (count < 2) {
            return Double.NaN;
        }
        double meanSize = DoubleStream.of(sizes).map(Math::log).sum() / count;
        double meanTime = DoubleStream.of(times).map(Math::log).sum() / count;
        double covariance = 0;
        double variance = 0;
        for (int i = 0; i < count; i++) {
            double size = Math.log(sizes[i]) - meanSize;
            covariance += size * (Math.log(times[i]) - meanTime);
            variance += size * size;
        }
        return covariance / variance;
    }

    private static void print(Row row, PrintWriter out) {
        out.printf(
                Locale.ROOT,
                HEADER,
                row.method,
                row.shape,
                String.format(Locale.ROOT, "%.2f", row.fit.median()),
                String.format(Locale.ROOT, "%.2f", row.apply.median()));
        out.flush();
    }
}
