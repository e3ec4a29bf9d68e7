package dev.candor.benchmarks.suites;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Measures the losses: passes, steps of training, what they ask of the engine, and memory. */
public final class LossSuite extends Suite {

    private static final int STEPS_PER_BLOCK = 20;
    private static final List<String> BOUNDED_MEMORY = List.of("MmceLoss", "EsdLoss");

    private final List<LossCatalogue.Entry> losses;
    private final List<LossShape> shapes;
    private final Workload workload;

    private LossSuite(Builder builder) {
        super(builder);
        this.losses = builder.losses;
        this.shapes = builder.shapes;
        this.workload = builder.workload;
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
        return "losses";
    }

    @Override
    boolean measure(JsonObject report, PrintWriter out) throws IOException {
        boolean kept = true;
        if (parts.contains(Part.PEERS)) {
            kept &= runPeers(report, out);
        }
        if (parts.contains(Part.TRAINING_STEP) && workload != null) {
            List<TrainingStep.Row> rows =
                    new TrainingStep(workload, seed, pairs, STEPS_PER_BLOCK, device, clock())
                            .run(out);
            report.add("trainingStep", array(rows.stream().map(TrainingStep.Row::toJson)));
            kept &= kept(rows.stream().map(TrainingStep.Row::verdict));
            out.println();
        }
        if (parts.contains(Part.CALLS)) {
            kept &= runCalls(report, out);
        }
        if (parts.contains(Part.MEMORY)) {
            kept &= runMemory(report, out);
        }
        if (parts.contains(Part.KERNELS)) {
            runKernels(report, out);
        }
        return kept;
    }

    private boolean runPeers(JsonObject report, PrintWriter out) throws IOException {
        List<PeerComparison.Row> rows =
                beside(
                        PythonPeer.LOSSES,
                        report,
                        out,
                        peer ->
                                new PeerComparison(seed, pairs, peer, device, clock(), ceilings())
                                        .run(losses, shapes, out));
        report.add("losses", array(rows.stream().map(PeerComparison.Row::toJson)));
        out.println();
        return kept(rows.stream().map(PeerComparison.Row::verdict));
    }

    /** One shape tells, for the calls hardly depend on it. */
    private boolean runCalls(JsonObject report, PrintWriter out) throws IOException {
        LossShape shape =
                shapes.contains(PeerComparison.BAR_SHAPE)
                        ? PeerComparison.BAR_SHAPE
                        : shapes.get(0);
        List<EngineCalls.Row> rows =
                new EngineCalls(seed, device, clock(), ceilings()).losses(losses, shape, out);
        report.add("calls", array(rows.stream().map(EngineCalls.Row::toJson)));
        out.println();
        return kept(rows.stream().map(EngineCalls.Row::verdict));
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

    private void runKernels(JsonObject report, PrintWriter out) throws IOException {
        List<Kernels.Row> rows = new ArrayList<>();
        Kernels kernels = new Kernels(LossBenchmark.class, "loss", threads, seed, device, jmh);
        for (LossShape shape : shapes) {
            List<String> fitting =
                    losses.stream()
                            .filter(entry -> entry.fits(shape))
                            .map(LossCatalogue.Entry::name)
                            .toList();
            rows.addAll(kernels.run(fitting, shape, out));
        }
        report.add("kernels", array(rows.stream().map(Kernels.Row::toJson)));
    }

    /** Options of a {@link LossSuite}. */
    public static final class Builder extends Suite.Builder<Builder> {

        private List<LossCatalogue.Entry> losses = LossCatalogue.all();
        private List<LossShape> shapes = LossShape.STANDARD;
        private Workload workload;

        private Builder() {
            super(Part.PEERS, Part.TRAINING_STEP, Part.CALLS, Part.MEMORY);
        }

        @Override
        Builder self() {
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
         * Sets the network whose steps of training are measured.
         *
         * @param workload default none
         * @return this builder
         */
        public Builder optWorkload(Workload workload) {
            this.workload = workload;
            return this;
        }

        @Override
        public LossSuite build() {
            return new LossSuite(this);
        }
    }
}
