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

    private static final LossShape WARM_UP = new LossShape(200, 5);
    private static final String HEADER = "%-18s %-12s %14s %12s  %s%n";

    private FitMemory() {}

    /** What a fit added, beside what the process held before. */
    record Row(String method, LossShape shape, double mebibytes, double before, Verdict verdict) {

        JsonObject toJson() {
            JsonObject json = new JsonObject();
            json.addProperty("name", method);
            json.addProperty("shape", shape.toString());
            json.addProperty("mebibytesOfFit", mebibytes);
            json.addProperty("mebibytesBefore", before);
            json.addProperty("verdict", verdict.toString());
            return json;
        }
    }

    static List<Row> run(
            Class<?> probe,
            Iterable<String> methods,
            LossShape shape,
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
                "at most " + (int) BAR_MEBIBYTES);
        List<Row> rows = new ArrayList<>();
        for (String method : methods) {
            Row row = measure(probe, method, shape, threads, seed);
            out.printf(
                    HEADER,
                    row.method,
                    row.shape,
                    String.format(Locale.ROOT, "%.0f", row.mebibytes),
                    String.format(Locale.ROOT, "%.0f", row.before),
                    row.verdict);
            out.flush();
            rows.add(row);
        }
        return rows;
    }

    private static Row measure(
            Class<?> probe, String method, LossShape shape, int threads, long seed)
            throws IOException {
        JsonObject json =
                FreshJvm.of(probe, threads)
                        .arguments(method, shape.toString(), Long.toString(seed))
                        .answer("the memory of " + method);
        double before = json.get("before").getAsDouble();
        double added = json.get("peak").getAsDouble() - before;
        return new Row(method, shape, added, before, Verdict.of(added <= BAR_MEBIBYTES));
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
