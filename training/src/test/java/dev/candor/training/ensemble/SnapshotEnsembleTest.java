package dev.candor.training.ensemble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.tracker.Tracker;
import dev.candor.uncertainty.DeepEnsemble;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotEnsembleTest {

    private static final float TOLERANCE = 1e-7f;

    @TempDir private Path directory;

    @Test
    void theRateFallsAndRestarts() {
        Tracker tracker = CyclicCosineTracker.of(0.2, 4);
        float[] expected = {0.2f, 0.17071068f, 0.1f, 0.029289322f};
        for (int update = 1; update <= 12; update++) {
            assertThat(tracker.getNewValue(update))
                    .isCloseTo(expected[(update - 1) % 4], within(TOLERANCE));
        }
    }

    @Test
    void writesAMemberAtTheEndOfEachCycle() throws Exception {
        try (Toy toy = new Toy();
                Model model = Model.newInstance("toy")) {
            model.setBlock(Toy.network());
            // Four updates an epoch: cycles end within epochs and with them.
            SnapshotEnsemble snapshots = SnapshotEnsemble.of(directory, 6);
            try (Trainer trainer =
                    model.newTrainer(
                            Toy.config()
                                    .optOptimizer(Toy.sgd(snapshots.tracker(.2)))
                                    .addTrainingListeners(snapshots))) {
                trainer.initialize(Toy.INPUT);
                EasyTrain.fit(trainer, 1, toy.dataset(false), null);
                assertThat(snapshots.members()).isZero();
                EasyTrain.fit(trainer, 1, toy.dataset(false), null);
                assertThat(snapshots.members()).isEqualTo(1);
                EasyTrain.fit(trainer, 1, toy.dataset(false), null);
                assertThat(snapshots.members()).isEqualTo(2);
            }
            assertThat(model.getProperties()).isEmpty();
            try (DeepEnsemble ensemble = DeepEnsemble.load(directory, Toy::network);
                    Model last = Model.newInstance("member-01")) {
                assertThat(ensemble.size()).isEqualTo(2);
                assertThat(ensemble.predict(toy.features).mutualInformation().max().getDouble())
                        .isPositive();
                last.setBlock(Toy.network());
                last.load(directory, "member-01");
                Map<String, float[]> expected = Toy.parameters(model);
                Toy.parameters(last)
                        .forEach(
                                (name, values) ->
                                        assertThat(values).as(name).isEqualTo(expected.get(name)));
                assertThat(last.getProperty("updates")).isEqualTo("12");
            }
        }
    }

    @Test
    void refusesBadCycles() {
        assertThatThrownBy(() -> SnapshotEnsemble.of(directory, 0))
                .hasMessage("updatesPerCycle = 0, expected at least 1");
        assertThatThrownBy(() -> CyclicCosineTracker.of(0, 3))
                .hasMessage("start = 0.0, expected a finite value > 0");
    }
}
