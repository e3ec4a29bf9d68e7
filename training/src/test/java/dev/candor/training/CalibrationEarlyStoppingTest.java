package dev.candor.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Model;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.listener.EarlyStoppingListener.EarlyStoppedException;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import dev.candor.losses.CrossEntropyLoss;
import java.util.List;
import org.junit.jupiter.api.Test;

class CalibrationEarlyStoppingTest {

    private static final int MANY = 60;

    @Test
    void stopsWhenNoEpochIsBetterForAsLongAsItsPatience() throws Exception {
        for (Criterion criterion : Criterion.values()) {
            CalibrationMonitor monitor = CalibrationMonitor.of();
            CalibrationEarlyStopping stopping =
                    CalibrationEarlyStopping.builder()
                            .optCriterion(criterion)
                            .optPatience(2)
                            .build();
            try (Toy toy = new Toy(64);
                    Model model = Toy.model();
                    Trainer trainer =
                            Toy.trainer(model, config().addTrainingListeners(stopping, monitor))) {
                assertThatThrownBy(
                                () ->
                                        EasyTrain.fit(
                                                trainer,
                                                MANY,
                                                toy.dataset(32, true),
                                                toy.dataset(64, false)))
                        .isInstanceOf(EarlyStoppedException.class)
                        .hasMessageStartingWith(criterion.toString())
                        .hasMessageEndingWith("was not bettered in 2 epochs");
                List<CalibrationEpoch> history = monitor.history();
                assertThat(criterion.best(history, 0).epoch()).isEqualTo(history.size() - 2);
            }
        }
    }

    @Test
    void isAnEndLikeAnyOtherForCalibrationTraining() throws Exception {
        try (Toy toy = new Toy(64);
                Model model = Toy.model();
                Trainer trainer =
                        Toy.trainer(
                                model,
                                config().addTrainingListeners(
                                                CalibrationMonitor.of(),
                                                CalibrationEarlyStopping.of(1)))) {
            assertThat(
                            CalibrationTraining.fit(
                                    trainer, MANY, toy.dataset(32, true), toy.dataset(64, false)))
                    .hasSizeBetween(2, MANY - 1);
        }
    }

    @Test
    void wantsImprovementsOfTheLeastSize() {
        List<CalibrationEpoch> epochs =
                List.of(epoch(1, 0.5), epoch(2, 0.49), epoch(3, 0.48), epoch(4, 0.3));
        assertThat(Criterion.REFINEMENT.best(epochs.subList(0, 3), 0).epoch()).isEqualTo(3);
        assertThat(Criterion.REFINEMENT.best(epochs.subList(0, 3), 0.1).epoch()).isEqualTo(1);
        assertThat(Criterion.REFINEMENT.best(epochs, 0.1).epoch()).isEqualTo(4);
    }

    @Test
    void aNumberIsBetterThanNone() {
        assertThat(
                        Criterion.REFINEMENT
                                .best(List.of(epoch(1, Double.NaN), epoch(2, 0.5)), 0)
                                .epoch())
                .isEqualTo(2);
        assertThat(
                        Criterion.REFINEMENT
                                .best(List.of(epoch(1, 0.5), epoch(2, Double.NaN)), 0)
                                .epoch())
                .isEqualTo(1);
    }

    @Test
    void refusesPatienceBelowOne() {
        assertThatThrownBy(() -> CalibrationEarlyStopping.of(0))
                .hasMessage("patience = 0, expected at least 1");
    }

    private static CalibrationEpoch epoch(int number, double refinement) {
        return new CalibrationEpoch(number, 0, 0, 0, 0, 1, refinement);
    }

    private static DefaultTrainingConfig config() {
        return new DefaultTrainingConfig(CrossEntropyLoss.of())
                .optOptimizer(Optimizer.adam().optLearningRateTracker(Tracker.fixed(0.1f)).build());
    }
}
