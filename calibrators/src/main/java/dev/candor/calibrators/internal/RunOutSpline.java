package dev.candor.calibrators.internal;

import java.util.Arrays;

/**
 * A cubic spline on equally spaced knots of {@code [0, 1]}, by its values at the knots. Its second
 * derivatives there follow from the values and from how the spline runs out at both ends.
 */
public final class RunOutSpline {

    /** Keeps the least squares solvable with fewer points than knots. */
    private static final double RIDGE = 1e-13;

    private final int knots;
    private final double width;
    private final double[][] bends;

    /**
     * The splines of so many knots.
     *
     * @param knots at least 3
     * @param end a relation that the outermost second derivatives keep: their products with these
     *     factors, from the end inwards, sum to zero
     */
    public RunOutSpline(int knots, double... end) {
        this.knots = knots;
        this.width = 1.0 / (knots - 1);
        double[][] system = new double[knots][knots];
        double[][] right = new double[knots][knots];
        for (int i = 1; i < knots - 1; i++) {
            double scale = 6 / (width * width);
            system[i][i - 1] = 1;
            system[i][i] = 4;
            system[i][i + 1] = 1;
            right[i][i - 1] = scale;
            right[i][i] = -2 * scale;
            right[i][i + 1] = scale;
        }
        for (int i = 0; i < end.length; i++) {
            system[0][i] = end[i];
            system[knots - 1][knots - 1 - i] = end[i];
        }
        this.bends = solve(system, right);
    }

    /** The values at the knots of the spline nearest to points at equal distances of 0 to 1. */
    public double[] fit(double[] y) {
        double[][] normal = new double[knots][knots];
        double[][] right = new double[knots][1];
        for (int i = 0; i < y.length; i++) {
            double[] row = row(place(i, y.length), false);
            for (int j = 0; j < knots; j++) {
                for (int k = 0; k < knots; k++) {
                    normal[j][k] += row[j] * row[k];
                }
                right[j][0] += row[j] * y[i];
            }
        }
        double trace = 0;
        for (int j = 0; j < knots; j++) {
            trace += normal[j][j];
        }
        for (int j = 0; j < knots; j++) {
            normal[j][j] += RIDGE * trace;
        }
        double[][] solution = solve(normal, right);
        return Arrays.stream(solution).mapToDouble(values -> values[0]).toArray();
    }

    /** The derivative of a spline at as many points at equal distances of 0 to 1. */
    public double[] derivative(double[] values, int points) {
        double[] derivative = new double[points];
        for (int i = 0; i < points; i++) {
            double[] row = row(place(i, points), true);
            for (int j = 0; j < knots; j++) {
                derivative[i] += row[j] * values[j];
            }
        }
        return derivative;
    }

    private static double place(int i, int points) {
        return points == 1 ? 0 : i / (points - 1.0);
    }

    /** What each value at a knot adds to the spline at t, or to its derivative. */
    private double[] row(double t, boolean derivative) {
        int piece = Math.min((int) (t / width), knots - 2);
        double right = t / width - piece;
        double left = 1 - right;
        double leftBend;
        double rightBend;
        if (derivative) {
            leftBend = (1 - 3 * left * left) * width / 6;
            rightBend = (3 * right * right - 1) * width / 6;
        } else {
            leftBend = (left * left * left - left) * width * width / 6;
            rightBend = (right * right * right - right) * width * width / 6;
        }
        double[] row = new double[knots];
        for (int j = 0; j < knots; j++) {
            row[j] = leftBend * bends[piece][j] + rightBend * bends[piece + 1][j];
        }
        row[piece] += derivative ? -1 / width : left;
        row[piece + 1] += derivative ? 1 / width : right;
        return row;
    }

    /** Gauss-Jordan elimination with the greatest pivot. Overwrites both. */
    private static double[][] solve(double[][] system, double[][] right) {
        int size = system.length;
        for (int column = 0; column < size; column++) {
            int pivot = column;
            for (int row = column + 1; row < size; row++) {
                if (Math.abs(system[row][column]) > Math.abs(system[pivot][column])) {
                    pivot = row;
                }
            }
            swap(system, column, pivot);
            swap(right, column, pivot);
            for (int row = 0; row < size; row++) {
                if (row != column) {
                    double factor = system[row][column] / system[column][column];
                    subtract(system[row], factor, system[column]);
                    subtract(right[row], factor, right[column]);
                }
            }
        }
        for (int row = 0; row < size; row++) {
            double pivot = system[row][row];
            double[] values = right[row];
            Arrays.setAll(values, i -> values[i] / pivot);
        }
        return right;
    }

    private static void swap(double[][] rows, int one, int other) {
        double[] row = rows[one];
        rows[one] = rows[other];
        rows[other] = row;
    }

    private static void subtract(double[] from, double factor, double[] row) {
        for (int i = 0; i < from.length; i++) {
            from[i] -= factor * row[i];
        }
    }
}
