package dev.candor.benchmarks;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.metric.Metrics;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.loss.Loss;
import ai.djl.translate.TranslateException;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.candor.benchmarks.suites.Spread;
import dev.candor.losses.CompositeLoss;
import dev.candor.losses.CrossEntropyLoss;
import dev.candor.losses.SoftBinnedEceLoss;
import dev.candor.training.CalibrationMonitor;
import dev.candor.training.CalibrationTrainingConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What the plug-ins add to an epoch of {@link EasyTrain#fit} with the network and the images of the
 * demo. Epochs of each way to train alternate on trainers of the same initial weights; the time is
 * the processor time of the thread that trains, which other processes do not count in. With one
 * thread of the engine that is all of the work.
 */
final class TrainingLoop {

    private static final String PLAIN = "cross-entropy";
    private static final String PLAIN_REPORTED = PLAIN + ", reported";
    private static final double LOOP_BAR = 1.05;
    private static final double MONITOR_BAR = 0.01;
    private static final int PAGE = 4096;

    private final int rounds;
    private final int seed;

    TrainingLoop(int rounds, int seed) {
        this.rounds = rounds;
        this.seed = seed;
    }

    /** Measures on the bundled images and prints. */
    JsonObject run(PrintWriter out) throws IOException {
        try (NDManager manager = NDManager.newBaseManager()) {
            return run(ArmTraining.Images.of(ImageData.bundled(manager)), out);
        }
    }

    /** Measures on these images and prints. */
    JsonObject run(ArmTraining.Images images, PrintWriter out) throws IOException {
        Dataset training = ArmTraining.dataset(images.training(), true);
        Dataset validation = ArmTraining.dataset(images.validation(), false);
        List<Arm> arms = arms(images.classes());
        try {
            List<Long> resident = new ArrayList<>();
            for (int round = -1; round < rounds; round++) {
                for (Arm arm : arms) {
                    arm.epoch(training, validation, round >= 0);
                }
                resident.add(residentMegabytes());
            }
            return report(arms, resident, out);
        } catch (TranslateException e) {
            throw new IOException("the images cannot be batched: " + e.getMessage(), e);
        } finally {
            arms.forEach(Arm::close);
        }
    }

    private List<Arm> arms(int classes) {
        Supplier<Loss> composite =
                () -> CompositeLoss.of(CrossEntropyLoss.of()).plus(1, SoftBinnedEceLoss.of());
        Map<String, Supplier<DefaultTrainingConfig>> configs = new LinkedHashMap<>();
        configs.put(PLAIN, () -> new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss()));
        configs.put("soft-binned ECE, monitor", () -> new DefaultTrainingConfig(composite.get()));
        configs.put(
                PLAIN_REPORTED,
                () ->
                        new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                                .addTrainingListeners(TrainingListener.Defaults.basic()));
        configs.put(
                "soft-binned ECE, monitor, reported",
                () ->
                        new DefaultTrainingConfig(composite.get())
                                .addTrainingListeners(TrainingListener.Defaults.basic()));
        configs.put(
                "soft-binned ECE, CalibrationTrainingConfig, reported",
                () ->
                        CalibrationTrainingConfig.of(composite.get())
                                .addTrainingListeners(TrainingListener.Defaults.basic()));
        List<Arm> arms = new ArrayList<>();
        configs.forEach((name, config) -> arms.add(new Arm(name, config.get(), classes)));
        return arms;
    }

    private JsonObject report(List<Arm> arms, List<Long> resident, PrintWriter out) {
        JsonArray rows = new JsonArray();
        out.printf("%-54s %10s   %s%n", "an epoch with", "CPU ms", "to cross-entropy alone");
        for (Arm arm : arms) {
            Arm plain = arms.get(arm.name.endsWith("reported") ? 2 : 0);
            double[] ratios = new double[rounds];
            for (int i = 0; i < rounds; i++) {
                ratios[i] = arm.nanoseconds.get(i) / plain.nanoseconds.get(i);
            }
            double[] times = arm.nanoseconds.stream().mapToDouble(ns -> ns / 1e6).toArray();
            Spread ratio = Spread.of(ratios);
            out.printf("%-54s %10.1f   %s%n", arm.name, Spread.of(times).median(), ratio);
            JsonObject row = new JsonObject();
            row.addProperty("training", arm.name);
            row.add("cpuMilliseconds", Spread.of(times).toJson());
            row.add("ratio", ratio.toJson());
            if (!arm.name.startsWith(PLAIN)) {
                row.addProperty("verdict", ratio.median() <= LOOP_BAR ? "pass" : "FAIL");
            }
            rows.add(row);
        }
        Arm watched = arms.get(1);
        double[] shares = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            shares[i] = watched.monitor.nanoseconds.get(i) / watched.nanoseconds.get(i);
        }
        Spread share = Spread.of(shares);
        out.printf("the bar of a ratio is %.2f%n", LOOP_BAR);
        out.printf("the monitor's share of an epoch: %s, its bar %.2f%n", share, MONITOR_BAR);
        out.printf("resident after each round, MB: %s%n", resident);
        JsonObject json = new JsonObject();
        json.addProperty("rounds", rounds);
        json.add("epochs", rows);
        json.add("monitorShare", share.toJson());
        JsonArray memory = new JsonArray();
        resident.forEach(memory::add);
        json.add("residentMegabytes", memory);
        return json;
    }

    /** What the process holds; 0 where the system does not tell. */
    private static long residentMegabytes() throws IOException {
        Path status = Path.of("/proc/self/statm");
        if (!Files.exists(status)) {
            return 0;
        }
        System.gc();
        return PAGE * Long.parseLong(Files.readString(status).split(" ")[1]) >> 20;
    }

    private static double threadTime() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    /** One way to train, with a network of its own. */
    private final class Arm implements AutoCloseable {

        private final String name;
        private final Model model;
        private final Trainer trainer;
        private final TimedMonitor monitor = new TimedMonitor();
        private final List<Double> nanoseconds = new ArrayList<>();

        Arm(String name, DefaultTrainingConfig config, int classes) {
            this.name = name;
            this.model = Model.newInstance("loop");
            model.setBlock(DemoNetwork.newBlock(classes));
            if (!name.startsWith(PLAIN) && !(config instanceof CalibrationTrainingConfig)) {
                config.addTrainingListeners(monitor);
            }
            Engine.getInstance().setRandomSeed(seed);
            this.trainer = model.newTrainer(config);
            trainer.setMetrics(new Metrics());
            trainer.initialize(new Shape(1).addAll(DemoNetwork.IMAGE));
        }

        void epoch(Dataset training, Dataset validation, boolean counts)
                throws IOException, TranslateException {
            monitor.spent = 0;
            double start = threadTime();
            EasyTrain.fit(trainer, 1, training, validation);
            if (counts) {
                nanoseconds.add(threadTime() - start);
                monitor.nanoseconds.add(monitor.spent);
            }
        }

        @Override
        public void close() {
            trainer.close();
            model.close();
        }
    }

    /** A monitor with a clock. */
    private static final class TimedMonitor implements TrainingListener {

        private final CalibrationMonitor monitor = CalibrationMonitor.of();
        private final List<Double> nanoseconds = new ArrayList<>();
        private double spent;

        private void timed(Runnable task) {
            double start = threadTime();
            task.run();
            spent += threadTime() - start;
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
}
