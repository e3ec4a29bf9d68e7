package dev.candor.calibrators.internal;

/** The factor L of a symmetric positive definite matrix {@code A = L L'}, on the host. */
public final class Cholesky {

    private final double[] factor;
    private final int size;

    private Cholesky(double[] factor, int size) {
        this.factor = factor;
        this.size = size;
    }

    /**
     * Factors a matrix. Pivots below the floor, as those of a singular matrix, are raised to it.
     *
     * @param matrix by rows; left as it is
     * @param size number of rows
     * @param floor smallest pivot, above zero
     */
    public static Cholesky of(double[] matrix, int size, double floor) {
        double[] factor = new double[size * size];
        for (int i = 0; i < size; i++) {
            for (int j = 0; j <= i; j++) {
                double rest = matrix[i * size + j];
                for (int k = 0; k < j; k++) {
                    rest -= factor[i * size + k] * factor[j * size + k];
                }
                factor[i * size + j] =
                        i == j ? Math.sqrt(Math.max(rest, floor)) : rest / factor[j * size + j];
            }
        }
        return new Cholesky(factor, size);
    }

    /**
     * Solves {@code A x = v} in place.
     *
     * @param values holds v, then x
     * @param offset where they begin
     */
    public void solve(double[] values, int offset) {
        for (int i = 0; i < size; i++) {
            double rest = values[offset + i];
            for (int k = 0; k < i; k++) {
                rest -= factor[i * size + k] * values[offset + k];
            }
            values[offset + i] = rest / factor[i * size + i];
        }
        for (int i = size - 1; i >= 0; i--) {
            double found = values[offset + i] / factor[i * size + i];
            values[offset + i] = found;
            for (int k = 0; k < i; k++) {
                values[offset + k] -= factor[i * size + k] * found;
            }
        }
    }

    /** The inverse of A, by rows. */
    public double[] inverse() {
        double[] inverse = new double[size * size];
        for (int i = 0; i < size; i++) {
            inverse[i * size + i] = 1;
            solve(inverse, i * size);
        }
        return inverse;
    }
}
