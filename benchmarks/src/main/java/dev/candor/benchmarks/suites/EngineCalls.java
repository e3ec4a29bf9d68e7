package dev.candor.benchmarks.suites;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.training.loss.Loss;
import com.google.gson.JsonObject;
import dev.candor.calibrators.Calibrator;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What losses and calibrators ask of the engine, by {@link EngineProfile}: one pass of a loss, one
 * fit of a calibrator and one application.
 *
 * <p>A loss that makes the host wait in a step of training fails. A fit may read what it likes.
 */
final class EngineCalls {

    static final int MOST_HOST_READS = 0;

    static final double LONGEST_FIT_SECONDS = 2;

    private static final String HEADER = "%-30s %7s %8s %7s %8s %5s %-4s  %s%n";
    private static final String NOT_TELLING = "^aten::_?|_data$";
    private static final int REPETITIONS = 5;
    private static final double MEBIBYTE = 1 << 20;

    private final long seed;
    private final Device device;
    private final Clock clock;
    private final Ceilings ceilings;

    EngineCalls(long seed, Device device, Clock clock, Ceilings ceilings) {
        this.seed = seed;
        this.device = device;
        this.clock = clock;
        this.ceilings = ceilings;
    }

    /**
     * What a pass, a fit or an application asked; {@code bandwidth} as {@link Ceilings#share} has
     * it, NaN but for losses.
     */
    record Row(
            String name,
            String work,
            LossShape shape,
            EngineProfile profile,
            double bandwidth,
            Verdict verdict) {

        JsonObject toJson() {
            JsonObject json = new JsonObject();
            json.addProperty("name", name);
            json.addProperty("work", work);
            json.addProperty("shape", shape.toString());
            profile.toJson().entrySet().forEach(e -> json.add(e.getKey(), e.getValue()));
            if (!Double.isNaN(bandwidth)) {
                json.addProperty("shareOfBandwidth", bandwidth);
            }
            json.addProperty("verdict", verdict.toString());
            return json;
        }

        private int forwardCalls() {
            return profile.calls() - profile.backwardCalls();
        }

        private String costliest() {
            return profile.costliest().stream()
                    .findFirst()
                    .map(
                            operator ->
                                    String.format(
                                            Locale.ROOT,
                                            "%.0f%% %s",
                                            100 * operator.microseconds() / profile.microseconds(),
                                            operator.name().replaceAll(NOT_TELLING, "")))
                    .orElse("");
        }

        private String mebibytes() {
            return profile.bytes() < 0
                    ? "-"
                    : String.format(Locale.ROOT, "%.2f", profile.bytes() / MEBIBYTE);
        }
    }

    List<Row> losses(List<LossCatalogue.Entry> losses, LossShape shape, PrintWriter out) {
        header(shape, out);
        List<Row> rows = new ArrayList<>();
        try (NDManager manager = NDManager.newBaseManager(device);
                LossInputs inputs = new LossInputs(manager, shape, seed)) {
            for (LossCatalogue.Entry entry : losses) {
                if (entry.fits(shape)) {
                    Row row = loss(entry, inputs);
                    rows.add(row);
                    print(row.name, row, out);
                }
            }
        }
        explain(out);
        out.printf(" At most %d in a pass.%n", MOST_HOST_READS);
        out.print(Ceilings.explanation());
        return rows;
    }

    private Row loss(LossCatalogue.Entry entry, LossInputs inputs) {
        Loss loss = entry.factory().apply(inputs.shape());
        EngineProfile profile = LossPass.profile(loss, entry.input(), inputs);
        Timing time = LossPass.measure(loss, entry.input(), inputs, REPETITIONS, clock);
        return new Row(
                entry.name(),
                "pass",
                inputs.shape(),
                profile,
                ceilings.share(inputs.shape(), time.seconds()),
                Verdict.of(profile.hostReads() <= MOST_HOST_READS));
    }

    List<Row> calibrators(Map<String, Fit> methods, LossShape shape, PrintWriter out) {
        header(shape, out);
        List<Row> rows = new ArrayList<>();
        List<String> leftOut = new ArrayList<>();
        try (NDManager manager = NDManager.newBaseManager(device)) {
            SeededLogits made = SeededLogits.of(shape, seed, manager);
            methods.forEach(
                    (name, method) -> {
                        double start = Clock.WALL.seconds();
                        Calibrator fitted = method.fit(made.logits(), made.labels());
                        if (Clock.WALL.seconds() - start > LONGEST_FIT_SECONDS) {
                            leftOut.add(name);
                        } else {
                            add(rows, name, "fit", shape, fit(method, made), out);
                        }
                        add(rows, name, "apply", shape, apply(fitted, made), out);
                    });
        }
        explain(out);
        out.println();
        if (!leftOut.isEmpty()) {
            out.printf(
                    "left out: %s, whose fit takes more than %.0f s.%n",
                    String.join(", ", leftOut), LONGEST_FIT_SECONDS);
        }
        return rows;
    }

    private EngineProfile fit(Fit method, SeededLogits made) {
        return EngineProfile.once(device, () -> method.fit(made.logits(), made.labels()));
    }

    private EngineProfile apply(Calibrator fitted, SeededLogits made) {
        return EngineProfile.of(device, () -> fitted.apply(made.logits()).close());
    }

    private static void add(
            List<Row> rows,
            String name,
            String work,
            LossShape shape,
            EngineProfile profile,
            PrintWriter out) {
        Row row = new Row(name, work, shape, profile, Double.NaN, Verdict.NO_BAR);
        rows.add(row);
        print(name + ", " + work, row, out);
    }

    private static void header(LossShape shape, PrintWriter out) {
        out.printf(
                HEADER,
                "engine calls, " + shape,
                "forward",
                "backward",
                "MiB",
                "% memory",
                "reads",
                "",
                "time of the costliest");
    }

    private static void print(String name, Row row, PrintWriter out) {
        out.printf(
                HEADER,
                name,
                row.forwardCalls(),
                row.profile.backwardCalls(),
                row.mebibytes(),
                Ceilings.percent(row.bandwidth),
                row.profile.hostReads(),
                row.verdict,
                row.costliest());
        out.flush();
    }

    private static void explain(PrintWriter out) {
        out.print("MiB: native memory that operators took, freed or not. reads: the host waits.");
    }
}
