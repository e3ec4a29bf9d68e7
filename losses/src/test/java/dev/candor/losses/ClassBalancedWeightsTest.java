package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClassBalancedWeightsTest {

    private static final double TOLERANCE = 1e-10;
    private static final long[] COUNTS = {100, 20, 5};

    static Stream<Arguments> goldens() {
        return Stream.of(
                Arguments.of(0.9, new double[] {0.6549859427, 0.7456183272, 1.5993957300}),
                Arguments.of(0.99, new double[] {0.1722450394, 0.5996811899, 2.2280737708}),
                Arguments.of(0.999, new double[] {0.1205522908, 0.5793471533, 2.3001005560}),
                Arguments.of(0.9999, new double[] {0.1158956163, 0.5771669923, 2.3069373914}));
    }

    /** Made with numpy in float64. */
    @ParameterizedTest
    @MethodSource("goldens")
    void reproducesTheGoldenWeights(double beta, double[] weights) {
        assertThat(ClassBalancedWeights.of(beta, COUNTS))
                .containsExactly(weights, within(TOLERANCE));
    }

    @Test
    void aBetaOfZeroWeighsAllClassesAlike() {
        assertThat(ClassBalancedWeights.of(0, COUNTS)).containsExactly(1, 1, 1);
    }

    @ParameterizedTest
    @ValueSource(doubles = {1 - 1e-12, 1 - 1e-16})
    void towardsOneTheyWeighByInverseCount(double beta) {
        double[] inverse = {3 / 26.0, 15 / 26.0, 60 / 26.0};
        assertThat(ClassBalancedWeights.of(beta, COUNTS)).containsExactly(inverse, within(1e-9));
    }

    @Test
    void sumToTheNumberOfClasses() {
        double[] weights = ClassBalancedWeights.of(0.9999, 1, 7, 12345678901L, 42, 1000);
        assertThat(Arrays.stream(weights).sum()).isCloseTo(5, within(TOLERANCE));
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1, Double.NaN})
    void refusesABetaOutOfRange(double beta) {
        assertThatThrownBy(() -> ClassBalancedWeights.of(beta, COUNTS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("beta = " + beta + ", expected at least 0 and below 1");
    }

    @Test
    void refusesAClassWithoutSamples() {
        assertThatThrownBy(() -> ClassBalancedWeights.of(0.9, 3, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("counts[1] = 0, expected at least 1");
    }

    @Test
    void refusesToWeighNoClass() {
        assertThatThrownBy(() -> ClassBalancedWeights.of(0.9))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("counts = 0, expected at least 1");
    }
}
