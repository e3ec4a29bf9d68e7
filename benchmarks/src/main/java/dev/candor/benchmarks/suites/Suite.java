package dev.candor.benchmarks.suites;

import ai.djl.Device;
import ai.djl.engine.Engine;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.candor.internal.Checks;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;

/**
 * Measures a part of the library, prints tables, and says which of its bars are kept.
 *
 * <p>All inputs are seeded. What one thread does is timed by its own processor time, else the wall
 * clock counts, on both sides alike. Peers run in a Python process, {@code python3} or what the
 * environment variable {@code CANDOR_PYTHON} names; where that lacks what they need, one line says
 * so and the rest is measured without it.
 */
public abstract class Suite {

    private static final String PYTHON_VARIABLE = "CANDOR_PYTHON";

    final Set<Part> parts;
    final int pairs;
    final int threads;
    final long seed;
    final Device device;
    final UnaryOperator<ChainedOptionsBuilder> jmh;
    private final String python;

    Suite(Builder<?> builder) {
        this.parts = builder.parts;
        this.pairs = builder.pairs;
        this.threads = builder.threads;
        this.seed = builder.seed;
        this.device = builder.device;
        this.jmh = builder.jmh;
        this.python = builder.python;
    }

    /** The name of the suite, as the command line spells it. */
    abstract String name();

    /** What times are read from. */
    Clock clock() {
        return device.isGpu() ? Clock.WALL : Clock.of(threads);
    }

    /** What the device can do at best. */
    final Ceilings ceilings() throws IOException {
        return Ceilings.of(device, threads, clock());
    }

    /** Measures, adds the figures to the report, and returns whether every bar was kept. */
    abstract boolean measure(JsonObject report, PrintWriter out) throws IOException;

    /**
     * Measures and prints tables.
     *
     * @param out where the tables go
     * @return all figures; {@code "barsKept"} says whether every bar that was measured is kept
     * @throws IOException if a process that measures cannot be started, or breaks off
     * @throws IllegalArgumentException if the engine has no such device
     */
    public final JsonObject run(PrintWriter out) throws IOException {
        EngineThreads.start(threads);
        int gpus = Engine.getInstance().getGpuCount();
        Checks.that(
                !device.isGpu() || device.getDeviceId() < gpus,
                "device = %s, but the engine sees %d GPUs",
                device,
                gpus);
        JsonObject report = new JsonObject();
        report.addProperty("suite", name());
        report.addProperty("seed", seed);
        report.addProperty("threads", threads);
        report.addProperty("pairs", pairs);
        report.addProperty("device", device.toString());
        report.addProperty("clock", clock().description());
        JsonObject machine = Machine.describe();
        report.add("machine", machine);
        machine.entrySet()
                .forEach(e -> out.printf("%s %s, ", e.getKey(), e.getValue().getAsString()));
        out.printf(
                "%s, threads %d, seed %d, pairs %d, %s%n",
                device, threads, seed, pairs, clock().description());
        report.add("ceilings", ceilings().toJson());
        out.printf("%s%n%n", ceilings());
        report.addProperty("barsKept", measure(report, out));
        return report;
    }

    /** What is measured with a peer, or with {@code null} where there is none. */
    interface WithPeer<T> {

        T measure(PythonPeer peer) throws IOException;
    }

    /** Measures beside a script of the peers, or alone and says why. */
    final <T> T beside(String script, JsonObject report, PrintWriter out, WithPeer<T> work)
            throws IOException {
        try (PythonPeer peer = PythonPeer.start(script, python, threads, seed, clock())) {
            out.println(peer.versions());
            report.add("peer", peer.description());
            return work.measure(peer);
        } catch (PythonPeer.UnavailableException e) {
            out.printf("the peer is skipped: %s: %s%n", python, e.getMessage());
            report.addProperty("peerSkipped", e.getMessage());
            return work.measure(null);
        }
    }

    static boolean kept(Stream<Verdict> verdicts) {
        return verdicts.noneMatch(Verdict.FAIL::equals);
    }

    static JsonArray array(Stream<JsonObject> rows) {
        JsonArray array = new JsonArray();
        rows.forEach(array::add);
        return array;
    }

    /**
     * Options that all suites have.
     *
     * @param <B> the builder itself
     */
    public abstract static class Builder<B extends Builder<B>> {

        private Set<Part> parts;
        private int pairs = 5;
        private int threads = 2;
        private long seed = 7;
        private Device device = Device.cpu();
        private UnaryOperator<ChainedOptionsBuilder> jmh = UnaryOperator.identity();
        private String python =
                Objects.requireNonNullElse(System.getenv(PYTHON_VARIABLE), "python3");

        Builder(Part first, Part... others) {
            parts = EnumSet.of(first, others);
        }

        abstract B self();

        /**
         * Sets what is measured.
         *
         * @param parts default all that do not take long; those that the suite has not are left out
         * @return this builder
         */
        public final B optParts(Collection<Part> parts) {
            this.parts = EnumSet.copyOf(parts);
            return self();
        }

        /**
         * Sets how many paired measurements are taken for each ratio.
         *
         * @param pairs at least 1, default 5
         * @return this builder
         */
        public final B optPairs(int pairs) {
            this.pairs = Checks.atLeast("pairs", pairs, 1);
            return self();
        }

        /**
         * Sets the threads of an operation, on both sides.
         *
         * @param threads at least 1, default 2
         * @return this builder
         */
        public final B optThreads(int threads) {
            this.threads = Checks.atLeast("threads", threads, 1);
            return self();
        }

        /**
         * Sets the seed of the inputs.
         *
         * @param seed default 7
         * @return this builder
         */
        public final B optSeed(long seed) {
            this.seed = seed;
            return self();
        }

        /**
         * Sets where the arrays lie. Peers stay on the CPU.
         *
         * @param device default the CPU
         * @return this builder
         */
        public final B optDevice(Device device) {
            this.device = device;
            return self();
        }

        /** Sets how JMH is run; default as the benchmarks are annotated. */
        final B optJmh(UnaryOperator<ChainedOptionsBuilder> jmh) {
            this.jmh = jmh;
            return self();
        }

        /**
         * Sets the Python that runs the peers.
         *
         * @param python a command; by default {@code CANDOR_PYTHON} of the environment, or python3
         * @return this builder
         */
        public final B optPython(String python) {
            this.python = python;
            return self();
        }

        /**
         * Builds the suite.
         *
         * @return the suite
         */
        public abstract Suite build();
    }
}
