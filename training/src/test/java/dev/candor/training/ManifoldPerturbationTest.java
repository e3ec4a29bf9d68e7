package dev.candor.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import dev.candor.losses.CrossEntropyLoss;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ManifoldPerturbationTest {

    private static final double TOLERANCE = 1e-6;
    private static final double RADIUS = 0.05;

    private final ManifoldPerturbation perturbation = ManifoldPerturbation.of(RADIUS, RADIUS);
    private Toy toy;
    private Model model;
    private Trainer trainer;

    @BeforeEach
    void open() {
        toy = new Toy(16);
        model = Toy.model(Linear.builder().setUnits(Toy.CLASSES).build());
        trainer = Toy.trainer(model, new DefaultTrainingConfig(CrossEntropyLoss.of()));
    }

    @AfterEach
    void close() {
        trainer.close();
        model.close();
        toy.close();
    }

    @Test
    void offManifoldIsAStepAlongTheSignOfTheGradient() {
        NDArray moved = perturbation.offManifold(trainer, toy.features, toy.labels, this::logits);
        NDArray weight = model.getBlock().getParameters().valueAt(0).getArray().stopGradient();
        NDArray error = logits(toy.features).softmax(1).sub(toy.labels.oneHot(Toy.CLASSES));
        NDArray expected = toy.features.add(error.matMul(weight).sign().mul(RADIUS));
        assertThat(moved.toFloatArray())
                .containsExactly(expected.toFloatArray(), within((float) TOLERANCE));
        assertThat(nll(moved)).isGreaterThan(nll(toy.features));
    }

    @Test
    void onManifoldIsNearerToThePartnerWithinTheBall() {
        Engine.getInstance().setRandomSeed(2);
        NDArray moved = perturbation.onManifold(trainer, toy.features, this::logits);
        NDArray step = moved.sub(toy.features);
        assertThat(step.abs().max().getFloat()).isLessThanOrEqualTo((float) (RADIUS + TOLERANCE));
        assertThat(step.abs().mean().getFloat()).isGreaterThan((float) (RADIUS / 10));
        assertThat(distance(moved)).isLessThan(distance(toy.features));
    }

    @Test
    void theSeedDeterminesTheStep() {
        float[][] moved = new float[2][];
        for (int run = 0; run < 2; run++) {
            Engine.getInstance().setRandomSeed(2);
            moved[run] =
                    perturbation.onManifold(trainer, toy.features, this::logits).toFloatArray();
        }
        assertThat(moved[1]).containsExactly(moved[0]);
    }

    @Test
    void leavesTheGradientsOfTheParametersAlone() throws Exception {
        for (Batch batch : trainer.iterateDataset(toy.dataset(16, false))) {
            EasyTrain.trainBatch(trainer, batch);
            batch.close();
        }
        NDArray weight = model.getBlock().getParameters().valueAt(0).getArray();
        float[] before = weight.getGradient().toFloatArray();
        perturbation.offManifold(trainer, toy.features, toy.labels, this::logits);
        perturbation.onManifold(trainer, toy.features, this::logits);
        assertThat(weight.hasGradient()).isTrue();
        assertThat(weight.getGradient().toFloatArray()).containsExactly(before);
    }

    @Test
    void keepsNothingButTheResult() {
        int held = toy.manager.getManagedArrays().size();
        perturbation.onManifold(trainer, toy.features, this::logits).close();
        perturbation.offManifold(trainer, toy.features, toy.labels, this::logits).close();
        assertThat(toy.manager.getManagedArrays()).hasSize(held);
        assertThat(toy.features.hasGradient()).isFalse();
    }

    @Test
    void refusesRadiiThatAreNoRadii() {
        assertThatThrownBy(() -> ManifoldPerturbation.of(0, 1))
                .hasMessage("onRadius = 0.0, expected a finite value > 0");
    }

    private NDArray logits(NDArray embeddings) {
        return trainer.evaluate(new NDList(embeddings)).singletonOrThrow();
    }

    private float nll(NDArray embeddings) {
        return CrossEntropyLoss.of()
                .evaluate(new NDList(toy.labels), new NDList(logits(embeddings)))
                .getFloat();
    }

    private float distance(NDArray embeddings) {
        NDArray own = logits(embeddings);
        NDArray partner = logits(toy.features).flip(0);
        NDArray norms = own.norm(new int[] {1}).mul(partner.norm(new int[] {1}));
        return own.mul(partner).sum(new int[] {1}).div(norms).neg().add(1).mean().getFloat();
    }
}
