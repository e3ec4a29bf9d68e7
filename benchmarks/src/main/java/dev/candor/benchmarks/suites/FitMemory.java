package dev.candor.benchmarks.suites;

import ai.djl.ndarray.NDManager;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * The most memory that a fit adds to what the logits take: how far the high-water mark of the
 * resident set of a fresh process rises, as Linux counts it.
 */
public final class FitMemory {

    static final double BAR_MEBIBYTES = 256;

    private static final LossShape BAR_SHAPE = CalibratorDuel.BAR_SHAPE;
    private static final LossShape WARM_UP = new LossShape(200, 5);
    private static final String HEADER = "%-18s %-12s %14s %12s  %s%n";

    private FitMemory() {}

    /** What a fit added, beside what the process held before; NaN, and why, where it ended. */
    record Row(
            String method,
            LossShape shape,
            double mebibytes,
            double before,
            Verdict verdict,
            String remark) {

        JsonObject toJson() {
            JsonObject json = new JsonObject();
            json.addProperty("name", method);
            json.addProperty("shape", shape.toString());
            if (remark.isEmpty()) {
                json.addProperty("mebibytesOfFit", mebibytes);
                json.addProperty("mebibytesBefore", before);
            } else {
                json.addProperty("remark", remark);
            }
            json.addProperty("verdict", verdict.toString());
            return json;
        }
    }

    /** How the memory of a method grows with the number of logits; 1 is linear. */
    record Exponent(String method, double exponent) {

        JsonObject toJson() {
            JsonObject json = new JsonObject();
            json.addProperty("name", method);
            json.addProperty("exponent", exponent);
            return json;
        }
    }

    static List<Row> run(
            Class<?> probe,
            Iterable<String> methods,
            List<LossShape> shapes,
            int threads,
            long seed,
            PrintWriter out)
            throws IOException {
        out.printf(
                HEADER,
                "memory of a fit",
                "shape",
                "MiB of fit",
                "MiB before",
                shapes.contains(BAR_SHAPE) ? "at most " + (int) BAR_MEBIBYTES : "");
        List<Row> rows = new ArrayList<>();
        for (LossShape shape : shapes) {
            for (String method : methods) {
                Row row = measure(probe, method, shape, threads, seed);
                out.printf(
                        HEADER,
                        row.method,
                        row.shape,
                        String.format(Locale.ROOT, "%.0f", row.mebibytes),
                        String.format(Locale.ROOT, "%.0f", row.before),
                        row.remark.isEmpty() ? row.verdict : row.remark);
                out.flush();
                rows.add(row);
            }
        }
        return rows;
    }

    /** By least squares of the logarithms, for methods that were measured at two sizes at least. */
    static List<Exponent> exponents(List<Row> rows, PrintWriter out) {
        List<Exponent> exponents = new ArrayList<>();
        for (String method : rows.stream().map(Row::method).distinct().toList()) {
            List<Row> own =
                    rows.stream()
                            .filter(row -> row.method.equals(method) && row.mebibytes > 0)
                            .toList();
            double exponent =
                    FitGrowth.slope(
                            own.stream().mapToDouble(row -> elements(row.shape)).toArray(),
                            own.stream().mapToDouble(Row::mebibytes).toArray());
            if (Double.isFinite(exponent)) {
                exponents.add(new Exponent(method, exponent));
                out.printf(Locale.ROOT, "memory of %s grows by exponent %.2f%n", method, exponent);
            }
        }
        return exponents;
    }

    private static double elements(LossShape shape) {
        return (double) shape.rows() * shape.classes();
    }

    private static Row measure(
            Class<?> probe, String method, LossShape shape, int threads, long seed)
            throws IOException {
        FreshJvm.Outcome outcome =
                FreshJvm.of(probe, threads)
                        .arguments(method, shape.toString(), Long.toString(seed))
                        .run();
        boolean hasBar = shape.equals(BAR_SHAPE);
        if (outcome.status() != 0) {
            Verdict verdict = hasBar ? Verdict.FAIL : Verdict.NO_BAR;
            return new Row(method, shape, Double.NaN, Double.NaN, verdict, outcome.lastWords());
        }
        JsonObject json = outcome.answer();
        double before = json.get("before").getAsDouble();
        double added = json.get("peak").getAsDouble() - before;
        Verdict verdict = hasBar ? Verdict.of(added <= BAR_MEBIBYTES) : Verdict.NO_BAR;
        return new Row(method, shape, added, before, verdict, "");
    }

    /**
     * Measures one fit in this process, after a small one that loads what a fit needs.
     *
     * @param arguments a file for the figures, the name of the method, the shape, the seed
     * @param methods the fit of a name
     * @throws IOException if the system does not tell its memory or the file cannot be written
     */
    public static void probe(String[] arguments, Function<String, Fit> methods) throws IOException {
        Fit fit = methods.apply(arguments[1]);
        LossShape shape = LossShape.parse(arguments[2]);
        long seed = Long.parseLong(arguments[3]);
        JsonObject json = new JsonObject();
        try (NDManager manager = NDManager.newBaseManager()) {
            SeededLogits small =
                    SeededLogits.of(
                            shape.classes() == 2 ? new LossShape(WARM_UP.rows(), 2) : WARM_UP,
                            seed,
                            manager);
            fit.fit(small.logits(), small.labels());
            SeededLogits made = SeededLogits.of(shape, seed, manager);
            json.addProperty("before", PeakMemory.highWater());
            fit.fit(made.logits(), made.labels());
            json.addProperty("peak", PeakMemory.highWater());
        }
        FreshJvm.answer(arguments, json);
    }
}
