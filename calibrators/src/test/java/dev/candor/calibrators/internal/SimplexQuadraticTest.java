package dev.candor.calibrators.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SimplexQuadraticTest {

    private static final double TOLERANCE = 1e-12;

    /** Gram matrix of as many random vectors, singular if these are fewer than three. */
    private static double[][] hessian(long seed, int vectors) {
        Random random = new Random(seed);
        double[][] hessian = new double[3][3];
        for (int v = 0; v < vectors; v++) {
            double[] x = random.doubles(3, -1, 1).toArray();
            for (int i = 0; i < 3; i++) {
                for (int j = 0; j < 3; j++) {
                    hessian[i][j] += x[i] * x[j];
                }
            }
        }
        return hessian;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void noOtherWeightsAreBetter(long seed) {
        for (int vectors = 0; vectors < 5; vectors++) {
            double[][] hessian = hessian(seed, vectors);
            double[] gradient = new Random(-seed).doubles(3, -1, 1).toArray();
            double[] found = SimplexQuadratic.minimize(hessian, gradient);
            assertThat(found[0] + found[1] + found[2]).isCloseTo(1, within(TOLERANCE));
            double least = SimplexQuadratic.value(hessian, gradient, found);
            for (int i = 0; i <= 40; i++) {
                for (int j = 0; i + j <= 40; j++) {
                    double[] weights = {i / 40.0, j / 40.0, (40 - i - j) / 40.0};
                    assertThat(SimplexQuadratic.value(hessian, gradient, weights))
                            .isGreaterThanOrEqualTo(least - TOLERANCE);
                }
            }
        }
    }

    @Test
    void findsPointsInsideOnEdgesAndAtCorners() {
        double[][] identity = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
        assertThat(SimplexQuadratic.minimize(identity, new double[3]))
                .containsExactly(new double[] {1.0 / 3, 1.0 / 3, 1.0 / 3}, within(TOLERANCE));
        assertThat(SimplexQuadratic.minimize(identity, new double[] {0, 0, 5}))
                .containsExactly(new double[] {0.5, 0.5, 0}, within(TOLERANCE));
        assertThat(SimplexQuadratic.minimize(identity, new double[] {0, -5, 5}))
                .containsExactly(0, 1, 0);
    }
}
