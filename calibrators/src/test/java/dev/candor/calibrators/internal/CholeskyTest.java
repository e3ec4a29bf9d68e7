package dev.candor.calibrators.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class CholeskyTest {

    private static final double TOLERANCE = 1e-11;
    private static final double FLOOR = 1e-300;

    /** Gram matrix of random rows, and ones on the diagonal. */
    private static double[] matrix(int size) {
        double[] rows = new Random(size).doubles((long) size * size, -1, 1).toArray();
        double[] matrix = new double[size * size];
        for (int i = 0; i < size; i++) {
            for (int j = 0; j < size; j++) {
                for (int k = 0; k < size; k++) {
                    matrix[i * size + j] += rows[i * size + k] * rows[j * size + k];
                }
            }
            matrix[i * size + i] += 1;
        }
        return matrix;
    }

    @Test
    void solvesWhatItFactored() {
        int size = 7;
        double[] matrix = matrix(size);
        double[] expected = new Random(1).doubles(size, -1, 1).toArray();
        double[] values = new double[size + 2];
        for (int i = 0; i < size; i++) {
            for (int j = 0; j < size; j++) {
                values[i + 2] += matrix[i * size + j] * expected[j];
            }
        }
        Cholesky.of(matrix, size, FLOOR).solve(values, 2);
        assertThat(values).startsWith(0, 0);
        for (int i = 0; i < size; i++) {
            assertThat(values[i + 2]).isCloseTo(expected[i], within(TOLERANCE));
        }
    }

    @Test
    void theInverseTimesTheMatrixIsTheIdentity() {
        int size = 6;
        double[] matrix = matrix(size);
        double[] inverse = Cholesky.of(matrix, size, FLOOR).inverse();
        for (int i = 0; i < size; i++) {
            for (int j = 0; j < size; j++) {
                double sum = 0;
                for (int k = 0; k < size; k++) {
                    sum += inverse[i * size + k] * matrix[k * size + j];
                }
                assertThat(sum).isCloseTo(i == j ? 1 : 0, within(TOLERANCE));
            }
        }
    }

    @Test
    void aSingularMatrixGetsTheFloorAsPivot() {
        double[] values = {1, 1};
        Cholesky.of(new double[] {1, 1, 1, 1}, 2, 1e-4).solve(values, 0);
        assertThat(values).containsExactly(new double[] {1, 0}, within(1e-12));
        double[] nothing = {1};
        Cholesky.of(new double[1], 1, 0.25).solve(nothing, 0);
        assertThat(nothing).containsExactly(4);
    }
}
