package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClassForecastsTest {

    private static final double TOLERANCE = 1e-12;

    private final NDManager manager = NDManager.newBaseManager();

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void classesAreForecastsAgainstTheRest() {
        ClassForecasts classes = PostHocData.A.classes();
        assertThat(classes.classes()).isEqualTo(3);
        assertThat(classes.size()).isEqualTo(12);
        Forecasts second = classes.ofClass(1);
        assertThat(second.outcomes()[1]).isTrue();
        assertThat(second.outcomes()[0]).isFalse();
        assertThat(classes.together().size()).isEqualTo(36);
        double sum = 0;
        for (int k = 0; k < 3; k++) {
            sum += classes.ofClass(k).probabilities()[7];
        }
        assertThat(sum).isCloseTo(1, within(TOLERANCE));
        assertThatThrownBy(() -> classes.ofClass(3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("class = 3, expected 0..2");
    }

    @Test
    void classesOfTokensLeaveOutThoseThatDoNotCount() {
        ClassForecasts tokens =
                ClassForecasts.ofLogits(
                        PostHocData.A.logits(manager).reshape(3, 4, 3),
                        manager.create(
                                new long[] {0, -100, 1, 2, 2, 2, 0, 1, 0, 0, 1, -100},
                                new Shape(3, 4)));
        assertThat(tokens.size()).isEqualTo(10);
        assertThat(tokens.ofClass(0).probability(1))
                .isEqualTo(PostHocData.A.classes().ofClass(0).probability(2));
    }

    @Test
    void severalLabelsAreForecastsEachAndTogether() {
        NDArray logits = manager.create(new float[][] {{0, 2}, {-1, 1}, {3, -2}});
        NDArray labels = manager.create(new long[][] {{0, 1}, {0, 1}, {1, 1}});
        ClassForecasts classes = ClassForecasts.ofMultiLabelLogits(logits, labels);
        assertThat(classes.ofClass(1).outcomes()).containsExactly(true, true, true);
        assertThat(classes.ofClass(0).probabilities()[0]).isEqualTo(.5);
        assertThat(classes.ofClass(0).probabilities()[2])
                .isCloseTo(1 / (1 + Math.exp(-3)), within(TOLERANCE));
        assertThat(ExpectedCalibrationError.of().measure(classes.together()))
                .isCloseTo(
                        ExpectedCalibrationError.of().measure(Forecasts.ofLogits(logits, labels)),
                        within(TOLERANCE));
    }

    @Test
    void refusesLabelsWithoutAnAxis() {
        NDArray logits = manager.create(new double[] {-1, 2});
        assertThatThrownBy(
                        () ->
                                ClassForecasts.ofMultiLabelLogits(
                                        logits, manager.create(new long[] {0, 1})))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected [N, L]");
    }
}
