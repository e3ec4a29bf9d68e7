package dev.candor.benchmarks.suites;

import ai.djl.ndarray.NDManager;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The most memory that a process holds while it computes a loss and its gradient: the high-water
 * mark of the resident set of a fresh process, as Linux counts it.
 */
public final class PeakMemory {

    static final double BAR_MEBIBYTES = 1e9 / (1 << 20);

    private static final Path STATUS = Path.of("/proc/self/status");
    private static final int PASSES = 3;

    private PeakMemory() {}

    /** The peak of the process, and what of it the process held before the loss came. */
    record Row(String loss, LossShape shape, double mebibytes, double before, Verdict verdict) {

        JsonObject toJson() {
            JsonObject json = new JsonObject();
            json.addProperty("name", loss);
            json.addProperty("shape", shape.toString());
            json.addProperty("peakMebibytes", mebibytes);
            json.addProperty("mebibytesBefore", before);
            json.addProperty("verdict", verdict.toString());
            return json;
        }
    }

    static boolean isKnown() {
        return Files.isReadable(STATUS);
    }

    static List<Row> run(
            List<LossCatalogue.Entry> losses,
            LossShape shape,
            int threads,
            long seed,
            PrintWriter out)
            throws IOException {
        out.printf(
                Locale.ROOT,
                "%-32s %-9s %12s %12s  at most %.0f MiB in all%n",
                "peak memory",
                "shape",
                "MiB",
                "MiB before",
                BAR_MEBIBYTES);
        List<Row> rows = new ArrayList<>();
        for (LossCatalogue.Entry entry : losses) {
            Row row = measure(entry, shape, threads, seed);
            out.printf(
                    Locale.ROOT,
                    "%-32s %-9s %12.0f %12.0f  %s%n",
                    row.loss,
                    row.shape,
                    row.mebibytes,
                    row.before,
                    row.verdict);
            rows.add(row);
        }
        return rows;
    }

    private static Row measure(LossCatalogue.Entry entry, LossShape shape, int threads, long seed)
            throws IOException {
        JsonObject json =
                FreshJvm.of(PeakMemory.class, threads)
                        .arguments(entry.name(), shape.toString(), Long.toString(seed))
                        .answer("the memory of " + entry.name());
        double peak = json.get("peak").getAsDouble();
        return new Row(
                entry.name(),
                shape,
                peak,
                json.get("before").getAsDouble(),
                Verdict.of(peak < BAR_MEBIBYTES));
    }

    /**
     * Measures one loss in this process.
     *
     * @param arguments a file for the figures, the name of the loss, the shape, the seed
     * @throws IOException if the system does not tell its memory or the file cannot be written
     */
    public static void main(String... arguments) throws IOException {
        LossCatalogue.Entry entry = LossCatalogue.of(arguments[1]);
        LossShape shape = LossShape.parse(arguments[2]);
        JsonObject json = new JsonObject();
        try (NDManager manager = NDManager.newBaseManager();
                LossInputs inputs = new LossInputs(manager, shape, Long.parseLong(arguments[3]))) {
            inputs.predictions(entry.input());
            inputs.labels(entry.input());
            json.addProperty("before", highWater());
            LossPass.measure(
                    entry.factory().apply(shape), entry.input(), inputs, PASSES, Clock.WALL);
            json.addProperty("peak", highWater());
        }
        FreshJvm.answer(arguments, json);
    }

    static double highWater() throws IOException {
        for (String line : Files.readAllLines(STATUS)) {
            if (line.startsWith("VmHWM:")) {
                return Long.parseLong(line.replaceAll("\\D+", "")) / 1024.0;
            }
        }
        throw new IOException(STATUS + " holds no VmHWM");
    }
}
