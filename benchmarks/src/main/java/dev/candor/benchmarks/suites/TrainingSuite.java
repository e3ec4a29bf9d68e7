package dev.candor.benchmarks.suites;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.types.DataType;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.IntToDoubleFunction;

/**
 * Measures training: images a second of plain, calibration-aware, dropout and ensemble training,
 * what each adds to plain training, the memory that it takes, which data types the engine trains
 * in, and what the plug-ins add to an epoch.
 *
 * <p>Times are those of float32. Steps of torch are those of its usual loop with the same network
 * from the same weights, which evaluates the loss once; {@link StepTimer} tells what a step here
 * is. The loss after a first step must agree.
 */
public final class TrainingSuite extends Suite {

    /** Measures epochs of whole trainings. */
    @FunctionalInterface
    public interface Loop {

        /**
         * Measures and prints.
         *
         * @param rounds epochs of each way to train
         * @param seed of the initial weights
         * @param out where the table goes
         * @return the figures
         * @throws IOException if the images cannot be read
         */
        JsonObject run(int rounds, int seed, PrintWriter out) throws IOException;
    }

    private static final int STEPS_PER_BLOCK = 3;
    private static final List<DataType> TYPES =
            List.of(DataType.FLOAT32, DataType.FLOAT16, DataType.BFLOAT16);
    private static final List<Integer> BATCHES = List.of(32, 128, 512);
    private static final List<Integer> BATCHES_OF_A_GPU = List.of(128, 1024, 8192);
    private static final String FRONT = "%-11s %-17s %5s";
    private static final String HEADER = FRONT + " %8s %8s %7s %20s %17s%n";

    private final List<Workload> workloads;
    private final List<Integer> batches;
    private final Loop loop;
    private final Class<?> probe;

    private TrainingSuite(Builder builder) {
        super(builder);
        this.workloads = builder.workloads;
        this.batches =
                Objects.requireNonNullElse(
                        builder.batches, device.isGpu() ? BATCHES_OF_A_GPU : BATCHES);
        this.loop = builder.loop;
        this.probe = builder.probe;
    }

    /**
     * Returns a builder.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    String name() {
        return "training";
    }

    /** The time of a step; {@code times} is null where it cannot be taken. */
    private record Row(
            String network,
            TrainingWay way,
            int batch,
            Paired times,
            Verdict verdict,
            String remark) {

        private double inputsPerSecond() {
            return batch * 1e3 / times.milliseconds().median();
        }

        private Spread overheadPercent() {
            Spread ratio = times.ratio();
            return new Spread(percent(ratio.median()), percent(ratio.min()), percent(ratio.max()));
        }

        private static double percent(double ratio) {
            return 100 * (ratio - 1);
        }

        private Spread toPeer() {
            return times.ratios().size() > 1 ? times.ratios().get(1) : null;
        }

        private JsonObject toJson() {
            JsonObject json = new JsonObject();
            json.addProperty("name", network);
            json.addProperty("way", way.name());
            json.addProperty("shape", Integer.toString(batch));
            if (times != null) {
                json.add("milliseconds", times.milliseconds().toJson());
                json.addProperty("inputsPerSecond", inputsPerSecond());
                json.add("ratioToPlain", times.ratio().toJson());
                json.add("overheadPercent", overheadPercent().toJson());
                if (toPeer() != null) {
                    json.add("ratioToPeer", toPeer().toJson());
                }
            }
            json.addProperty("verdict", verdict.toString());
            if (!remark.isEmpty()) {
                json.addProperty("remark", remark);
            }
            return json;
        }

        private void print(PrintWriter out) {
            if (times == null) {
                out.printf(FRONT + " %s%n", network, way, batch, remark);
            } else {
                out.printf(
                        HEADER,
                        network,
                        way,
                        batch,
                        String.format(Locale.ROOT, "%.2f", times.milliseconds().median()),
                        String.format(Locale.ROOT, "%.0f", inputsPerSecond()),
                        String.format(Locale.ROOT, "%.3f", times.ratio().median()),
                        overheadPercent().rounded(1),
                        toPeer() == null ? "-" : toPeer().rounded(2));
                if (!remark.isEmpty()) {
                    out.println("  " + remark);
                }
            }
            out.flush();
        }
    }

    @Override
    boolean measure(JsonObject report, PrintWriter out) throws IOException {
        boolean kept = true;
        if (parts.contains(Part.TRAINING_STEP) || parts.contains(Part.PEERS)) {
            List<Row> rows =
                    parts.contains(Part.PEERS)
                            ? beside(PythonPeer.TRAINING, report, out, peer -> steps(peer, out))
                            : steps(null, out);
            report.add("steps", array(rows.stream().map(Row::toJson)));
            kept = kept(rows.stream().map(Row::verdict));
            out.println();
        }
        if (parts.contains(Part.MEMORY) && probe != null) {
            if (PeakMemory.isKnown()) {
                report.add("memory", memory(out));
            } else {
                out.println("peak memory is skipped: this system does not tell it");
            }
            out.println();
        }
        if (parts.contains(Part.DATA_TYPES) && probe != null) {
            report.add("dataTypes", dataTypes(out));
            out.println();
        }
        if (parts.contains(Part.CALLS)) {
            List<StepCalls.Row> rows =
                    new StepCalls(seed, device).run(workloads, batches.get(0), out);
            report.add("calls", array(rows.stream().map(StepCalls.Row::toJson)));
            kept &= kept(rows.stream().map(StepCalls.Row::verdict));
            out.println();
        }
        if (parts.contains(Part.EPOCHS) && loop != null) {
            report.add("epochs", loop.run(pairs, (int) seed, out));
            out.println();
        }
        return kept;
    }

    private List<Row> steps(PythonPeer peer, PrintWriter out) throws IOException {
        if (peer == null && !parts.contains(Part.TRAINING_STEP)) {
            return List.of();
        }
        out.printf(
                HEADER,
                "network",
                "training",
                "batch",
                "ms",
                "inputs/s",
                "x plain",
                "over plain, %",
                "x torch");
        List<Row> rows = new ArrayList<>();
        for (Workload workload : workloads) {
            for (int batch : batches) {
                for (TrainingWay way : TrainingWay.ALL) {
                    Row row = step(workload, way, batch, peer);
                    rows.add(row);
                    row.print(out);
                }
            }
        }
        return rows;
    }

    private Row step(Workload workload, TrainingWay way, int batch, PythonPeer peer)
            throws IOException {
        try (StepTimer plain = timer(workload, TrainingWay.PLAIN, batch);
                StepTimer timer = timer(workload, way, batch)) {
            List<IntToDoubleFunction> bases = new ArrayList<>(List.of(plain::run));
            String remark = "";
            if (peer != null && peer.knows(peerName(workload, way))) {
                timer.run(1);
                double ours = timer.loss();
                double theirs = peer(peer, workload, way, batch, 1).value();
                if (!PeerComparison.agree(ours, theirs)) {
                    remark =
                            String.format(
                                    Locale.ROOT,
                                    "the loss after a step is %.6g, torch has %.6g",
                                    ours,
                                    theirs);
                }
                bases.add(steps -> peer(peer, workload, way, batch, steps).seconds());
            }
            Paired times = Paired.of(timer::run, bases, pairs, 1, STEPS_PER_BLOCK);
            return new Row(
                    workload.name(),
                    way,
                    batch,
                    times,
                    remark.isEmpty() ? Verdict.NO_BAR : Verdict.FAIL,
                    remark);
        } catch (EngineException e) {
            // On a GPU that is too small the larger batches fail, and the others still count.
            String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
            return new Row(workload.name(), way, batch, null, Verdict.NO_BAR, "refused: " + reason);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static String peerName(Workload workload, TrainingWay way) {
        return workload.name() + ":" + way.name().replace(' ', '-');
    }

    private static Timing peer(
            PythonPeer peer, Workload workload, TrainingWay way, int batch, int steps) {
        try {
            String shape = new LossShape(batch, Workload.CLASSES).toString();
            return peer.measure(peerName(workload, way), shape, steps);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (PythonPeer.TooLargeException e) {
            throw new UncheckedIOException(new IOException(e));
        }
    }

    private StepTimer timer(Workload workload, TrainingWay way, int batch) {
        return new StepTimer(workload, way, batch, DataType.FLOAT32, seed, device, clock());
    }

    private JsonArray memory(PrintWriter out) throws IOException {
        List<StepMemory.Case> cases = new ArrayList<>();
        for (Workload workload : workloads) {
            for (int batch : batches) {
                for (TrainingWay way : TrainingWay.ALL) {
                    cases.add(new StepMemory.Case(workload.name(), way, batch, DataType.FLOAT32));
                }
            }
        }
        return inFreshProcesses(cases, out);
    }

    private JsonArray dataTypes(PrintWriter out) throws IOException {
        List<StepMemory.Case> cases = new ArrayList<>();
        for (Workload workload : workloads) {
            for (DataType type : TYPES) {
                cases.add(
                        new StepMemory.Case(
                                workload.name(), TrainingWay.PLAIN, batches.get(0), type));
            }
        }
        return inFreshProcesses(cases, out);
    }

    private JsonArray inFreshProcesses(List<StepMemory.Case> cases, PrintWriter out)
            throws IOException {
        StepMemory memory = new StepMemory(probe, threads, seed, device);
        StepMemory.printHeader(out);
        JsonArray rows = new JsonArray();
        for (StepMemory.Case given : cases) {
            rows.add(memory.measure(given, out).toJson());
        }
        return rows;
    }

    /** Options of a {@link TrainingSuite}. */
    public static final class Builder extends Suite.Builder<Builder> {

        private List<Workload> workloads = List.of();
        private List<Integer> batches;
        private Loop loop;
        private Class<?> probe;

        private Builder() {
            super(
                    Part.TRAINING_STEP,
                    Part.PEERS,
                    Part.MEMORY,
                    Part.DATA_TYPES,
                    Part.CALLS,
                    Part.EPOCHS);
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the networks.
         *
         * @param workloads default none
         * @return this builder
         */
        public Builder optWorkloads(List<Workload> workloads) {
            this.workloads = List.copyOf(workloads);
            return this;
        }

        /**
         * Sets the batch sizes.
         *
         * @param batches each at least 1; default 32, 128 and 512, on a GPU 128, 1024 and 8192
         * @return this builder
         */
        public Builder optBatches(List<Integer> batches) {
            this.batches = Workload.checkBatches(batches);
            return this;
        }

        /**
         * Sets the process in which memory and data types are measured.
         *
         * @param probe a main class, see {@link StepMemory#probe}; default none
         * @return this builder
         */
        public Builder optProbe(Class<?> probe) {
            this.probe = probe;
            return this;
        }

        /**
         * Sets what measures whole epochs.
         *
         * @param loop default none
         * @return this builder
         */
        public Builder optLoop(Loop loop) {
            this.loop = loop;
            return this;
        }

        @Override
        public TrainingSuite build() {
            return new TrainingSuite(this);
        }
    }
}
