package dev.candor.training.ensemble;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import dev.candor.losses.CrossEntropyLoss;
import java.util.LinkedHashMap;
import java.util.Map;

/** A small problem: 64 samples of 5 features in 3 classes. */
final class Toy implements AutoCloseable {

    static final int ROWS = 64;
    static final int BATCH = 16;
    static final int FEATURES = 5;
    static final int CLASSES = 3;
    static final Shape INPUT = new Shape(1, FEATURES);

    final NDManager manager = NDManager.newBaseManager();
    final NDArray features;
    final NDArray labels;

    Toy() {
        Engine.getInstance().setRandomSeed(7);
        features = manager.randomNormal(new Shape(ROWS, FEATURES)).add(0.5f);
        NDArray noise = manager.randomNormal(new Shape(ROWS, CLASSES));
        labels = features.get(":, :3").add(noise).argMax(1);
    }

    static Block network() {
        return new SequentialBlock()
                .add(Linear.builder().setUnits(8).build())
                .add(BatchNorm.builder().optMomentum(0.7f).build())
                .add(Activation::relu)
                .add(Linear.builder().setUnits(CLASSES).build());
    }

    static DefaultTrainingConfig config() {
        return new DefaultTrainingConfig(CrossEntropyLoss.of())
                .optOptimizer(sgd(Tracker.fixed(0.1f)));
    }

    static Optimizer sgd(Tracker rate) {
        return Optimizer.sgd().setLearningRateTracker(rate).build();
    }

    ArrayDataset dataset(boolean shuffle) {
        return new ArrayDataset.Builder()
                .setData(features)
                .optLabels(labels)
                .setSampling(BATCH, shuffle)
                .build();
    }

    Model model() {
        Model model = Model.newInstance("toy");
        model.setBlock(network());
        model.getBlock().initialize(model.getNDManager(), DataType.FLOAT32, INPUT);
        return model;
    }

    static Map<String, float[]> parameters(Model model) {
        Map<String, float[]> values = new LinkedHashMap<>();
        model.getBlock()
                .getParameters()
                .forEach(p -> values.put(p.getKey(), p.getValue().getArray().toFloatArray()));
        return values;
    }

    @Override
    public void close() {
        manager.close();
    }
}
