package dev.candor.benchmarks.suites;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.util.cuda.CudaUtils;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.Function;

/**
 * The most memory that training adds to what a process holds before its network is made: how far
 * the high-water mark of the resident set of a fresh process rises, as Linux counts it. On a GPU
 * also how much more of the device is in use after the steps than before, which is all that the
 * engine took, as it gives nothing back.
 *
 * <p>A way to train that throws, or a type at which the engine ends its process, is a row that says
 * so. In float16 the epsilon of Adam, 1e-8, is zero, so that a weight without a gradient divides
 * zero by zero, and the loss is none after the first step.
 */
public final class StepMemory {

    private static final int STEPS = 3;
    private static final int WARM_UP_BATCH = 2;
    private static final int THROWN = 1;
    private static final double MEBIBYTE = 1 << 20;
    private static final int WIDTH = 100;
    private static final String FRONT = "%-11s %-17s %5s %-8s";
    private static final String HEADER = FRONT + " %9s %10s %9s %9s %9s%n";

    private final Class<?> probe;
    private final int threads;
    private final long seed;
    private final Device device;

    StepMemory(Class<?> probe, int threads, long seed, Device device) {
        this.probe = probe;
        this.threads = threads;
        this.seed = seed;
        this.device = device;
    }

    /** What is trained in a process of its own. */
    record Case(String network, TrainingWay way, int batch, DataType type) {

        private String typeName() {
            return type.name().toLowerCase(Locale.ROOT);
        }
    }

    /** What came of it; {@code figures} is null where the process did not end well. */
    record Row(Case given, JsonObject figures, String remark) {

        JsonObject toJson() {
            JsonObject json = new JsonObject();
            json.addProperty("name", given.network);
            json.addProperty("way", given.way.name());
            json.addProperty("shape", Integer.toString(given.batch));
            json.addProperty("type", given.typeName());
            if (figures != null) {
                figures.asMap().forEach(json::add);
            }
            if (!remark.isEmpty()) {
                json.addProperty("remark", remark);
            }
            return json;
        }
    }

    static void printHeader(PrintWriter out) {
        out.printf(
                HEADER,
                "network",
                "training",
                "batch",
                "type",
                "MiB added",
                "MiB before",
                "on device",
                "ms a step",
                "loss");
    }

    Row measure(Case given, PrintWriter out) throws IOException {
        FreshJvm.Outcome outcome =
                FreshJvm.of(probe, threads)
                        .arguments(
                                given.network,
                                given.way.name(),
                                Integer.toString(given.batch),
                                given.type.name(),
                                Long.toString(seed),
                                Machine.name(device))
                        .run();
        Row row = new Row(given, outcome.answer(), remark(outcome));
        print(row, out);
        return row;
    }

    private static String remark(FreshJvm.Outcome outcome) {
        return switch (outcome.status()) {
            case 0 -> remark(outcome.answer());
            case THROWN -> "refused: " + outcome.lastWords();
            default ->
                    "the engine ended the process, exit status "
                            + outcome.status()
                            + ": "
                            + outcome.lastWords();
        };
    }

    private static String remark(JsonObject figures) {
        if (figures.has("loss")) {
            return "";
        }
        return figures.has("lossBefore")
                ? "the loss is finite before the steps, and not after " + (STEPS + 1)
                : "the loss is not finite";
    }

    private static void print(Row row, PrintWriter out) {
        Case given = row.given;
        if (row.figures == null) {
            String line =
                    String.format(
                            FRONT + " %s",
                            given.network,
                            given.way,
                            given.batch,
                            given.typeName(),
                            row.remark);
            out.println(line.length() <= WIDTH ? line : line.substring(0, WIDTH - 3) + "...");
        } else {
            out.printf(
                    HEADER,
                    given.network,
                    given.way,
                    given.batch,
                    given.typeName(),
                    figure(row, "mebibytesOfTraining", "%.0f"),
                    figure(row, "mebibytesBefore", "%.0f"),
                    figure(row, "mebibytesOnDevice", "%.0f"),
                    figure(row, "stepMilliseconds", "%.2f"),
                    row.figures.has("loss") ? figure(row, "loss", "%.4f") : "NaN");
        }
        out.flush();
    }

    private static String figure(Row row, String name, String form) {
        return row.figures.has(name)
                ? String.format(Locale.ROOT, form, row.figures.get(name).getAsDouble())
                : "-";
    }

    /**
     * Measures one way to train in this process, after a small network that loads what training
     * needs.
     *
     * @param arguments a file for the figures, the name of the network, of the way to train, the
     *     batch, the data type, the seed, the device
     * @param workloads the network of a name
     * @throws IOException if the system does not tell its memory or the file cannot be written
     */
    public static void probe(String[] arguments, Function<String, Workload> workloads)
            throws IOException {
        Workload workload = workloads.apply(arguments[1]);
        TrainingWay way = TrainingWay.of(arguments[2]);
        int batch = Integer.parseInt(arguments[3]);
        DataType type = DataType.valueOf(arguments[4]);
        long seed = Long.parseLong(arguments[5]);
        Device device = Device.fromName(arguments[6]);
        try (StepTimer small =
                new StepTimer(
                        small(workload), way, WARM_UP_BATCH, type, seed, device, Clock.WALL)) {
            small.run(1);
        }
        JsonObject json = new JsonObject();
        boolean isKnown = PeakMemory.isKnown();
        double before = isKnown ? PeakMemory.highWater() : Double.NaN;
        double onDevice = usedOf(device);
        try (StepTimer timer =
                new StepTimer(workload, way, batch, type, seed, device, Clock.WALL)) {
            addIfFinite(json, "lossBefore", timer.loss());
            timer.run(1);
            json.addProperty("stepMilliseconds", timer.run(STEPS) * 1e3);
            if (isKnown) {
                json.addProperty("mebibytesOfTraining", PeakMemory.highWater() - before);
                json.addProperty("mebibytesBefore", before);
            }
            addIfFinite(json, "mebibytesOnDevice", usedOf(device) - onDevice);
            addIfFinite(json, "loss", timer.loss());
        }
        FreshJvm.answer(arguments, json);
    }

    private static void addIfFinite(JsonObject json, String name, double value) {
        if (Double.isFinite(value)) {
            json.addProperty(name, value);
        }
    }

    private static Workload small(Workload workload) {
        return new Workload(
                "small",
                workload.input(),
                rate ->
                        new SequentialBlock()
                                .add(Blocks.batchFlattenBlock())
                                .add(Linear.builder().setUnits(Workload.CLASSES).build()));
    }

    /** What of the device is in use by all processes; not a number where nobody tells. */
    private static double usedOf(Device device) {
        if (!device.isGpu()) {
            return Double.NaN;
        }
        try {
            return CudaUtils.getGpuMemory(device).getUsed() / MEBIBYTE;
        } catch (RuntimeException | LinkageError e) {
            return Double.NaN;
        }
    }
}
