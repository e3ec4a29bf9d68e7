package dev.candor.benchmarks.suites;

import com.google.gson.JsonObject;
import dev.candor.internal.Checks;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Measures calibrators and errors: beside Python, how their time and memory grow, and what they ask
 * of the engine.
 */
public final class CalibratorSuite extends Suite {

    private static final double LONGEST_FIT_SECONDS = 30;
    private static final LossShape SMALL = new LossShape(1_000, 10);

    private final LossShape logits;
    private final List<LossShape> memory;
    private final int confidences;
    private final int points;
    private final Map<String, Fit> methods;
    private final Class<?> probe;
    private final Class<? extends CalibratorBenchmark> benchmark;
    private final List<LossShape> bySamples;
    private final List<LossShape> byClasses;

    private CalibratorSuite(Builder builder) {
        super(builder);
        this.logits = builder.logits;
        this.memory = builder.memory == null ? List.of(logits) : builder.memory;
        this.confidences = builder.confidences;
        this.points = builder.points;
        this.methods = builder.methods;
        this.probe = builder.probe;
        this.benchmark = builder.benchmark;
        this.bySamples = builder.bySamples;
        this.byClasses = builder.byClasses;
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
        return "calibrators";
    }

    /** Fits on the host use threads of their own. */
    @Override
    Clock clock() {
        return Clock.WALL;
    }

    @Override
    boolean measure(JsonObject report, PrintWriter out) throws IOException {
        boolean kept = true;
        if (parts.contains(Part.PEERS)) {
            List<CalibratorDuel.Row> rows =
                    beside(
                            PythonPeer.CALIBRATORS,
                            report,
                            out,
                            peer ->
                                    new CalibratorDuel(seed, pairs, device, clock(), peer)
                                            .run(logits, confidences, points, out));
            report.add("peers", array(rows.stream().map(CalibratorDuel.Row::toJson)));
            kept = kept(rows.stream().map(CalibratorDuel.Row::verdict));
            out.println();
        }
        if (parts.contains(Part.GROWTH)) {
            FitGrowth.Result result =
                    new FitGrowth(seed, pairs, LONGEST_FIT_SECONDS, device, clock())
                            .run(methods, bySamples, byClasses, out);
            report.add("growth", array(result.rows().stream().map(FitGrowth.Row::toJson)));
            report.add(
                    "exponents",
                    array(result.exponents().stream().map(FitGrowth.Exponent::toJson)));
            out.println();
        }
        if (parts.contains(Part.CALLS)) {
            List<EngineCalls.Row> rows =
                    new EngineCalls(seed, device, clock(), ceilings())
                            .calibrators(methods, SMALL, out);
            report.add("calls", array(rows.stream().map(EngineCalls.Row::toJson)));
            out.println();
        }
        if (parts.contains(Part.MEMORY) && !PeakMemory.isKnown()) {
            out.println("peak memory is skipped: this system does not tell it");
        } else if (parts.contains(Part.MEMORY)) {
            List<FitMemory.Row> rows =
                    FitMemory.run(probe, methods.keySet(), memory, threads, seed, out);
            report.add("memory", array(rows.stream().map(FitMemory.Row::toJson)));
            report.add(
                    "memoryExponents",
                    array(FitMemory.exponents(rows, out).stream().map(FitMemory.Exponent::toJson)));
            kept &= kept(rows.stream().map(FitMemory.Row::verdict));
            out.println();
        }
        if (parts.contains(Part.KERNELS) && benchmark != null) {
            List<Kernels.Row> rows =
                    new Kernels(benchmark, "method", threads, seed, device, jmh)
                            .run(methods.keySet(), SMALL, out);
            report.add("kernels", array(rows.stream().map(Kernels.Row::toJson)));
        }
        return kept;
    }

    /** Options of a {@link CalibratorSuite}. */
    public static final class Builder extends Suite.Builder<Builder> {

        private LossShape logits = CalibratorDuel.BAR_SHAPE;
        private List<LossShape> memory;
        private int confidences = 10_000_000;
        private int points = 1_000_000;
        private Map<String, Fit> methods = Map.of();
        private Class<?> probe;
        private Class<? extends CalibratorBenchmark> benchmark;
        private List<LossShape> bySamples =
                shapes(rows -> new LossShape(rows, 10), 10_000, 100_000, 1_000_000, 10_000_000);
        private List<LossShape> byClasses =
                shapes(classes -> new LossShape(3_000, classes), 2, 10, 100, 1_000, 10_000, 32_000);

        private Builder() {
            super(Part.PEERS, Part.GROWTH, Part.CALLS, Part.MEMORY);
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the logits on which a temperature is fitted beside torch.
         *
         * @param logits their shape, default 50,000 x 1,000
         * @return this builder
         */
        public Builder optLogits(LossShape logits) {
            this.logits = logits;
            return this;
        }

        /**
         * Sets the logits on which the memory of a fit is measured.
         *
         * @param shapes default those of {@link #optLogits}; with several, the exponents of growth
         *     are told
         * @return this builder
         */
        public Builder optMemory(List<LossShape> shapes) {
            this.memory = List.copyOf(shapes);
            return this;
        }

        /**
         * Sets the other sizes of the contests with Python.
         *
         * @param confidences the confidences of which an error is measured, default 10,000,000
         * @param points the points of an isotonic regression, default 1,000,000
         * @return this builder
         */
        public Builder optPoints(int confidences, int points) {
            this.confidences = Checks.atLeast("confidences", confidences, 1);
            this.points = Checks.atLeast("points", points, 2);
            return this;
        }

        /**
         * Sets the methods whose growth and memory are measured.
         *
         * @param methods fits by name, default none
         * @param probe the main class of a process that measures the memory of one of them, see
         *     {@link FitMemory#probe}
         * @return this builder
         */
        public Builder optMethods(Map<String, Fit> methods, Class<?> probe) {
            this.methods = new LinkedHashMap<>(methods);
            this.probe = probe;
            return this;
        }

        /**
         * Sets the benchmark that JMH runs for each of the methods.
         *
         * @param benchmark a class that finds them by name, default none
         * @return this builder
         */
        public Builder optBenchmark(Class<? extends CalibratorBenchmark> benchmark) {
            this.benchmark = benchmark;
            return this;
        }

        /**
         * Sets the shapes over which growth is measured, each list in ascending order.
         *
         * @param bySamples shapes of one number of classes, default 10,000 to 10,000,000 of 10
         * @param byClasses shapes of one number of samples, default 3,000 of 2 to 32,000
         * @return this builder
         */
        public Builder optGrowth(List<LossShape> bySamples, List<LossShape> byClasses) {
            this.bySamples = List.copyOf(bySamples);
            this.byClasses = List.copyOf(byClasses);
            return this;
        }

        private static List<LossShape> shapes(IntFunction<LossShape> shape, int... sizes) {
            return IntStream.of(sizes).mapToObj(shape).toList();
        }

        @Override
        public CalibratorSuite build() {
            return new CalibratorSuite(this);
        }
    }
}
