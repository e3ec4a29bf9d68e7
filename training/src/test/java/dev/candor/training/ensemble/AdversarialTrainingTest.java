package dev.candor.training.ensemble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.nn.core.Linear;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import dev.candor.losses.CrossEntropyLoss;
import org.junit.jupiter.api.Test;

class AdversarialTrainingTest {

    private static final float TOLERANCE = 1e-6f;
    private static final float STEP = 0.3f;
    private static final float RATE = 0.1f;

    /** One update of a linear network, by hand: both losses at the weights from before. */
    @Test
    void stepsAlongTheGradientOfBothLosses() throws Exception {
        try (Toy toy = new Toy();
                Model model = Model.newInstance("linear")) {
            Block linear = Linear.builder().setUnits(Toy.CLASSES).optBias(false).build();
            model.setBlock(linear);
            ArrayDataset dataset =
                    new ArrayDataset.Builder()
                            .setData(toy.features)
                            .optLabels(toy.labels)
                            .setSampling(Toy.ROWS, false)
                            .build();
            try (Trainer trainer = model.newTrainer(Toy.config())) {
                trainer.initialize(Toy.INPUT);
                NDArray start = weights(model).duplicate();
                NDArray input = toy.features.duplicate();
                NDArray first = gradient(toy, start, input);
                NDArray moved = toy.features.add(input.getGradient().sign().mul(STEP));
                NDArray second = gradient(toy, start, moved);
                NDArray expected = start.sub(first.add(second).mul(RATE));
                new AdversarialTraining(STEP).fit(trainer, 1, dataset, null);
                assertThat(weights(model).toFloatArray())
                        .containsExactly(expected.toFloatArray(), within(TOLERANCE));
            }
        }
    }

    private static NDArray weights(Model model) {
        return model.getBlock().getParameters().valueAt(0).getArray();
    }

    private static NDArray gradient(Toy toy, NDArray start, NDArray input) {
        NDArray weights = start.duplicate();
        weights.setRequiresGradient(true);
        input.setRequiresGradient(true);
        try (GradientCollector collector = toy.manager.getEngine().newGradientCollector()) {
            NDArray logits = input.matMul(weights.transpose());
            collector.backward(
                    CrossEntropyLoss.of().evaluate(new NDList(toy.labels), new NDList(logits)));
        }
        return weights.getGradient();
    }
}
