package dev.candor.benchmarks.suites;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.metric.Metrics;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.loss.Loss;
import ai.djl.translate.TranslateException;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.candor.losses.CompositeLoss;
import dev.candor.losses.CrossEntropyLoss;
import dev.candor.losses.SoftBinnedEceLoss;
import dev.candor.training.CalibrationMonitor;
import dev.candor.training.CalibrationTrainingConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What the plug-ins add to an epoch of {@link EasyTrain#fit}, and how much memory they hold. Epochs
 * of each way to train alternate on trainers of the same initial weights. With one thread the time
 * is the processor time of that thread, for which other processes do not count.
 */
public final class TrainingSuite extends Suite {

    private static final String PLAIN = "cross-entropy";
    private static final String REPORTED = ", reported";
    private static final double LOOP_BAR = 1.05;
    private static final double MONITOR_BAR = 0.01;
    private static final int PAGE = 4096;

    private final Source source;

    private TrainingSuite(Builder builder) {
        super(builder);
        this.source = builder.source;
    }

    /**
     * What is trained.
     *
     * @param network makes a network
     * @param input the shape of one input
     * @param training the training set
     * @param validation the validation set
     */
    public record Task(
            Supplier<Block> network, Shape input, Dataset training, Dataset validation) {}

    /** Reads what is trained, once the engine has its threads. */
    @FunctionalInterface
    public interface Source {

        /**
         * Reads the data.
         *
         * @param manager to which the data belongs
         * @return what is trained
         * @throws IOException if the data cannot be read
         */
        Task read(NDManager manager) throws IOException;
    }

    /**
     * Returns a builder.
     *
     * @param source what is trained
     * @return the builder
     */
    public static Builder builder(Source source) {
        return new Builder(source);
    }

    @Override
    String name() {
        return "training";
    }

    @Override
    boolean measure(JsonObject report, PrintWriter out) throws IOException {
        try (NDManager manager = NDManager.newBaseManager(device)) {
            return measure(source.read(manager), report, out);
        } catch (TranslateException e) {
            throw new IOException("the data cannot be batched: " + e.getMessage(), e);
        }
    }

    private boolean measure(Task task, JsonObject report, PrintWriter out)
            throws IOException, TranslateException {
        List<Arm> arms = arms(task);
        try {
            List<Double> resident = new ArrayList<>();
            for (int round = -1; round < pairs; round++) {
                for (Arm arm : arms) {
                    arm.epoch(task, round >= 0);
                }
                resident.add(residentMegabytes());
            }
            return report(arms, resident, report, out);
        } finally {
            arms.forEach(Arm::close);
        }
    }

    private List<Arm> arms(Task task) {
        Supplier<Loss> composite =
                () -> CompositeLoss.of(CrossEntropyLoss.of()).plus(1, SoftBinnedEceLoss.of());
        Map<String, Supplier<DefaultTrainingConfig>> configs = new LinkedHashMap<>();
        configs.put(PLAIN, () -> new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss()));
        configs.put("soft-binned ECE, monitor", () -> new DefaultTrainingConfig(composite.get()));
        configs.put(
                PLAIN + REPORTED,
                () ->
                        new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                                .addTrainingListeners(TrainingListener.Defaults.basic()));
        configs.put(
                "soft-binned ECE, monitor" + REPORTED,
                () ->
                        new DefaultTrainingConfig(composite.get())
                                .addTrainingListeners(TrainingListener.Defaults.basic()));
        configs.put(
                "soft-binned ECE, CalibrationTrainingConfig" + REPORTED,
                () ->
                        CalibrationTrainingConfig.of(composite.get())
                                .addTrainingListeners(TrainingListener.Defaults.basic()));
        List<Arm> arms = new ArrayList<>();
        configs.forEach((name, config) -> arms.add(new Arm(name, config.get(), task)));
        return arms;
    }

    private boolean report(
            List<Arm> arms, List<Double> resident, JsonObject report, PrintWriter out) {
        List<Verdict> verdicts = new ArrayList<>();
        JsonArray rows = new JsonArray();
        out.printf("%-54s %10s   %-24s %s%n", "an epoch with", "ms", "to cross-entropy", "bar");
        for (Arm arm : arms) {
            Arm plain = arms.get(arm.name.endsWith(REPORTED) ? 2 : 0);
            double[] ratios = new double[pairs];
            for (int i = 0; i < pairs; i++) {
                ratios[i] = arm.seconds.get(i) / plain.seconds.get(i);
            }
            Spread times = Spread.of(arm.seconds.stream().mapToDouble(s -> s * 1e3).toArray());
            Spread ratio = Spread.of(ratios);
            Verdict verdict =
                    arm == plain ? Verdict.NO_BAR : Verdict.of(ratio.median() <= LOOP_BAR);
            verdicts.add(verdict);
            out.printf("%-54s %10.1f   %-24s %s%n", arm.name, times.median(), ratio, verdict);
            JsonObject row = new JsonObject();
            row.addProperty("training", arm.name);
            row.add("milliseconds", times.toJson());
            row.add("ratioToCrossEntropy", ratio.toJson());
            row.addProperty("verdict", verdict.toString());
            rows.add(row);
        }
        report.add("epochs", rows);
        Arm watched = arms.get(1);
        double[] shares = new double[pairs];
        for (int i = 0; i < pairs; i++) {
            shares[i] = watched.monitor.seconds.get(i) / watched.seconds.get(i);
        }
        Spread share = Spread.of(shares);
        Verdict verdict = Verdict.of(share.median() <= MONITOR_BAR);
        verdicts.add(verdict);
        out.printf("the monitor's share of an epoch: %s %s%n", share, verdict);
        report.add("monitorShare", share.toJson());
        Spread memory = Spread.of(resident.stream().mapToDouble(megabytes -> megabytes).toArray());
        out.printf("resident after each round, MB: %s%n", resident);
        report.add("residentMegabytes", memory.toJson());
        return kept(verdicts.stream());
    }

    /** What the process holds; 0 where the system does not tell. */
    private static double residentMegabytes() throws IOException {
        Path status = Path.of("/proc/self/statm");
        if (!Files.exists(status)) {
            return 0;
        }
        System.gc();
        return PAGE * Double.parseDouble(Files.readString(status).split(" ")[1]) / (1 << 20);
    }

    /** One way to train, with a network of its own. */
    private final class Arm implements AutoCloseable {

        private final String name;
        private final Model model;
        private final Trainer trainer;
        private final TimedMonitor monitor = new TimedMonitor();
        private final List<Double> seconds = new ArrayList<>();

        Arm(String name, DefaultTrainingConfig config, Task task) {
            this.name = name;
            this.model = Model.newInstance("loop");
            model.setBlock(task.network().get());
            if (!name.startsWith(PLAIN) && !(config instanceof CalibrationTrainingConfig)) {
                config.addTrainingListeners(monitor);
            }
            Engine.getInstance().setRandomSeed((int) seed);
            this.trainer = model.newTrainer(config);
            trainer.setMetrics(new Metrics());
            trainer.initialize(new Shape(1).addAll(task.input()));
        }

        void epoch(Task task, boolean counts) throws IOException, TranslateException {
            monitor.spent = 0;
            double start = clock.seconds();
            EasyTrain.fit(trainer, 1, task.training(), task.validation());
            if (counts) {
                seconds.add(clock.seconds() - start);
                monitor.seconds.add(monitor.spent);
            }
        }

        @Override
        public void close() {
            trainer.close();
            model.close();
        }
    }

    /** A monitor with a clock. */
    private final class TimedMonitor implements TrainingListener {

        private final CalibrationMonitor monitor = CalibrationMonitor.of();
        private final List<Double> seconds = new ArrayList<>();
        private double spent;

        private void timed(Runnable task) {
            double start = clock.seconds();
            task.run();
            spent += clock.seconds() - start;
        }

        @Override
        public void onEpoch(Trainer trainer) {
            timed(() -> monitor.onEpoch(trainer));
        }

        @Override
        public void onTrainingBatch(Trainer trainer, BatchData batchData) {
            timed(() -> monitor.onTrainingBatch(trainer, batchData));
        }

        @Override
        public void onValidationBatch(Trainer trainer, BatchData batchData) {
            timed(() -> monitor.onValidationBatch(trainer, batchData));
        }

        @Override
        public void onTrainingBegin(Trainer trainer) {
            monitor.onTrainingBegin(trainer);
        }

        @Override
        public void onTrainingEnd(Trainer trainer) {
            monitor.onTrainingEnd(trainer);
        }
    }

    /** Builds a {@link TrainingSuite}. */
    public static final class Builder extends Suite.Builder<Builder> {

        private final Source source;

        private Builder(Source source) {
            super(Part.TRAINING_STEP);
            this.source = source;
        }

        @Override
        Builder self() {
            return this;
        }

        @Override
        public TrainingSuite build() {
            return new TrainingSuite(this);
        }
    }
}
