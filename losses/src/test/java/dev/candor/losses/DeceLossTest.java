package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.training.loss.Loss;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeceLossTest extends LossContract {

    @Override
    Map<String, Loss> goldens() {
        return Map.of("DECE M=15 t_a=100 t_b=0.01", DeceLoss.of());
    }

    @Override
    Loss loss() {
        return DeceLoss.of();
    }

    @Override
    boolean takesDistributions() {
        return true;
    }

    @Test
    void theGradientFlowsThroughAccuracyToo() {
        double[][] closeToATie = {{0.01, 0, -3}};
        double[] soft = LossProbe.of(loss(), closeToATie, new long[] {1}).gradient();
        double[] hard =
                LossProbe.of(SoftBinnedEceLoss.of(), closeToATie, new long[] {1}).gradient();
        assertThat(Math.abs(soft[1])).isGreaterThan(10 * Math.abs(hard[1]));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, Double.NaN})
    void refusesTemperaturesThatAreNotPositive(double temperature) {
        assertThatThrownBy(() -> DeceLoss.builder().optBinTemperature(temperature))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("temperature = " + temperature);
        assertThatThrownBy(() -> DeceLoss.builder().optRankSharpness(temperature))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("sharpness = " + temperature);
    }
}
