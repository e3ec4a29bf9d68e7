package dev.candor.calibrators.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PoolAdjacentViolatorsTest {

    private static final double TOLERANCE = 1e-12;

    private static double[] fitted(double[] x, double[] y, double[] weights) {
        Piecewise function = PoolAdjacentViolators.of(x, y, weights);
        return Arrays.stream(x).map(function::linear).toArray();
    }

    @Test
    void poolsADecreaseAtItsMean() {
        double[] fitted = fitted(new double[] {1, 2, 3, 4}, new double[] {1, 3, 2, 2}, null);
        assertThat(fitted)
                .containsExactly(new double[] {1, 7.0 / 3, 7.0 / 3, 7.0 / 3}, within(TOLERANCE));
    }

    @Test
    void pointsOfEqualXCountAsOneAtTheirMean() {
        double[] fitted = fitted(new double[] {1, 1, 2, 2, 2}, new double[] {4, 0, 3, 1, 5}, null);
        assertThat(fitted).containsExactly(new double[] {2, 2, 3, 3, 3}, within(TOLERANCE));
    }

    @Test
    void pointsOfWeightZeroDoNotCount() {
        double[] fitted =
                fitted(new double[] {1, 2, 3}, new double[] {1, 9, 2}, new double[] {1, 0, 1});
        assertThat(fitted).containsExactly(new double[] {1, 1.5, 2}, within(TOLERANCE));
    }

    @Test
    void increasingPointsStayAsTheyAre() {
        double[] y = {-2, 0, .5, 7};
        assertThat(fitted(new double[] {1, 2, 5, 9}, y, null)).containsExactly(y);
    }

    /** The textbook: the greatest over beginnings of the least over ends of the mean between. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void agreesWithTheMaximumOfMinimalMeans(long seed) {
        Random random = new Random(seed);
        int size = 60;
        double[] x = random.doubles(size).sorted().toArray();
        double[] y = new double[size];
        Arrays.setAll(y, i -> x[i] + random.nextGaussian());
        double[] weights = random.doubles(size, .1, 3).toArray();
        double[] expected = new double[size];
        for (int i = 0; i < size; i++) {
            expected[i] = Double.NEGATIVE_INFINITY;
            for (int begin = 0; begin <= i; begin++) {
                double least = Double.POSITIVE_INFINITY;
                double sum = 0;
                double mass = 0;
                for (int end = begin; end < size; end++) {
                    sum += weights[end] * y[end];
                    mass += weights[end];
                    least = end >= i ? Math.min(least, sum / mass) : least;
                }
                expected[i] = Math.max(expected[i], least);
            }
        }
        assertThat(fitted(x, y, weights)).containsExactly(expected, within(TOLERANCE));
    }

    @Test
    void theOrderOfPointsDoesNotMatterToTheLastBitWhereTheyAreCounts() {
        double[] x = new Random(7).doubles(500).map(v -> Math.rint(v * 100) / 100).toArray();
        double[] y = new Random(8).ints(500, 0, 2).asDoubleStream().toArray();
        double[] backX = new double[500];
        double[] backY = new double[500];
        Arrays.setAll(backX, i -> x[499 - i]);
        Arrays.setAll(backY, i -> y[499 - i]);
        Piecewise forth = PoolAdjacentViolators.of(x, y, null);
        Piecewise back = PoolAdjacentViolators.of(backX, backY, null);
        assertThat(back.thresholds()).containsExactly(forth.thresholds());
        assertThat(back.values()).containsExactly(forth.values());
    }
}
