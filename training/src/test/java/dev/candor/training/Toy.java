package dev.candor.training;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.Dropout;
import ai.djl.training.Trainer;
import ai.djl.training.TrainingConfig;
import ai.djl.training.dataset.ArrayDataset;

/** Noisy samples of three classes, and a small network for them. */
final class Toy implements AutoCloseable {

    static final int FEATURES = 5;
    static final int CLASSES = 3;
    static final Shape INPUT = new Shape(1, FEATURES);

    final NDManager manager = NDManager.newBaseManager();
    final NDArray features;
    final NDArray labels;

    Toy(int samples) {
        Engine.getInstance().setRandomSeed(7);
        features = manager.randomNormal(new Shape(samples, FEATURES));
        NDArray scores =
                features.get(":, :3").add(manager.randomNormal(new Shape(samples, CLASSES)));
        labels = scores.argMax(1);
        Engine.getInstance().setRandomSeed(1);
    }

    ArrayDataset dataset(int batch, boolean shuffle) {
        return new ArrayDataset.Builder()
                .setData(features)
                .optLabels(labels)
                .setSampling(batch, shuffle)
                .build();
    }

    static Block network() {
        return new SequentialBlock()
                .add(Linear.builder().setUnits(8).build())
                .add(Activation::relu)
                .add(Dropout.builder().optRate(0.2f).build())
                .add(Linear.builder().setUnits(CLASSES).build());
    }

    static Model model() {
        return model(network());
    }

    static Model model(Block block) {
        Model model = Model.newInstance("toy");
        model.setBlock(block);
        return model;
    }

    static Trainer trainer(Model model, TrainingConfig config) {
        Trainer trainer = model.newTrainer(config);
        trainer.initialize(INPUT);
        return trainer;
    }

    /** All parameters of a model, one after the other. */
    static float[] weights(Model model) {
        NDList flat = new NDList();
        model.getBlock()
                .getParameters()
                .values()
                .forEach(
                        parameter ->
                                flat.add(
                                        parameter
                                                .getArray()
                                                .stopGradient()
                                                .flatten()
                                                .toType(DataType.FLOAT32, true)));
        return NDArrays.concat(flat).toFloatArray();
    }

    @Override
    public void close() {
        manager.close();
    }
}
