package dev.candor.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.listener.TrainingListener;
import ai.djl.util.RandomUtils;
import dev.candor.losses.CompositeLoss;
import dev.candor.losses.CrossEntropyLoss;
import dev.candor.losses.SoftBinnedEceLoss;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GradientAccumulationTest {

    private static final double TOLERANCE = 1e-6;

    private Toy toy;

    @BeforeEach
    void makeData() {
        toy = new Toy(64);
    }

    @AfterEach
    void close() {
        toy.close();
    }

    @Test
    void hasTheGradientOfTheWholeBatch() throws Exception {
        float[] whole = gradient(null);
        for (int parts : new int[] {1, 3, 8, 100}) {
            assertThat(gradient(GradientAccumulation.of(parts)))
                    .containsExactly(whole, within((float) TOLERANCE));
        }
    }

    /** What is gained: the sum over the parts is another gradient. */
    @Test
    void theSumOfTheGradientsOfThePartsIsAnother() throws Exception {
        float[] whole = gradient(null);
        float[] summed = null;
        try (Model model = Toy.model(withoutDropout());
                Trainer trainer = Toy.trainer(model, config())) {
            for (Batch batch : trainer.iterateDataset(toy.dataset(8, false))) {
                EasyTrain.trainBatch(trainer, batch);
                batch.close();
            }
            summed = gradients(model);
        }
        double distance = 0;
        for (int i = 0; i < whole.length; i++) {
            distance = Math.max(distance, Math.abs(whole[i] - summed[i] / 8));
        }
        assertThat(distance).isGreaterThan(1e-3);
    }

    /** A part sees the same dropout when its logits are made and when they are differentiated. */
    @Test
    void repeatsTheDropoutOfEachPart() throws Exception {
        float[][] gradients = new float[2][];
        for (int run = 0; run < 2; run++) {
            Engine.getInstance().setRandomSeed(3);
            try (Model model = Toy.model();
                    Trainer trainer = Toy.trainer(model, config())) {
                for (Batch batch : trainer.iterateDataset(toy.dataset(64, false))) {
                    Engine.getInstance().setRandomSeed(9);
                    if (run == 0) {
                        GradientAccumulation.of(1).trainBatch(trainer, batch);
                    } else {
                        Engine.getInstance().setRandomSeed(RandomUtils.nextInt());
                        EasyTrain.trainBatch(trainer, batch);
                    }
                    batch.close();
                }
                gradients[run] = gradients(model);
            }
        }
        assertThat(gradients[0]).containsExactly(gradients[1], within((float) TOLERANCE));
    }

    @Test
    void trainsWithListenersAsEasyTrainDoes() throws Exception {
        CalibrationMonitor monitor = CalibrationMonitor.of();
        try (Model model = Toy.model(withoutDropout());
                Trainer trainer =
                        Toy.trainer(
                                model,
                                config().addTrainingListeners(TrainingListener.Defaults.basic())
                                        .addTrainingListeners(monitor))) {
            GradientAccumulation.of(4)
                    .fit(trainer, 3, toy.dataset(32, true), toy.dataset(64, false));
            List<CalibrationEpoch> history = monitor.history();
            assertThat(history).hasSize(3);
            assertThat(history.get(2).nll()).isLessThan(history.get(0).nll());
            assertThat(trainer.getTrainingResult().getTrainLoss()).isPositive();
        }
    }

    @Test
    void refusesNoParts() {
        assertThatThrownBy(() -> GradientAccumulation.of(0))
                .hasMessage("parts = 0, expected at least 1");
    }

    private float[] gradient(GradientAccumulation accumulation) throws Exception {
        try (Model model = Toy.model(withoutDropout());
                Trainer trainer = Toy.trainer(model, config())) {
            for (Batch batch : trainer.iterateDataset(toy.dataset(64, false))) {
                if (accumulation == null) {
                    EasyTrain.trainBatch(trainer, batch);
                } else {
                    accumulation.trainBatch(trainer, batch);
                }
                batch.close();
            }
            return gradients(model);
        }
    }

    private static float[] gradients(Model model) {
        NDList flat = new NDList();
        model.getBlock()
                .getParameters()
                .values()
                .forEach(parameter -> flat.add(parameter.getArray().getGradient().flatten()));
        NDArray all = NDArrays.concat(flat);
        return all.toFloatArray();
    }

    private static Block withoutDropout() {
        Engine.getInstance().setRandomSeed(2);
        return new SequentialBlock()
                .add(Linear.builder().setUnits(8).build())
                .add(Activation::relu)
                .add(Linear.builder().setUnits(Toy.CLASSES).build());
    }

    private static DefaultTrainingConfig config() {
        return new DefaultTrainingConfig(
                CompositeLoss.of(CrossEntropyLoss.of()).plus(1, SoftBinnedEceLoss.of()));
    }
}
