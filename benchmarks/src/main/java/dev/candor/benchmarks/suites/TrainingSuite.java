package dev.candor.benchmarks.suites;

import ai.djl.training.loss.Loss;
import com.google.gson.JsonObject;
import dev.candor.losses.CompositeLoss;
import dev.candor.losses.CrossEntropyLoss;
import dev.candor.losses.SoftBinnedEceLoss;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * Measures training: images a second of plain, calibration-aware, dropout and ensemble training,
 * and what the plug-ins add to an epoch.
 *
 * <p>In float32: the engine ends the process when it meets bfloat16 arrays on the CPU.
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

    /** A way to train. */
    private enum Way {
        PLAIN("plain", 0, 1),
        CALIBRATION_AWARE("calibration-aware", 0, 1),
        DROPOUT("dropout", 0.1f, 1),
        ENSEMBLE("ensemble of 5", 0, 5);

        private final String text;
        private final float dropout;
        private final int members;

        Way(String text, float dropout, int members) {
            this.text = text;
            this.dropout = dropout;
            this.members = members;
        }

        private Supplier<Loss> loss() {
            return this == CALIBRATION_AWARE
                    ? () -> CompositeLoss.of(CrossEntropyLoss.of()).plus(1, SoftBinnedEceLoss.of())
                    : CrossEntropyLoss::of;
        }
    }

    private static final int STEPS_PER_BLOCK = 3;
    private static final String HEADER = "%-14s %-18s %6s %12s %12s %28s%n";

    private final List<Workload> workloads;
    private final List<Integer> batches;
    private final Loop loop;

    private TrainingSuite(Builder builder) {
        super(builder);
        this.workloads = builder.workloads;
        this.batches = builder.batches;
        this.loop = builder.loop;
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

    private record Row(String network, String way, int batch, Paired times) {

        private double inputsPerSecond() {
            return batch * 1e3 / times.milliseconds().median();
        }

        private JsonObject toJson() {
            JsonObject json = new JsonObject();
            json.addProperty("name", network);
            json.addProperty("way", way);
            json.addProperty("shape", Integer.toString(batch));
            json.add("milliseconds", times.milliseconds().toJson());
            json.addProperty("inputsPerSecond", inputsPerSecond());
            json.add("ratioToPlain", times.ratio().toJson());
            return json;
        }
    }

    @Override
    boolean measure(JsonObject report, PrintWriter out) throws IOException {
        if (parts.contains(Part.TRAINING_STEP)) {
            report.add("steps", array(steps(out).stream().map(Row::toJson)));
            out.println();
        }
        if (parts.contains(Part.EPOCHS) && loop != null) {
            report.add("epochs", loop.run(pairs, (int) seed, out));
            out.println();
        }
        return true;
    }

    private List<Row> steps(PrintWriter out) {
        out.printf(HEADER, "network", "training", "batch", "ms a step", "inputs / s", "x plain");
        List<Row> rows = new ArrayList<>();
        for (Workload workload : workloads) {
            for (int batch : batches) {
                for (Way way : Way.values()) {
                    Row row = step(workload, way, batch);
                    rows.add(row);
                    out.printf(
                            Locale.ROOT,
                            HEADER,
                            row.network,
                            row.way,
                            row.batch,
                            String.format(Locale.ROOT, "%.2f", row.times.milliseconds().median()),
                            String.format(Locale.ROOT, "%.0f", row.inputsPerSecond()),
                            row.times.ratio());
                    out.flush();
                }
            }
        }
        return rows;
    }

    private Row step(Workload workload, Way way, int batch) {
        try (StepTimer plain = timer(workload, Way.PLAIN, batch);
                StepTimer timer = timer(workload, way, batch)) {
            return new Row(
                    workload.name(),
                    way.text,
                    batch,
                    Paired.of(timer, plain, pairs, 1, STEPS_PER_BLOCK));
        }
    }

    private StepTimer timer(Workload workload, Way way, int batch) {
        return new StepTimer(
                workload, way.dropout, way.loss(), way.members, batch, seed, device, clock);
    }

    /** Options of a {@link TrainingSuite}. */
    public static final class Builder extends Suite.Builder<Builder> {

        private List<Workload> workloads = List.of();
        private List<Integer> batches = List.of(32, 128, 512);
        private Loop loop;

        private Builder() {
            super(Part.TRAINING_STEP, Part.EPOCHS);
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
         * @param batches default 32, 128 and 512
         * @return this builder
         */
        public Builder optBatches(List<Integer> batches) {
            this.batches = List.copyOf(batches);
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
