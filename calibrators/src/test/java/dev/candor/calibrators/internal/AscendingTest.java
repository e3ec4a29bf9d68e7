package dev.candor.calibrators.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AscendingTest {

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 1000, 20_000})
    void ordersAsTheSortOfTheLibraryDoes(int size) {
        double[] values = new Random(size).doubles(size, -1e3, 1e3).toArray();
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        assertThat(ordered(values)).containsExactly(sorted);
    }

    @Test
    void ordersTheEndsOfTheRange() {
        double[] sorted = {
            Double.NEGATIVE_INFINITY,
            -Double.MAX_VALUE,
            -1,
            -Double.MIN_VALUE,
            -0.0,
            0,
            Double.MIN_VALUE,
            Double.MIN_NORMAL,
            1,
            Double.MAX_VALUE,
            Double.POSITIVE_INFINITY
        };
        double[] reversed = new double[sorted.length];
        Arrays.setAll(reversed, i -> sorted[sorted.length - 1 - i]);
        assertThat(ordered(reversed)).containsExactly(sorted);
    }

    @Test
    void equalNumbersKeepTheirOrder() {
        double[] values = {2, 1, 2, 1, 2};
        assertThat(Ascending.order(values)).containsExactly(1, 3, 0, 2, 4);
    }

    @Test
    void keysAreUnsigned() {
        assertThat(Ascending.order(new long[] {-1, 5, Long.MIN_VALUE, 0}))
                .containsExactly(3, 1, 2, 0);
    }

    @Test
    void lendsItsMemoryToOneSortAfterTheOther() {
        Ascending ascending = new Ascending(4);
        ascending.places(new double[] {3, -1, 2, 0}, 4);
        assertThat(Arrays.copyOf(ascending.places(new double[] {5, 4, 6, -9}, 3), 3))
                .containsExactly(1, 0, 2);
    }

    @Test
    void keepsEachNumberOnce() {
        double[] sorted = {-1, 0, 0, 0.5, 2, 2, 2};
        assertThat(Ascending.distinct(sorted)).containsExactly(-1, 0, 0.5, 2);
        assertThat(Ascending.distinct(new double[0])).isEmpty();
    }

    private static double[] ordered(double[] values) {
        return IntStream.of(Ascending.order(values)).mapToDouble(i -> values[i]).toArray();
    }
}
