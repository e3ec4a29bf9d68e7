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
import dev.candor.losses.CrossEntropyLoss;
import dev.candor.uncertainty.DeepEnsemble;
import dev.candor.uncertainty.McDropout;
import dev.candor.uncertainty.PredictiveDistribution;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/**
 * Measures predictions: what a temperature, samples of dropout and an ensemble cost beside one
 * forward pass.
 */
public final class InferenceSuite extends Suite {

    private static final int SAMPLES = 32;
    private static final int MEMBERS = 5;
    private static final float DROPOUT = 0.1f;
    private static final String ONE_PASS = "one pass";
    private static final String SCALED = "with a temperature";
    private static final String LOOP = "32 passes, one by one";
    private static final String TOGETHER = "McDropout of 32";
    private static final double LOOP_BAR = 3;
    private static final LossShape BAR_AT = new LossShape(16, Workload.CLASSES);
    private static final List<Integer> BATCHES = List.of(1, 16, 256);
    private static final List<Integer> BATCHES_OF_A_GPU = List.of(1, 128, 1024);
    private static final List<String> SHORT = List.of(ONE_PASS, SCALED);
    private static final int SHORT_PASSES = 5;
    private static final int WARM_UP_PASSES = 300;
    private static final double WARM_UP_SECONDS = 0.5;
    private static final String HEADER = "%-11s %-21s %5s %9s %22s %25s%n";

    private final List<Workload> workloads;
    private final List<Integer> batches;

    private InferenceSuite(Builder builder) {
        super(builder);
        this.workloads = builder.workloads;
        this.batches =
                Objects.requireNonNullElse(
                        builder.batches, device.isGpu() ? BATCHES_OF_A_GPU : BATCHES);
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

    /**
     * The time of a prediction; {@code fasterThanLoop} is null but for dropout, {@code toPeer} but
     * for one pass beside torch.
     */
    private record Row(
            String network,
            String way,
            int batch,
            Spread milliseconds,
            Spread ratio,
            Spread fasterThanLoop,
            Spread toPeer,
            Verdict verdict,
            String remark) {

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
            if (toPeer != null) {
                json.add("ratioToPeer", toPeer.toJson());
            }
            json.addProperty("verdict", verdict.toString());
            if (!remark.isEmpty()) {
                json.addProperty("remark", remark);
            }
            return json;
        }

        private String last() {
            if (toPeer != null) {
                return toPeer.rounded(2) + " x torch";
            }
            return fasterThanLoop == null ? "" : fasterThanLoop.rounded(1) + " " + verdict;
        }

        private void print(PrintWriter out) {
            out.printf(
                    HEADER,
                    network,
                    way,
                    batch,
                    String.format(Locale.ROOT, "%.3f", milliseconds.median()),
                    ratio.rounded(2),
                    last());
            if (!remark.isEmpty()) {
                out.println("  " + remark);
            }
            out.flush();
        }
    }

    @Override
    boolean measure(JsonObject report, PrintWriter out) throws IOException {
        if (!parts.contains(Part.PREDICTIONS) && !parts.contains(Part.PEERS)) {
            return true;
        }
        List<Row> rows =
                parts.contains(Part.PEERS)
                        ? beside(PythonPeer.TRAINING, report, out, peer -> run(peer, out))
                        : run(null, out);
        report.add("predictions", array(rows.stream().map(Row::toJson)));
        out.println();
        return kept(rows.stream().map(Row::verdict));
    }

    private List<Row> run(PythonPeer peer, PrintWriter out) throws IOException {
        if (peer == null && !parts.contains(Part.PREDICTIONS)) {
            return List.of();
        }
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
                for (Row row : rows(workload, batch, peer)) {
                    rows.add(row);
                    row.print(out);
                }
            }
        }
        return rows;
    }

    private List<Row> rows(Workload workload, int batch, PythonPeer peer) throws IOException {
        List<Model> models = new ArrayList<>();
        try (NDManager manager = NDManager.newBaseManager(device)) {
            for (int member = 0; member < MEMBERS; member++) {
                models.add(model(workload, member == 0 ? DROPOUT : 0));
            }
            NDArray inputs = workload.inputs(batch, seed, manager);
            String asked = workload.name() + ":one-pass";
            Peer known = peer != null && peer.knows(asked) ? new Peer(peer, asked, batch) : null;
            return rows(workload, batch, ways(models), inputs, known);
        } finally {
            models.forEach(Model::close);
        }
    }

    private Model model(Workload workload, float dropout) {
        Engine.getInstance().setRandomSeed((int) seed);
        Model model = Model.newInstance("inference", device);
        Block block = workload.block(dropout, seed);
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
        ways.put(ONE_PASS, inputs -> forward(dropout, inputs, false));
        ways.put(SCALED, inputs -> scaling.apply(forward(dropout, inputs, false)));
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

    /** One forward pass of torch. */
    private record Peer(PythonPeer process, String name, int batch) {

        private Timing measure() throws IOException {
            try {
                String shape = new LossShape(batch, Workload.CLASSES).toString();
                return process.measure(name, shape, SHORT_PASSES);
            } catch (PythonPeer.TooLargeException e) {
                throw new IOException(e);
            }
        }
    }

    private List<Row> rows(
            Workload workload,
            int batch,
            Map<String, Function<NDArray, NDArray>> ways,
            NDArray inputs,
            Peer peer)
            throws IOException {
        Map<String, double[]> seconds = new LinkedHashMap<>();
        ways.keySet().forEach(way -> seconds.put(way, new double[pairs]));
        double[] torch = new double[pairs];
        // Before passes with dropout, which move what batch norm remembers.
        double value = crossEntropy(ways.get(ONE_PASS), inputs);
        warmUp(ways.get(ONE_PASS), inputs);
        String remark = "";
        for (int pair = -1; pair < pairs; pair++) {
            for (Map.Entry<String, Function<NDArray, NDArray>> way : ways.entrySet()) {
                double time = seconds(way.getKey(), way.getValue(), inputs);
                if (pair >= 0) {
                    seconds.get(way.getKey())[pair] = time;
                }
            }
            if (peer != null) {
                Timing timing = peer.measure();
                if (pair < 0) {
                    remark = compare(value, timing.value());
                } else {
                    torch[pair] = timing.seconds();
                }
            }
        }
        List<Row> rows = new ArrayList<>();
        for (String way : ways.keySet()) {
            double[] times = seconds.get(way);
            boolean isOnePass = way.equals(ONE_PASS);
            Spread faster = way.equals(TOGETHER) ? ratio(seconds.get(LOOP), times) : null;
            boolean hasBar =
                    faster != null && batch == BAR_AT.rows() && workload.equals(workloads.get(0));
            boolean disagrees = isOnePass && !remark.isEmpty();
            rows.add(
                    new Row(
                            workload.name(),
                            way,
                            batch,
                            milliseconds(times),
                            ratio(times, seconds.get(ONE_PASS)),
                            faster,
                            isOnePass && peer != null ? ratio(times, torch) : null,
                            hasBar || disagrees
                                    ? Verdict.of(!disagrees && faster.median() >= LOOP_BAR)
                                    : Verdict.NO_BAR,
                            isOnePass ? remark : ""));
        }
        return rows;
    }

    private String compare(double ours, double torch) {
        return PeerComparison.agree(ours, torch)
                ? ""
                : String.format(
                        Locale.ROOT, "the cross-entropy is %.6g, torch has %.6g", ours, torch);
    }

    private double crossEntropy(Function<NDArray, NDArray> way, NDArray inputs) {
        try (NDManager scope = inputs.getManager().newSubManager()) {
            NDArray view = inputs.duplicate();
            view.attach(scope);
            int batch = (int) view.getShape().get(0);
            NDList labels = new NDList(Workload.labels(batch, seed, scope));
            return CrossEntropyLoss.of().evaluate(labels, new NDList(way.apply(view))).getFloat();
        }
    }

    /** Lets the virtual machine compile what lies between a network and the engine. */
    private void warmUp(Function<NDArray, NDArray> way, NDArray inputs) {
        double start = Clock.WALL.seconds();
        for (int pass = 0;
                pass < WARM_UP_PASSES && Clock.WALL.seconds() - start < WARM_UP_SECONDS;
                pass++) {
            seconds(way, inputs);
        }
    }

    private double seconds(String name, Function<NDArray, NDArray> way, NDArray inputs) {
        double[] seconds = new double[SHORT.contains(name) ? SHORT_PASSES : 1];
        for (int pass = 0; pass < seconds.length; pass++) {
            seconds[pass] = seconds(way, inputs);
        }
        return Spread.median(seconds);
    }

    private double seconds(Function<NDArray, NDArray> way, NDArray inputs) {
        try (NDManager scope = inputs.getManager().newSubManager()) {
            NDArray view = inputs.duplicate();
            view.attach(scope);
            double start = clock().seconds();
            NDArray result = way.apply(view);
            if (device.isGpu()) {
                result.sum().toFloatArray();
            }
            return clock().seconds() - start;
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
        private List<Integer> batches;

        private Builder() {
            super(Part.PREDICTIONS, Part.PEERS);
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
         * @param batches each at least 1; default 1, 16 and 256, on a GPU 1, 128 and 1024
         * @return this builder
         */
        public Builder optBatches(List<Integer> batches) {
            this.batches = Workload.checkBatches(batches);
            return this;
        }

        @Override
        public InferenceSuite build() {
            return new InferenceSuite(this);
        }
    }
}
