package dev.candor.internal;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DescendingTest {

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT32", "FLOAT64"})
    void sumsWhatBelongsToStrictlyGreaterValues(DataType type) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray values = manager.create(new double[] {2, 5, 2, 7, 2, 5}).toType(type, false);
            NDArray weights = manager.create(new double[] {1, 2, 4, 8, 16, 32}).toType(type, false);
            Descending order = Descending.by(values);
            NDArray sums = order.ofGreater(Descending.sumBefore(order.sort(weights)));
            assertThat(doubles(order.sort(values))).containsExactly(7, 5, 5, 2, 2, 2);
            assertThat(doubles(sums)).containsExactly(0, 8, 8, 42, 42, 42);
        }
    }

    @Test
    void nothingIsGreaterThanALoneValue() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray value = manager.create(new double[] {3});
            Descending order = Descending.by(value);
            assertThat(order.ofGreater(Descending.sumBefore(value)).toDoubleArray())
                    .containsExactly(0);
        }
    }

    @Test
    void nothingIsGreaterAmongEqualValues() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray values = manager.ones(new Shape(4), DataType.FLOAT64);
            Descending order = Descending.by(values);
            assertThat(order.ofGreater(Descending.sumBefore(order.sort(values))).toDoubleArray())
                    .containsExactly(0, 0, 0, 0);
        }
    }

    private static double[] doubles(NDArray array) {
        return array.toType(DataType.FLOAT64, false).toDoubleArray();
    }
}
