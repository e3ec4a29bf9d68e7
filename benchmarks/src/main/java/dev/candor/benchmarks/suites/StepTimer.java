package dev.candor.benchmarks.suites;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.listener.EvaluatorTrainingListener;
import ai.djl.training.optimizer.Adam;
import ai.djl.translate.Batchifier;
import java.util.ArrayList;
import java.util.List;

/**
 * Times steps of training: what {@link EasyTrain} does with a batch, so that the loss is evaluated
 * twice, for the gradient and for the report of the trainer, and a step of Adam.
 *
 * <p>That report reads float32 and refuses any other type, so with another type it is left out.
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
            TrainingWay way,
            int batch,
            DataType type,
            long seed,
            Device device,
            Clock clock) {
        this.batch = batch;
        this.clock = clock;
        this.manager = NDManager.newBaseManager(device);
        try {
            NDArray made = workload.inputs(batch, seed, manager);
            this.inputs = made.toType(type, false);
            this.labels = Workload.labels(batch, seed, manager);
            for (int member = 0; member < way.members(); member++) {
                add(workload, way, type, seed, device);
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private void add(Workload workload, TrainingWay way, DataType type, long seed, Device device) {
        // Of dropout.
        Engine.getInstance().setRandomSeed((int) seed);
        Model model = Model.newInstance("step", device);
        models.add(model);
        model.setDataType(type);
        model.setBlock(workload.block(way.dropout(), seed));
        DefaultTrainingConfig config =
                new DefaultTrainingConfig(way.loss().get())
                        .optDevices(new Device[] {device})
                        .optOptimizer(Adam.builder().build());
        if (way.reported() && type == DataType.FLOAT32) {
            config.addTrainingListeners(new EvaluatorTrainingListener());
        }
        Trainer trainer = model.newTrainer(config);
        trainers.add(trainer);
        trainer.initialize(workload.inputs(batch));
        trainer.notifyListeners(listener -> listener.onTrainingBegin(trainer));
    }

    /** Returns the median seconds of a step, of all members together. */
    double run(int steps) {
        double[] seconds = new double[steps];
        for (int step = 0; step < steps; step++) {
            double start = clock.seconds();
            step();
            finish();
            seconds[step] = clock.seconds() - start;
        }
        return Spread.median(seconds);
    }

    /** One step of each member, after which a GPU may still be at work. */
    void step() {
        for (Trainer trainer : trainers) {
            try (Batch part = batch(trainer)) {
                EasyTrain.trainBatch(trainer, part);
                trainer.step();
            }
        }
    }

    /** The loss of the first member at its present weights, on the batch that it is trained on. */
    double loss() {
        Trainer trainer = trainers.get(0);
        try (Batch part = batch(trainer)) {
            NDList predictions = trainer.forward(part.getData(), part.getLabels());
            predictions.attach(part.getManager());
            NDArray loss = trainer.getLoss().evaluate(part.getLabels(), predictions);
            loss.attach(part.getManager());
            return loss.toType(DataType.FLOAT64, false).getDouble();
        }
    }

    /** A GPU works on while the program goes on: reading a value waits for it. */
    private void finish() {
        if (inputs.getDevice().isGpu()) {
            Model last = models.get(models.size() - 1);
            NDArray weights = last.getBlock().getParameters().valueAt(0).getArray();
            try (NDArray sum = weights.sum();
                    NDArray read = sum.toType(DataType.FLOAT64, false)) {
                read.getDouble();
            }
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
