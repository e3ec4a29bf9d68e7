package dev.candor.training.ensemble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.training.EasyTrain;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.listener.TrainingListenerAdapter;
import dev.candor.uncertainty.PredictiveDistribution;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StochasticWeightAveragingTest {

    private static final double GOLDEN_TOLERANCE = 1e-9;
    private static final float TOLERANCE = 1e-5f;
    private static final double SAMPLING = 0.1;

    private Toy toy;

    @BeforeEach
    void open() {
        toy = new Toy();
    }

    @AfterEach
    void close() {
        toy.close();
    }

    private List<double[]> train(Model model, int epochs, TrainingListener listener)
            throws Exception {
        List<double[]> weights = new ArrayList<>();
        model.setBlock(Toy.network());
        try (Trainer trainer =
                model.newTrainer(
                        Toy.config()
                                .addTrainingListeners(
                                        listener,
                                        new TrainingListenerAdapter() {
                                            @Override
                                            public void onEpoch(Trainer trainer) {
                                                weights.add(WeightMoments.read(model));
                                            }
                                        }))) {
            trainer.initialize(Toy.INPUT);
            EasyTrain.fit(trainer, epochs, toy.dataset(true), null);
        }
        return weights;
    }

    @Test
    void averagesTheWeightsOfTheLastEpochs() throws Exception {
        StochasticWeightAveraging averaging = StochasticWeightAveraging.of(3);
        try (Model model = Model.newInstance("toy")) {
            List<double[]> weights = train(model, 5, averaging);
            assertThat(averaging.collected()).isEqualTo(3);
            averaging.applyTo(model, toy.dataset(false));
            double[] found = WeightMoments.read(model);
            for (int i = 0; i < found.length; i++) {
                double sum = weights.get(2)[i] + weights.get(3)[i] + weights.get(4)[i];
                assertThat(found[i]).isCloseTo(sum / 3, within((double) TOLERANCE));
            }
        }
    }

    @Test
    void runningStatisticsBecomeTheMeanOverBatches() throws Exception {
        try (Model model = toy.model()) {
            BatchStatistics.refresh(model, toy.dataset(false));
            BatchNorm norm = (BatchNorm) model.getBlock().getChildren().valueAt(1);
            float[] mean = statistic(norm, Parameter.Type.RUNNING_MEAN);
            float[] variance = statistic(norm, Parameter.Type.RUNNING_VAR);
            NDArray hidden =
                    model.getBlock()
                            .getChildren()
                            .valueAt(0)
                            .forward(
                                    new ParameterStore(toy.manager, false),
                                    new NDList(toy.features),
                                    false)
                            .head()
                            .reshape(-1, Toy.BATCH, 8);
            NDArray means = hidden.mean(new int[] {1}, true);
            NDArray variances = hidden.sub(means).square().sum(new int[] {1}).div(Toy.BATCH - 1);
            assertThat(mean)
                    .containsExactly(
                            means.squeeze(1).mean(new int[] {0}).toFloatArray(), within(TOLERANCE));
            assertThat(variance)
                    .containsExactly(
                            variances.mean(new int[] {0}).toFloatArray(), within(TOLERANCE));
        }
    }

    private static float[] statistic(BatchNorm norm, Parameter.Type type) {
        return norm.getDirectParameters().values().stream()
                .filter(parameter -> parameter.getType() == type)
                .findFirst()
                .orElseThrow()
                .getArray()
                .toFloatArray();
    }

    @Test
    void statisticsStayAsTheyWereAfterAnException() throws Exception {
        try (Model model = toy.model()) {
            Map<String, float[]> before = Toy.parameters(model);
            NDArray wrong = toy.manager.ones(new Shape(8, 2));
            assertThatThrownBy(
                            () ->
                                    BatchStatistics.refresh(
                                            model,
                                            new ArrayDataset.Builder()
                                                    .setData(wrong)
                                                    .setSampling(4, false)
                                                    .build()))
                    .isInstanceOf(Exception.class);
            Toy.parameters(model)
                    .forEach(
                            (name, values) ->
                                    assertThat(values).as(name).isEqualTo(before.get(name)));
        }
    }

    /** Golden values: snapshots 1, 2 and 4, by hand. */
    @Test
    void reproducesTheGoldenMoments() {
        WeightMoments moments = new WeightMoments(20);
        for (double weight : new double[] {1, 2, 4}) {
            moments.add(new double[] {weight});
        }
        assertThat(moments.mean()[0]).isCloseTo(2.3333333333, within(GOLDEN_TOLERANCE));
        assertThat(moments.variance()[0]).isCloseTo(1.5555555556, within(GOLDEN_TOLERANCE));
    }

    @Test
    void drawsHaveTheCovarianceOfTheFormula() {
        double[][] weights = {{1, 5}, {2, 3}, {4, 4}, {3, 9}};
        WeightMoments moments = new WeightMoments(3);
        Arrays.stream(weights).forEach(moments::add);
        // Deviations from the mean up to each, of which the last three count.
        double[][] columns = {{.5, -1}, {4 - 7 / 3., 0}, {.5, 9 - 21 / 4.}};
        double[] expected = {moments.variance()[0] / 2, 0, moments.variance()[1] / 2};
        for (double[] d : columns) {
            expected[0] += d[0] * d[0] / 4;
            expected[1] += d[0] * d[1] / 4;
            expected[2] += d[1] * d[1] / 4;
        }
        int draws = 40_000;
        double[] found = new double[3];
        SplittableRandom random = new SplittableRandom(1);
        for (int draw = 0; draw < draws; draw++) {
            double[] weight = moments.draw(0.5, random);
            double a = weight[0] - moments.mean()[0];
            double b = weight[1] - moments.mean()[1];
            found[0] += a * a / draws;
            found[1] += a * b / draws;
            found[2] += b * b / draws;
        }
        assertThat(found).containsExactly(expected, within(SAMPLING));
    }

    @Test
    void predictsByDrawsAndEndsAtTheMean() throws Exception {
        StochasticWeightAveragingGaussian gaussian = StochasticWeightAveragingGaussian.of(2);
        try (Model model = Model.newInstance("toy")) {
            train(model, 5, gaussian);
            int before = toy.manager.getManagedArrays().size();
            PredictiveDistribution distribution =
                    gaussian.predict(model, toy.features, toy.dataset(false), 6, 1);
            assertThat(toy.manager.getManagedArrays()).hasSize(before + 2);
            assertThat(distribution.samples()).isEqualTo(6);
            assertThat(distribution.mutualInformation().max().getDouble()).isPositive();
            double[] mean = gaussian.moments().mean();
            assertThat(WeightMoments.read(model)).containsExactly(mean, within(1e-6));
            double[] again =
                    gaussian.predict(model, toy.features, toy.dataset(false), 6, 1)
                            .probabilities()
                            .toDoubleArray();
            assertThat(again).isEqualTo(distribution.probabilities().toDoubleArray());
        }
    }

    @Test
    void aScaleOfZeroDrawsTheMean() throws Exception {
        StochasticWeightAveragingGaussian gaussian = StochasticWeightAveragingGaussian.of(1, 0, 0);
        try (Model model = Model.newInstance("toy")) {
            train(model, 3, gaussian);
            gaussian.drawInto(model, toy.dataset(false), 5);
            assertThat(WeightMoments.read(model))
                    .containsExactly(gaussian.moments().mean(), within(1e-6));
        }
    }

    @Test
    void refusesBeforeAnyWeightsAreCollected() {
        StochasticWeightAveraging averaging = StochasticWeightAveraging.of(4);
        try (Model model = toy.model()) {
            assertThatThrownBy(() -> averaging.applyTo(model, toy.dataset(false)))
                    .hasMessage("no weights collected: 0 epochs seen, the first to count is 4");
        }
        assertThatThrownBy(() -> StochasticWeightAveraging.of(0))
                .hasMessage("firstEpoch = 0, expected at least 1");
        assertThatThrownBy(() -> StochasticWeightAveragingGaussian.of(1, -1, .5))
                .hasMessage("columns = -1, expected at least 0");
    }

    @Test
    void refusesAnotherNetwork() throws Exception {
        StochasticWeightAveraging averaging = StochasticWeightAveraging.of(1);
        try (Model model = Model.newInstance("toy");
                Model other = Model.newInstance("other")) {
            train(model, 1, averaging);
            other.setBlock(Linear.builder().setUnits(2).build());
            other.getBlock().initialize(other.getNDManager(), DataType.FLOAT32, Toy.INPUT);
            double[] before = WeightMoments.read(other);
            assertThatThrownBy(() -> averaging.applyTo(other, toy.dataset(false)))
                    .hasMessage("model 'other' has 12 weights, 91 were collected");
            assertThat(WeightMoments.read(other)).isEqualTo(before);
        }
    }
}
