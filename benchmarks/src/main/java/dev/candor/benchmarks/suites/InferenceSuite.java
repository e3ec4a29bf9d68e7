package dev.candor.benchmarks.suites;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import com.google.gson.JsonObject;
import dev.candor.calibrators.TemperatureScaling;
import dev.candor.uncertainty.DeepEnsemble;
import dev.candor.uncertainty.McDropout;
import dev.candor.uncertainty.PredictiveDistribution;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/**
 * Measures predictions: what a temperature, samples of dropout and an ensemble cost beside one
 * forward pass.
 */
public final class InferenceSuite extends Suite {

    private static final int SAMPLES = 32;
    private static final int MEMBERS = 5;
    private static final float DROPOUT = 0.1f;
    private static final String LOOP = "32 passes, one by one";
    private static final String TOGETHER = "McDropout of 32";
    private static final double LOOP_BAR = 3;
    private static final LossShape BAR_AT = new LossShape(16, Workload.CLASSES);
    private static final String HEADER = "%-14s %-24s %6s %10s %28s %28s%n";

    private final List<Workload> workloads;
    private final List<Integer> batches;

    private InferenceSuite(Builder builder) {
        super(builder);
        this.workloads = builder.workloads;
        this.batches = builder.batches;
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
        return "inference";
    }

    /** The time of a prediction; {@code fasterThanLoop} is null but for dropout. */
    private record Row(
            String network,
            String way,
            int batch,
            Spread milliseconds,
            Spread ratio,
            Spread fasterThanLoop,
            Verdict verdict) {

        private JsonObject toJson() {
            JsonObject json = new JsonObject();
            json.addProperty("name", network);
            json.addProperty("way", way);
            json.addProperty("shape", Integer.toString(batch));
            json.add("milliseconds", milliseconds.toJson());
            json.add("ratioToOnePass", ratio.toJson());
            if (fasterThanLoop != null) {
                json.add("timesFasterThanLoop", fasterThanLoop.toJson());
            }
            json.addProperty("verdict", verdict.toString());
            return json;
        }
    }

    @Override
    boolean measure(JsonObject report, PrintWriter out) {
        out.printf(
                HEADER,
                "network",
                "prediction",
                "batch",
                "ms",
                "x one pass",
                "x faster than one by one");
        List<Row> rows = new ArrayList<>();
        for (Workload workload : workloads) {
            for (int batch : batches) {
                for (Row row : rows(workload, batch)) {
                    rows.add(row);
                    out.printf(
                            Locale.ROOT,
                            HEADER,
                            row.network,
                            row.way,
                            row.batch,
                            String.format(Locale.ROOT, "%.3f", row.milliseconds.median()),
                            row.ratio,
                            row.fasterThanLoop == null
                                    ? ""
                                    : row.fasterThanLoop + " " + row.verdict);
                    out.flush();
                }
            }
        }
        report.add("predictions", array(rows.stream().map(Row::toJson)));
        out.println();
        return kept(rows.stream().map(Row::verdict));
    }

    private List<Row> rows(Workload workload, int batch) {
        List<Model> models = new ArrayList<>();
        try (NDManager manager = NDManager.newBaseManager(device)) {
            for (int member = 0; member < MEMBERS; member++) {
                models.add(model(workload, member == 0 ? DROPOUT : 0));
            }
            NDArray inputs = workload.inputs(batch, seed, manager);
            return rows(workload, batch, ways(models), inputs);
        } finally {
            models.forEach(Model::close);
        }
    }

    private Model model(Workload workload, float dropout) {
        Engine.getInstance().setRandomSeed((int) seed);
        Model model = Model.newInstance("inference", device);
        Block block = workload.network().apply(dropout);
        block.initialize(model.getNDManager(), DataType.FLOAT32, workload.inputs(1));
        model.setBlock(block);
        return model;
    }

    private static Map<String, Function<NDArray, NDArray>> ways(List<Model> models) {
        Model dropout = models.get(0);
        McDropout sampled = McDropout.of(dropout).samples(SAMPLES).seed(1);
        DeepEnsemble ensemble = DeepEnsemble.of(models);
        TemperatureScaling scaling = TemperatureScaling.of(2);
        Map<String, Function<NDArray, NDArray>> ways = new LinkedHashMap<>();
        ways.put("one pass", inputs -> forward(dropout, inputs, false));
        ways.put("with a temperature", inputs -> scaling.apply(forward(dropout, inputs, false)));
        ways.put(LOOP, inputs -> loop(dropout, inputs));
        ways.put(TOGETHER, inputs -> sampled.predict(inputs).mean());
        ways.put("DeepEnsemble of 5", inputs -> ensemble.predict(inputs).mean());
        return ways;
    }

    private static NDArray forward(Model model, NDArray inputs, boolean training) {
        ParameterStore parameters = new ParameterStore(inputs.getManager(), false);
        return model.getBlock().forward(parameters, new NDList(inputs), training).head();
    }

    private static NDArray loop(Model model, NDArray inputs) {
        NDList samples = new NDList(SAMPLES);
        for (int sample = 0; sample < SAMPLES; sample++) {
            samples.add(forward(model, inputs, true));
        }
        return PredictiveDistribution.of(NDArrays.stack(samples)).mean();
    }

    private List<Row> rows(
            Workload workload,
            int batch,
            Map<String, Function<NDArray, NDArray>> ways,
            NDArray inputs) {
        Map<String, double[]> seconds = new LinkedHashMap<>();
        for (int pair = -1; pair < pairs; pair++) {
            for (Map.Entry<String, Function<NDArray, NDArray>> way : ways.entrySet()) {
                double time = seconds(way.getValue(), inputs);
                if (pair >= 0) {
                    seconds.computeIfAbsent(way.getKey(), key -> new double[pairs])[pair] = time;
                }
            }
        }
        double[] onePass = seconds.values().iterator().next();
        List<Row> rows = new ArrayList<>();
        seconds.forEach(
                (way, times) -> {
                    Spread faster = way.equals(TOGETHER) ? ratio(seconds.get(LOOP), times) : null;
                    boolean hasBar =
                            faster != null
                                    && batch == BAR_AT.rows()
                                    && workload.equals(workloads.get(0));
                    rows.add(
                            new Row(
                                    workload.name(),
                                    way,
                                    batch,
                                    milliseconds(times),
                                    ratio(times, onePass),
                                    faster,
                                    hasBar
                                            ? Verdict.of(faster.median() >= LOOP_BAR)
                                            : Verdict.NO_BAR));
                });
        return rows;
    }

    private double seconds(Function<NDArray, NDArray> way, NDArray inputs) {
        try (NDManager scope = inputs.getManager().newSubManager()) {
            NDArray view = inputs.duplicate();
            view.attach(scope);
            double start = clock.seconds();
            NDArray result = way.apply(view);
            if (device.isGpu()) {
                result.sum().toFloatArray();
            }
            return clock.seconds() - start;
        }
    }

    private static Spread milliseconds(double[] seconds) {
        double[] milliseconds = new double[seconds.length];
        for (int i = 0; i < seconds.length; i++) {
            milliseconds[i] = seconds[i] * 1e3;
        }
        return Spread.of(milliseconds);
    }

    private static Spread ratio(double[] of, double[] to) {
        double[] ratios = new double[of.length];
        for (int i = 0; i < of.length; i++) {
            ratios[i] = of[i] / to[i];
        }
        return Spread.of(ratios);
    }

    /** Options of an {@link InferenceSuite}. */
    public static final class Builder extends Suite.Builder<Builder> {

        private List<Workload> workloads = List.of();
        private List<Integer> batches = List.of(1, 16, 256);

        private Builder() {
            super(Part.PREDICTIONS);
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the networks; the bar of dropout is that of the first.
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
         * @param batches default 1, 16 and 256
         * @return this builder
         */
        public Builder optBatches(List<Integer> batches) {
            this.batches = List.copyOf(batches);
            return this;
        }

        @Override
        public InferenceSuite build() {
            return new InferenceSuite(this);
        }
    }
}
