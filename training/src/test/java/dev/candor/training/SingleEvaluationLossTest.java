package dev.candor.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.metric.Metrics;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.loss.Loss;
import ai.djl.training.loss.SoftmaxCrossEntropyLoss;
import dev.candor.losses.CompositeLoss;
import dev.candor.losses.CrossEntropyLoss;
import dev.candor.losses.SoftBinnedEceLoss;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SingleEvaluationLossTest {

    private static final double TOLERANCE = 1e-6;
    private static final List<String> REPORTS =
            List.of("train_epoch_", "train_progress_", "train_all_", "validate_epoch_");

    @Test
    void reportsWhatTheLossReports() throws Exception {
        Loss loss = Loss.softmaxCrossEntropyLoss();
        reportsTheSame(loss, SingleEvaluationLoss.of(loss));
        Loss composite = CompositeLoss.of(CrossEntropyLoss.of()).plus(1, SoftBinnedEceLoss.of());
        reportsTheSame(composite, SingleEvaluationLoss.of(composite));
    }

    private static void reportsTheSame(Loss loss, Loss once) throws Exception {
        Metrics expected = train(loss);
        Metrics actual = train(once);
        for (String report : REPORTS) {
            String name = report + loss.getName();
            assertThat(actual.getMetric(name)).hasSameSizeAs(expected.getMetric(name));
            for (int i = 0; i < expected.getMetric(name).size(); i++) {
                assertThat(actual.getMetric(name).get(i).getValue())
                        .as("%s, entry %d", name, i)
                        .isCloseTo(expected.getMetric(name).get(i).getValue(), within(TOLERANCE));
            }
        }
    }

    @Test
    void isEvaluatedOnceForEachBatch() throws Exception {
        Counting loss = new Counting();
        train(SingleEvaluationLoss.of(loss));
        // 2 epochs of 4 training batches and 2 validation batches.
        assertThat(loss.evaluations).isEqualTo(2 * (4 + 2));
    }

    @Test
    void joinsTheSharesOfAllDevices() {
        SingleEvaluationLoss once = SingleEvaluationLoss.of(Loss.softmaxCrossEntropyLoss());
        once.addAccumulator("train");
        try (Toy toy = new Toy(64)) {
            NDArray logits = toy.features.get(":, :3");
            double expected = 0;
            List<NDList> outputs = new ArrayList<>();
            List<NDList> labels = new ArrayList<>();
            for (String share : List.of(":20", "20:")) {
                outputs.add(new NDList(logits.get(share)));
                labels.add(new NDList(toy.labels.get(share)));
            }
            for (int share = 0; share < 2; share++) {
                expected += once.evaluate(labels.get(share), outputs.get(share)).getFloat() / 2;
            }
            for (int share = 1; share >= 0; share--) {
                once.updateAccumulator("train", labels.get(share), outputs.get(share));
            }
            assertThat((double) once.getAccumulator("train"))
                    .isCloseTo(expected, within(TOLERANCE));
        }
    }

    @Test
    void keepsNothingWhereNobodyAsks() throws Exception {
        SingleEvaluationLoss loss = SingleEvaluationLoss.of(Loss.softmaxCrossEntropyLoss());
        try (Toy toy = new Toy(64);
                Model model = Toy.model();
                Trainer trainer = Toy.trainer(model, new DefaultTrainingConfig(loss))) {
            EasyTrain.fit(trainer, 1, toy.dataset(16, false), null);
            int held = trainer.getManager().getManagedArrays().size();
            EasyTrain.fit(trainer, 3, toy.dataset(16, false), null);
            assertThat(trainer.getManager().getManagedArrays()).hasSize(held);
        }
    }

    private static Metrics train(Loss loss) throws Exception {
        Metrics metrics = new Metrics();
        try (Toy toy = new Toy(64);
                Model model = Toy.model();
                Trainer trainer =
                        Toy.trainer(
                                model,
                                new DefaultTrainingConfig(loss)
                                        .addTrainingListeners(TrainingListener.Defaults.basic()))) {
            trainer.setMetrics(metrics);
            Engine.getInstance().setRandomSeed(4);
            EasyTrain.fit(trainer, 2, toy.dataset(16, true), toy.dataset(32, false));
        }
        return metrics;
    }

    private static final class Counting extends SoftmaxCrossEntropyLoss {

        private int evaluations;

        @Override
        public NDArray evaluate(NDList labels, NDList predictions) {
            evaluations++;
            return super.evaluate(labels, predictions);
        }
    }
}
