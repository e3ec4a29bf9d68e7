package dev.candor.benchmarks.suites;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.listener.EvaluatorTrainingListener;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Adam;
import ai.djl.translate.Batchifier;
import com.google.gson.JsonObject;
import dev.candor.losses.CompositeLoss;
import dev.candor.losses.CrossEntropyLoss;
import dev.candor.losses.FocalLoss;
import dev.candor.losses.LabelSmoothingLoss;
import dev.candor.losses.SoftAvucLoss;
import dev.candor.losses.SoftBinnedEceLoss;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What a loss adds to one training step of a small convolutional network: two 3x3 convolutions of
 * 16 and 32 channels, each with a 2x2 max-pool, 128 hidden units, Adam, 128 images of 28x28.
 *
 * <p>A step is what {@link EasyTrain} does with a batch, so that the loss is evaluated twice: for
 * the gradient, and for the report of the trainer. Steps with the loss and with plain cross-entropy
 * alternate in blocks on trainers of the same initial weights.
 */
final class TrainingStep {

    static final double BAR = 1.05;

    private static final int BATCH = 128;
    private static final int SIDE = 28;
    private static final int CLASSES = 10;
    private static final int BLOCKS_PER_PAIR = 3;

    private final long seed;
    private final int pairs;
    private final int stepsPerBlock;
    private final Device device;
    private final Clock clock;

    TrainingStep(long seed, int pairs, int stepsPerBlock, Device device, Clock clock) {
        this.seed = seed;
        this.pairs = pairs;
        this.stepsPerBlock = stepsPerBlock;
        this.device = device;
        this.clock = clock;
    }

    /** The ratio of the time of a step to that with cross-entropy. */
    record Row(String loss, Spread milliseconds, Spread ratio, Verdict verdict) {

        JsonObject toJson() {
            JsonObject json = new JsonObject();
            json.addProperty("name", loss);
            json.add("milliseconds", milliseconds.toJson());
            json.add("ratioToCrossEntropy", ratio.toJson());
            json.addProperty("verdict", verdict.toString());
            return json;
        }
    }

    static Map<String, Supplier<Loss>> losses() {
        Map<String, Supplier<Loss>> losses = new LinkedHashMap<>();
        losses.put(
                "CrossEntropyLoss + SoftBinnedEceLoss",
                () -> CompositeLoss.of(CrossEntropyLoss.of()).plus(1, SoftBinnedEceLoss.of()));
        losses.put(
                "CrossEntropyLoss + SoftAvucLoss",
                () -> CompositeLoss.of(CrossEntropyLoss.of()).plus(1, SoftAvucLoss.of()));
        losses.put("FocalLoss", FocalLoss::of);
        losses.put("LabelSmoothingLoss", LabelSmoothingLoss::of);
        return losses;
    }

    List<Row> run(PrintWriter out) {
        out.printf("%-40s %12s %28s  at most %s%n", "training step", "ms", "x cross-entropy", BAR);
        List<Row> rows = new ArrayList<>();
        try (NDManager manager = NDManager.newBaseManager(device)) {
            NDArray images = images(manager);
            NDArray labels = manager.create(new SeededNumbers(seed).integers(0, BATCH, CLASSES));
            for (Map.Entry<String, Supplier<Loss>> entry : losses().entrySet()) {
                Row row = compare(entry.getKey(), entry.getValue().get(), images, labels);
                out.printf(
                        Locale.ROOT,
                        "%-40s %12.3f %28s  %s%n",
                        row.loss,
                        row.milliseconds.median(),
                        row.ratio,
                        row.verdict);
                rows.add(row);
            }
        }
        return rows;
    }

    private NDArray images(NDManager manager) {
        double[] uniform = new SeededNumbers(seed).uniform(1, BATCH * SIDE * SIDE);
        float[] pixels = new float[uniform.length];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) uniform[i];
        }
        return manager.create(pixels, new Shape(BATCH, 1, SIDE, SIDE));
    }

    private Row compare(String name, Loss loss, NDArray images, NDArray labels) {
        try (Arm base = new Arm(CrossEntropyLoss.of(), seed, images, labels);
                Arm arm = new Arm(loss, seed, images, labels)) {
            base.run(stepsPerBlock);
            arm.run(stepsPerBlock);
            double[] ratios = new double[pairs];
            double[] milliseconds = new double[pairs];
            for (int pair = 0; pair < pairs; pair++) {
                double[] ours = new double[BLOCKS_PER_PAIR];
                double[] theirs = new double[BLOCKS_PER_PAIR];
                for (int block = 0; block < BLOCKS_PER_PAIR; block++) {
                    boolean oursFirst = (pair + block) % 2 == 0;
                    if (oursFirst) {
                        ours[block] = arm.run(stepsPerBlock);
                    }
                    theirs[block] = base.run(stepsPerBlock);
                    if (!oursFirst) {
                        ours[block] = arm.run(stepsPerBlock);
                    }
                }
                milliseconds[pair] = Spread.median(ours) * 1e3;
                ratios[pair] = Spread.median(ours) / Spread.median(theirs);
            }
            Spread ratio = Spread.of(ratios);
            return new Row(name, Spread.of(milliseconds), ratio, Verdict.of(ratio.median() <= BAR));
        }
    }

    static Block network() {
        return new SequentialBlock()
                .add(convolution(16))
                .add(Activation.reluBlock())
                .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
                .add(convolution(32))
                .add(Activation.reluBlock())
                .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
                .add(Blocks.batchFlattenBlock())
                .add(Linear.builder().setUnits(128).build())
                .add(Activation.reluBlock())
                .add(Linear.builder().setUnits(CLASSES).build());
    }

    private static Conv2d convolution(int channels) {
        return Conv2d.builder()
                .setFilters(channels)
                .setKernelShape(new Shape(3, 3))
                .optPadding(new Shape(1, 1))
                .build();
    }

    /** A network of its own with one loss. */
    private final class Arm implements AutoCloseable {

        private final Model model;
        private final Trainer trainer;
        private final NDArray images;
        private final NDArray labels;

        Arm(Loss loss, long seed, NDArray images, NDArray labels) {
            this.images = images;
            this.labels = labels;
            Engine.getInstance().setRandomSeed((int) seed);
            model = Model.newInstance("step", device);
            model.setBlock(network());
            trainer =
                    model.newTrainer(
                            new DefaultTrainingConfig(loss)
                                    .optDevices(new Device[] {device})
                                    .optOptimizer(Adam.builder().build())
                                    .addTrainingListeners(new EvaluatorTrainingListener()));
            trainer.initialize(new Shape(BATCH, 1, SIDE, SIDE));
            trainer.notifyListeners(listener -> listener.onTrainingBegin(trainer));
        }

        /** Returns the median seconds of a step. */
        double run(int steps) {
            double[] seconds = new double[steps];
            for (int step = 0; step < steps; step++) {
                try (Batch batch = batch()) {
                    double start = clock.seconds();
                    EasyTrain.trainBatch(trainer, batch);
                    trainer.step();
                    finish();
                    seconds[step] = clock.seconds() - start;
                }
            }
            return Spread.median(seconds);
        }

        /** A GPU works on while the program goes on: reading a value waits for it. */
        private void finish() {
            if (device.isGpu()) {
                Parameter last = model.getBlock().getParameters().valueAt(0);
                last.getArray().sum().toFloatArray();
            }
        }

        private Batch batch() {
            return new Batch(
                    trainer.getManager().newSubManager(),
                    new NDList(images.duplicate()),
                    new NDList(labels.duplicate()),
                    BATCH,
                    Batchifier.STACK,
                    Batchifier.STACK,
                    0,
                    1);
        }

        @Override
        public void close() {
            trainer.close();
            model.close();
        }
    }
}
