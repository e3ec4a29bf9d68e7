package dev.candor.benchmarks.suites;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.listener.EvaluatorTrainingListener;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Adam;
import ai.djl.translate.Batchifier;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Times steps of training: what {@link EasyTrain} does with a batch, so that the loss is evaluated
 * twice, for the gradient and for the report of the trainer, and a step of Adam.
 */
final class StepTimer implements AutoCloseable {

    private final List<Model> models = new ArrayList<>();
    private final List<Trainer> trainers = new ArrayList<>();
    private final NDManager manager;
    private final NDArray inputs;
    private final NDArray labels;
    private final int batch;
    private final Clock clock;

    /** Several members step one after another, from the same weights. */
    StepTimer(
            Workload workload,
            float dropout,
            Supplier<Loss> loss,
            int members,
            int batch,
            long seed,
            Device device,
            Clock clock) {
        this.batch = batch;
        this.clock = clock;
        this.manager = NDManager.newBaseManager(device);
        this.inputs = workload.inputs(batch, seed, manager);
        this.labels = Workload.labels(batch, seed, manager);
        for (int member = 0; member < members; member++) {
            Engine.getInstance().setRandomSeed((int) seed);
            Model model = Model.newInstance("step", device);
            model.setBlock(workload.network().apply(dropout));
            Trainer trainer =
                    model.newTrainer(
                            new DefaultTrainingConfig(loss.get())
                                    .optDevices(new Device[] {device})
                                    .optOptimizer(Adam.builder().build())
                                    .addTrainingListeners(new EvaluatorTrainingListener()));
            trainer.initialize(workload.inputs(batch));
            trainer.notifyListeners(listener -> listener.onTrainingBegin(trainer));
            models.add(model);
            trainers.add(trainer);
        }
    }

    /** Returns the median seconds of a step, of all members together. */
    double run(int steps) {
        double[] seconds = new double[steps];
        for (int step = 0; step < steps; step++) {
            double start = clock.seconds();
            for (Trainer trainer : trainers) {
                try (Batch part = batch(trainer)) {
                    EasyTrain.trainBatch(trainer, part);
                    trainer.step();
                }
            }
            finish();
            seconds[step] = clock.seconds() - start;
        }
        return Spread.median(seconds);
    }

    /** A GPU works on while the program goes on: reading a value waits for it. */
    private void finish() {
        if (inputs.getDevice().isGpu()) {
            Model last = models.get(models.size() - 1);
            last.getBlock().getParameters().valueAt(0).getArray().sum().toFloatArray();
        }
    }

    private Batch batch(Trainer trainer) {
        return new Batch(
                trainer.getManager().newSubManager(),
                new NDList(inputs.duplicate()),
                new NDList(labels.duplicate()),
                batch,
                Batchifier.STACK,
                Batchifier.STACK,
                0,
                1);
    }

    @Override
    public void close() {
        trainers.forEach(Trainer::close);
        models.forEach(Model::close);
        manager.close();
    }
}
