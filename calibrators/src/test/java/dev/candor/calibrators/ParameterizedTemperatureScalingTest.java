package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import org.junit.jupiter.api.Test;

class ParameterizedTemperatureScalingTest extends NeuralContract {

    @Override
    ParameterizedTemperatureScaling.Builder builder() {
        return ParameterizedTemperatureScaling.builder().optTop(3).optMaxIterations(10);
    }

    @Override
    Block block(long classes) {
        return builder().block(classes);
    }

    /** Golden values: torch 2.13 in float64, as the authors' code computes. */
    @Test
    void reproducesTheGoldenTemperatures() {
        NDArray logits = manager.create(new double[] {2, -1, .5, 3, 0, .2, 1, -2}, new Shape(2, 4));
        NDList arrays =
                new NDList(
                        manager.create(new double[] {.2, -.1, .3, -.4, .5, .1}, new Shape(2, 3)),
                        manager.create(new double[] {.1, .2}),
                        manager.create(new double[] {.7, -.3}, new Shape(1, 2)),
                        manager.create(new double[] {.9}));
        NDArray mapped = TemperatureNetwork.of(4, 3, new int[] {2}).map(logits, null, arrays);
        int[] row = {1};
        NDArray temperatures = logits.max(row).div(mapped.max(row));
        assertThat(values(temperatures)).containsExactly(new double[] {1.34, 1.096}, within(1e-12));
        assertThat(values(mapped.softmax(1)))
                .containsExactly(
                        new double[] {
                            .2823123554, .0300904586, .0921678265, .5954293595,
                            .2061110612, .2473728982, .5132812367, .0332348039
                        },
                        within(1e-10));
        Batch batch = new Batch(logits, null, manager.create(new long[] {3, 2}), null);
        double meanOverClasses = batch.losses(mapped, Objective.BRIER).mean().getDouble() / 4;
        assertThat(meanOverClasses).isCloseTo(.0743066050141, within(1e-12));
    }

    @Test
    void aTemperatureIsNeverZero() {
        NDList arrays =
                new NDList(
                        manager.create(new double[2], new Shape(1, 2)),
                        manager.create(new double[1]));
        NDArray logits = manager.create(new double[] {1, 2}, new Shape(1, 2));
        NDArray mapped = TemperatureNetwork.of(2, 2, new int[0]).map(logits, null, arrays);
        assertThat(values(mapped)).containsExactly(new double[] {1000, 2000}, within(1e-9));
    }

    @Test
    void seesAllLogitsWhereThereAreFew() {
        Calibrator calibrator =
                ParameterizedTemperatureScaling.builder()
                        .optMaxIterations(1)
                        .fit(logits(DataSets.b()), labels(DataSets.b()));
        assertThat(calibrator.summary().parameters().get("temperatureWeights0")).hasSize(5 * 4);
        refusesOption(() -> builder().optTop(0), "top = 0, expected at least 1");
    }
}
