package dev.candor.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.GradientCollector;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StableTest {

    private static final double[] POINTS = {
        -1000, -100, -25, -20.5, -3, -1e-4, 0, 1e-4, 0.5, 3, 19.9, 20.1, 23, 37, 100, 1000
    };

    private static double precision(DataType type) {
        return type == DataType.FLOAT32 ? 4e-7 : 1e-15;
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT32", "FLOAT64"})
    void softPlusIsExactBeyondTheThresholdOfTheEngine(DataType type) {
        for (double x : POINTS) {
            double exact = Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
            double slope = 1 / (1 + Math.exp(-x));
            double[] actual = valueAndSlope(Stable::softPlus, x, type);
            assertThat(Math.abs(actual[0] - exact))
                    .as("at %s", x)
                    .isLessThan(precision(type) * Math.max(1, exact));
            assertThat(Math.abs(actual[1] - slope))
                    .as("slope at %s", x)
                    .isLessThan(precision(type));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT32", "FLOAT64"})
    void oneMinusExpIsExactNearZero(DataType type) {
        for (double x : new double[] {-1000, -20, -1, -1e-3, -1e-10, -1e-30, 0}) {
            double[] actual = valueAndSlope(Stable::oneMinusExp, x, type);
            assertThat(actual[0])
                    .as("at %s", x)
                    .isCloseTo(-Math.expm1(x), withinPercentage(100 * precision(type)));
            assertThat(Math.abs(actual[1] + Math.exp(x))).isLessThan(precision(type));
        }
    }

    private static double[] valueAndSlope(UnaryOperator<NDArray> f, double x, DataType type) {
        try (NDManager manager = NDManager.newBaseManager();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray point = manager.create(new double[] {x}).toType(type, false);
            point.setRequiresGradient(true);
            NDArray value = f.apply(point);
            collector.backward(value.sum());
            return new double[] {
                value.toType(DataType.FLOAT64, false).toDoubleArray()[0],
                point.getGradient().toType(DataType.FLOAT64, false).toDoubleArray()[0]
            };
        }
    }
}
