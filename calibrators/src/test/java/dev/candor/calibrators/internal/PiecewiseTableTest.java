package dev.candor.calibrators.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PiecewiseTableTest {

    private static final double TOLERANCE = 1e-14;

    private final NDManager manager = NDManager.newBaseManager();

    @AfterEach
    void close() {
        manager.close();
    }

    private static double[] random(int size, long seed) {
        return new Random(seed).doubles(size).sorted().toArray();
    }

    private NDList table(List<Piecewise> functions) {
        NDList table = new NDList();
        PiecewiseTable.of(functions).forEach(c -> table.add(c.in(manager)));
        return table;
    }

    /** Numbers for each function, its thresholds among them. */
    private double[] numbers(List<Piecewise> functions, int rows) {
        double[] numbers =
                new Random(9).doubles((long) rows * functions.size(), -.2, 1.2).toArray();
        for (int k = 0; k < functions.size(); k++) {
            double[] thresholds = functions.get(k).thresholds();
            for (int i = 0; i < Math.min(rows, thresholds.length); i++) {
                numbers[i * functions.size() + k] = thresholds[i];
            }
        }
        return numbers;
    }

    @Test
    void stepsAsTheFunctionsDo() {
        List<Piecewise> functions =
                List.of(
                        new Piecewise(random(3, 1), random(4, 2)),
                        new Piecewise(new double[0], new double[] {.4}),
                        new Piecewise(random(8, 3), random(9, 4)));
        double[] x = numbers(functions, 40);
        NDArray found = PiecewiseTable.step(manager.create(x, new Shape(40, 3)), table(functions));
        double[] expected = new double[x.length];
        Arrays.setAll(expected, i -> functions.get(i % 3).step(x[i]));
        assertThat(found.toDoubleArray()).containsExactly(expected);
    }

    @Test
    void interpolatesAsTheFunctionsDo() {
        List<Piecewise> functions =
                List.of(
                        new Piecewise(random(4, 1), random(4, 2)),
                        new Piecewise(new double[] {.3}, new double[] {.4}),
                        new Piecewise(random(17, 3), random(17, 4)));
        double[] x = numbers(functions, 60);
        NDArray found =
                PiecewiseTable.linear(manager.create(x, new Shape(60, 3)), table(functions));
        double[] expected = new double[x.length];
        Arrays.setAll(expected, i -> functions.get(i % 3).linear(x[i]));
        assertThat(found.toDoubleArray()).containsExactly(expected, within(TOLERANCE));
    }

    @Test
    void aRiseTooSteepForANumberIsAStep() {
        Piecewise steep =
                new Piecewise(new double[] {0, Double.MIN_VALUE, 1}, new double[] {0, .5, 1});
        NDArray x = manager.create(new double[] {0, Double.MIN_VALUE, .5, 1});
        NDArray found = PiecewiseTable.linear(x, table(List.of(steep)));
        assertThat(found.toDoubleArray()).containsExactly(0, .5, .75, 1);
    }

    @Test
    void refusesATableThatIsNone() {
        double infinity = Double.POSITIVE_INFINITY;
        refuses(
                new double[] {.5, .2, .8, infinity},
                new double[4],
                "thresholds[0] = 0.5 is out of order");
        refuses(
                new double[] {.1, .2, .3, .4},
                new double[4],
                "thresholds[3] = 0.4 is out of order");
        refuses(
                new double[] {.1, infinity, .3, infinity},
                new double[4],
                "thresholds[1] = Infinity is out of order");
        refuses(
                new double[] {.1, Double.NaN, .3, infinity},
                new double[4],
                "thresholds[0] = 0.1 is out of order");
        refuses(
                new double[] {.1, .2, .3, infinity},
                new double[] {0, 2, 0, 0},
                "values[1] = 2.0, expected 0.0..1.0");
        refuses(
                new double[] {.1, .2, infinity},
                new double[3],
                "thresholds have shape (1, 3), expected (1, a power of two)");
    }

    private static void refuses(double[] thresholds, double[] values, String message) {
        Shape shape = new Shape(1, thresholds.length);
        CalibratorFile file =
                new CalibratorFile(
                        "m",
                        2,
                        new JsonObject(),
                        new JsonObject(),
                        List.of(
                                new Coefficient("thresholds", shape, thresholds),
                                new Coefficient("values", shape, values)));
        assertThatThrownBy(() -> PiecewiseTable.of(file, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
