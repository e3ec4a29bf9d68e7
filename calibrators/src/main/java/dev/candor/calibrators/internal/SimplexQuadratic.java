package dev.candor.calibrators.internal;

/** Minimises a convex quadratic over weights that are nonnegative and sum to one. */
public final class SimplexQuadratic {

    /** Pivots below this share of the largest element count as zero. */
    private static final double SINGULAR = 1e-13;

    private SimplexQuadratic() {}

    /**
     * Finds the least {@code w'Hw / 2 + g'w}, exactly, by a look at every set of weights that may
     * be above zero. Made for few weights, for there are {@code 2^n - 1} such sets.
     *
     * @param hessian H, symmetric and positive semidefinite, by rows
     * @param gradient g
     * @return the weights
     */
    public static double[] minimize(double[][] hessian, double[] gradient) {
        int size = gradient.length;
        double[] best = null;
        double least = Double.POSITIVE_INFINITY;
        for (int support = 1; support < 1 << size; support++) {
            double[] weights = stationary(hessian, gradient, support);
            if (weights != null) {
                double value = value(hessian, gradient, weights);
                if (value < least) {
                    least = value;
                    best = weights;
                }
            }
        }
        return best;
    }

    /** The value at some weights. */
    public static double value(double[][] hessian, double[] gradient, double[] weights) {
        double value = 0;
        for (int i = 0; i < weights.length; i++) {
            double row = 0;
            for (int j = 0; j < weights.length; j++) {
                row += hessian[i][j] * weights[j];
            }
            value += weights[i] * (row / 2 + gradient[i]);
        }
        return value;
    }

    /**
     * The stationary point on a face. Where it is not unique, or lies outside, a smaller face holds
     * a point that is as good or better.
     */
    private static double[] stationary(double[][] hessian, double[] gradient, int support) {
        int size = gradient.length;
        int[] index = new int[Integer.bitCount(support)];
        int count = 0;
        for (int i = 0; i < size; i++) {
            if ((support >> i & 1) == 1) {
                index[count++] = i;
            }
        }
        double[][] system = new double[count + 1][count + 2];
        for (int i = 0; i < count; i++) {
            for (int j = 0; j < count; j++) {
                system[i][j] = hessian[index[i]][index[j]];
            }
            system[i][count] = 1;
            system[count][i] = 1;
            system[i][count + 1] = -gradient[index[i]];
        }
        system[count][count + 1] = 1;
        double[] solution = solve(system);
        if (solution == null) {
            return null;
        }
        double sum = 0;
        for (int i = 0; i < count; i++) {
            if (!(solution[i] >= 0)) {
                return null;
            }
            sum += solution[i];
        }
        double[] weights = new double[size];
        for (int i = 0; i < count; i++) {
            weights[index[i]] = solution[i] / sum;
        }
        return weights;
    }

    /** Gaussian elimination with pivoting of rows; null where the system is singular. */
    private static double[] solve(double[][] system) {
        int size = system.length;
        double largest = 0;
        for (double[] row : system) {
            for (int j = 0; j < size; j++) {
                largest = Math.max(largest, Math.abs(row[j]));
            }
        }
        for (int column = 0; column < size; column++) {
            int pivot = column;
            for (int row = column + 1; row < size; row++) {
                if (Math.abs(system[row][column]) > Math.abs(system[pivot][column])) {
                    pivot = row;
                }
            }
            double[] top = system[pivot];
            system[pivot] = system[column];
            system[column] = top;
            if (!(Math.abs(top[column]) > SINGULAR * largest)) {
                return null;
            }
            for (int row = 0; row < size; row++) {
                if (row != column) {
                    double factor = system[row][column] / top[column];
                    for (int j = column; j <= size; j++) {
                        system[row][j] -= factor * top[j];
                    }
                }
            }
        }
        double[] solution = new double[size];
        for (int i = 0; i < size; i++) {
            solution[i] = system[i][size] / system[i][i];
        }
        return solution;
    }
}
