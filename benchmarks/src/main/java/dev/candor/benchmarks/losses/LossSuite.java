package dev.candor.benchmarks.losses;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.candor.internal.Checks;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Measures the losses and says which of the bars they keep.
 *
 * <p>All inputs are seeded. One thread is timed by its own processor time, more by the wall clock,
 * on both sides. The torch side runs in a Python process, {@code python3} or what the environment
 * variable {@code CANDOR_PYTHON} names; where that has no torch, one line says so and the rest is
 * measured without it.
 */
public final class LossSuite {

    /** What can be measured. */
    public enum Part {
        /** Each loss beside cross-entropy and beside torch. */
        PEERS,
        /** What the losses add to a training step. */
        TRAINING_STEP,
        /** The most memory that losses over pairs of samples hold. */
        MEMORY,
        /** Time and heap allocation of each loss with JMH, which takes long. */
        KERNELS;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    private static final int STEPS_PER_BLOCK = 20;
    private static final String PYTHON_VARIABLE = "CANDOR_PYTHON";
    private static final List<String> BOUNDED_MEMORY = List.of("MmceLoss", "EsdLoss");

    private final Set<Part> parts;
    private final List<LossCatalogue.Entry> losses;
    private final List<LossShape> shapes;
    private final int pairs;
    private final int threads;
    private final Clock clock;
    private final long seed;
    private final String python;

    private LossSuite(Builder builder) {
        this.parts = builder.parts;
        this.losses = builder.losses;
        this.shapes = builder.shapes;
        this.pairs = builder.pairs;
        this.threads = builder.threads;
        this.clock = Clock.of(threads);
        this.seed = builder.seed;
        this.python = builder.python;
    }

    /**
     * Returns a builder.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Measures and prints tables.
     *
     * @param out where the tables go
     * @return all figures; {@code "barsKept"} says whether every bar that was measured is kept
     * @throws IOException if a process that measures cannot be started, or breaks off
     */
    public JsonObject run(PrintWriter out) throws IOException {
        EngineThreads.start(threads);
        JsonObject report = header(out);
        boolean kept = true;
        if (parts.contains(Part.PEERS)) {
            kept &= runPeers(report, out);
        }
        if (parts.contains(Part.TRAINING_STEP)) {
            List<TrainingStep.Row> rows =
                    new TrainingStep(seed, pairs, STEPS_PER_BLOCK, clock).run(out);
            report.add("trainingStep", array(rows.stream().map(TrainingStep.Row::toJson)));
            kept &= kept(rows.stream().map(TrainingStep.Row::verdict));
            out.println();
        }
        if (parts.contains(Part.MEMORY)) {
            kept &= runMemory(report, out);
        }
        if (parts.contains(Part.KERNELS)) {
            runKernels(out);
        }
        report.addProperty("barsKept", kept);
        return report;
    }

    private JsonObject header(PrintWriter out) {
        JsonObject report = new JsonObject();
        report.addProperty("suite", "losses");
        report.addProperty("seed", seed);
        report.addProperty("threads", threads);
        report.addProperty("pairs", pairs);
        report.addProperty("clock", clock.description());
        JsonObject machine = Machine.describe();
        report.add("machine", machine);
        machine.entrySet()
                .forEach(e -> out.printf("%s %s, ", e.getKey(), e.getValue().getAsString()));
        out.printf(
                "threads %d, seed %d, pairs %d, %s%n%n", threads, seed, pairs, clock.description());
        return report;
    }

    private boolean runPeers(JsonObject report, PrintWriter out) throws IOException {
        List<PeerComparison.Row> rows;
        try (TorchPeer peer = TorchPeer.start(python, threads, seed)) {
            JsonObject torch = peer.description();
            out.printf(
                    "torch %s, threads %s, python %s%n",
                    torch.get("torch").getAsString(),
                    torch.get("threads").getAsString(),
                    torch.get("python").getAsString());
            report.add("torch", torch);
            rows = new PeerComparison(seed, pairs, peer, clock).run(losses, shapes, out);
        } catch (TorchPeer.UnavailableException e) {
            out.printf("torch is skipped: %s: %s%n", python, e.getMessage());
            report.addProperty("torchSkipped", e.getMessage());
            rows = new PeerComparison(seed, pairs, null, clock).run(losses, shapes, out);
        }
        report.add("losses", array(rows.stream().map(PeerComparison.Row::toJson)));
        out.println();
        return kept(rows.stream().map(PeerComparison.Row::verdict));
    }

    private boolean runMemory(JsonObject report, PrintWriter out) throws IOException {
        if (!PeakMemory.isKnown()) {
            out.println("peak memory is skipped: this system does not tell it");
            return true;
        }
        List<LossCatalogue.Entry> bounded =
                LossCatalogue.all().stream()
                        .filter(entry -> BOUNDED_MEMORY.contains(entry.name()))
                        .toList();
        List<PeakMemory.Row> rows =
                PeakMemory.run(bounded, PeerComparison.BAR_SHAPE, threads, seed, out);
        report.add("peakMemory", array(rows.stream().map(PeakMemory.Row::toJson)));
        out.println();
        return kept(rows.stream().map(PeakMemory.Row::verdict));
    }

    private void runKernels(PrintWriter out) throws IOException {
        ChainedOptionsBuilder options =
                new OptionsBuilder()
                        .include(LossBenchmark.class.getName())
                        .param("loss", names(losses.stream().map(LossCatalogue.Entry::name)))
                        .param("shape", names(shapes.stream().map(LossShape::toString)))
                        .param("seed", Long.toString(seed))
                        .addProfiler(GCProfiler.class)
                        .jvmArgsAppend(FreshJvm.ENGINE_ARGUMENTS)
                        .jvmArgsPrepend(EngineThreads.argument(threads));
        String classPath = System.setProperty("java.class.path", FreshJvm.classPath());
        try {
            new Runner(options.build()).run();
        } catch (RunnerException e) {
            throw new IOException(e);
        } finally {
            System.setProperty("java.class.path", classPath);
        }
    }

    private static String[] names(Stream<String> names) {
        return names.toArray(String[]::new);
    }

    private static boolean kept(Stream<Verdict> verdicts) {
        return verdicts.noneMatch(Verdict.FAIL::equals);
    }

    private static JsonArray array(Stream<JsonObject> rows) {
        JsonArray array = new JsonArray();
        rows.forEach(array::add);
        return array;
    }

    /** Options of a {@link LossSuite}. */
    public static final class Builder {

        private Set<Part> parts = EnumSet.of(Part.PEERS, Part.TRAINING_STEP, Part.MEMORY);
        private List<LossCatalogue.Entry> losses = LossCatalogue.all();
        private List<LossShape> shapes = LossShape.STANDARD;
        private int pairs = 5;
        private int threads = 2;
        private long seed = 7;
        private String python =
                Objects.requireNonNullElse(System.getenv(PYTHON_VARIABLE), "python3");

        private Builder() {}

        /**
         * Sets what is measured.
         *
         * @param parts default all but {@link Part#KERNELS}
         * @return this builder
         */
        public Builder optParts(Collection<Part> parts) {
            this.parts = EnumSet.copyOf(parts);
            return this;
        }

        /**
         * Sets which losses are measured.
         *
         * @param names names in {@link LossCatalogue}, default all
         * @return this builder
         */
        public Builder optLosses(Collection<String> names) {
            this.losses = names.stream().map(LossCatalogue::of).toList();
            return this;
        }

        /**
         * Sets the shapes of the logits.
         *
         * @param shapes default {@link LossShape#STANDARD}
         * @return this builder
         */
        public Builder optShapes(Collection<LossShape> shapes) {
            this.shapes = List.copyOf(shapes);
            return this;
        }

        /**
         * Sets how many paired measurements are taken for each ratio.
         *
         * @param pairs at least 1, default 5
         * @return this builder
         */
        public Builder optPairs(int pairs) {
            this.pairs = Checks.atLeast("pairs", pairs, 1);
            return this;
        }

        /**
         * Sets the threads of an operation, on both sides.
         *
         * @param threads at least 1, default 2
         * @return this builder
         */
        public Builder optThreads(int threads) {
            this.threads = Checks.atLeast("threads", threads, 1);
            return this;
        }

        /**
         * Sets the seed of the inputs.
         *
         * @param seed default 7
         * @return this builder
         */
        public Builder optSeed(long seed) {
            this.seed = seed;
            return this;
        }

        /**
         * Sets the Python that runs the torch side.
         *
         * @param python a command; by default {@code CANDOR_PYTHON} of the environment, or python3
         * @return this builder
         */
        public Builder optPython(String python) {
            this.python = python;
            return this;
        }

        /**
         * Builds the suite.
         *
         * @return the suite
         */
        public LossSuite build() {
            return new LossSuite(this);
        }
    }
}
