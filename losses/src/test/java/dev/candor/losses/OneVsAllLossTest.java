package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.training.loss.Loss;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OneVsAllLossTest extends LossContract {

    @Override
    Map<String, Loss> goldens() {
        return Map.of("One-vs-all (sum of BCE)", OneVsAllLoss.of());
    }

    @Override
    Loss loss() {
        return OneVsAllLoss.of();
    }

    @Override
    boolean takesDistributions() {
        return true;
    }

    @Test
    void logitsAreJudgedOneByOne() {
        double first = LossProbe.of(loss(), new double[][] {{2, -3}}, new long[] {0}).value();
        double second = LossProbe.of(loss(), new double[][] {{2, -5}}, new long[] {0}).value();
        assertThat(first - second)
                .isCloseTo(
                        Math.log1p(Math.exp(-3)) - Math.log1p(Math.exp(-5)),
                        within(FLOAT64_TOLERANCE));
    }

    @Test
    void theGradientAtZeroIsThatOfTheSigmoid() {
        assertThat(LossProbe.of(loss(), new double[1][3], new long[] {1}).gradient())
                .containsExactly(0.5, -0.5, 0.5);
    }
}
