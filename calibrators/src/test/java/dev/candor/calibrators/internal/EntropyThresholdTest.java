package dev.candor.calibrators.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EntropyThresholdTest {

    /** Expected values: numpy 2.4.6, {@code quantile(method="higher")}. */
    @Test
    void theQuantileIsTheHigherNeighbour() {
        double[] sorted = IntStream.range(0, 50).asDoubleStream().toArray();
        assertThat(HigherQuantile.of(sorted, .9)).isEqualTo(45);
        assertThat(HigherQuantile.of(sorted, .5)).isEqualTo(25);
        assertThat(HigherQuantile.of(sorted, 0)).isZero();
        assertThat(HigherQuantile.of(sorted, 1)).isEqualTo(49);
    }

    @Test
    void takesATenthOfTheRightSamplesAndFiveHundredAtMost() {
        for (int size : new int[] {5, 100, 20_000}) {
            double[] entropies = new double[size];
            Arrays.setAll(entropies, i -> i / (double) size);
            boolean[] right = new boolean[size];
            Arrays.fill(right, true);
            int[] order = IntStream.range(0, size).toArray();
            EntropyThreshold threshold =
                    EntropyThreshold.ofMiscoverage(entropies, right, order, .1);
            long spent = IntStream.range(0, size).filter(i -> threshold.spent()[i]).count();
            assertThat(spent).isEqualTo(Math.max(1, Math.min(500, size / 10)));
        }
    }
}
