package dev.candor.benchmarks.suites;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import com.google.gson.JsonObject;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What the engine is asked for in one step of training: calls, native memory, and how often the
 * program has to wait for a value, see {@link EngineProfile}. A way to train one network must not
 * wait more often than plain training does.
 *
 * <p>What of it is due to the report of the trainer, which evaluates and reads the loss once more,
 * is what a step without that report does not do.
 */
final class StepCalls {

    private static final double MEBIBYTE = 1 << 20;
    private static final String HEADER = "%-11s %-17s %5s %6s %7s %8s %7s %6s %9s  %s%n";

    private final long seed;
    private final Device device;

    StepCalls(long seed, Device device) {
        this.seed = seed;
        this.device = device;
    }

    /** One step beside one of plain training, and beside one without a report. */
    record Row(
            String network,
            TrainingWay way,
            int batch,
            EngineProfile step,
            EngineProfile plain,
            EngineProfile unreported) {

        Verdict verdict() {
            return way == TrainingWay.PLAIN || way.members() > 1
                    ? Verdict.NO_BAR
                    : Verdict.of(step.hostReads() <= plain.hostReads());
        }

        JsonObject toJson() {
            JsonObject json = new JsonObject();
            json.addProperty("name", network);
            json.addProperty("way", way.name());
            json.addProperty("shape", Integer.toString(batch));
            step.toJson().asMap().forEach(json::add);
            json.addProperty("callsOfPlain", plain.calls());
            json.addProperty("hostReadsOfPlain", plain.hostReads());
            json.addProperty("callsOfReport", step.calls() - unreported.calls());
            json.addProperty("hostReadsOfReport", step.hostReads() - unreported.hostReads());
            json.addProperty("verdict", verdict().toString());
            return json;
        }
    }

    List<Row> run(List<Workload> workloads, int batch, PrintWriter out) {
        out.printf(
                HEADER,
                "network",
                "a step of",
                "batch",
                "calls",
                "x plain",
                "MiB",
                "x plain",
                "waits",
                "of report",
                "at most plain");
        List<Row> rows = new ArrayList<>();
        for (Workload workload : workloads) {
            EngineProfile plain = profile(workload, TrainingWay.PLAIN, batch);
            for (TrainingWay way : TrainingWay.ALL) {
                Row row =
                        new Row(
                                workload.name(),
                                way,
                                batch,
                                way == TrainingWay.PLAIN ? plain : profile(workload, way, batch),
                                plain,
                                profile(workload, way.unreported(), batch));
                rows.add(row);
                print(row, out);
            }
        }
        if (!device.isGpu()) {
            out.println("waits: without plain reads, for which the engine is not called on a CPU.");
        }
        return rows;
    }

    private EngineProfile profile(Workload workload, TrainingWay way, int batch) {
        try (StepTimer timer =
                new StepTimer(workload, way, batch, DataType.FLOAT32, seed, device, Clock.WALL)) {
            return EngineProfile.of(device, timer::step);
        }
    }

    private static void print(Row row, PrintWriter out) {
        out.printf(
                HEADER,
                row.network,
                row.way,
                row.batch,
                row.step.calls(),
                ratio(row.step.calls(), row.plain.calls()),
                row.step.bytes() < 0
                        ? "-"
                        : String.format(Locale.ROOT, "%.1f", row.step.bytes() / MEBIBYTE),
                row.step.bytes() < 0 ? "-" : ratio(row.step.bytes(), row.plain.bytes()),
                row.step.hostReads(),
                row.step.hostReads() - row.unreported.hostReads(),
                row.verdict());
        out.flush();
    }

    private static String ratio(double of, double to) {
        return String.format(Locale.ROOT, "%.3f", of / to);
    }
}
