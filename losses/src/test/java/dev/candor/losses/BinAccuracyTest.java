package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.Test;

class BinAccuracyTest {

    private static final double[] LOGITS = {
        2, .5, -1, .1, .3, 1.9, .2, -.4, 3, 0, .5, -.5, .1, .2, 0, .3, -1, .4, 2.6, .9
    };
    private static final long[] ANSWERS = {0, 2, 0, 3, 1};

    @Test
    void countsAccuracyByConfidence() {
        for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
            try (NDManager manager = NDManager.newBaseManager()) {
                NDArray logits = manager.create(LOGITS, new Shape(5, 4)).toType(type, false);
                BinAccuracy accuracy = BinAccuracy.of(logits, manager.create(ANSWERS));
                assertThat(accuracy.bins()).isEqualTo(10);
                assertThat(accuracy.counts()).containsExactly(0, 0, 1, 0, 0, 0, 1, 2, 1, 0);
                assertThat(accuracy.accuracies()).containsExactly(0, 0, 1, 0, 0, 0, 0, .5, 1, 0);
            }
        }
    }

    @Test
    void binsAreClosedOnTheLeftAndTheLastTakesCertainty() {
        try (NDManager manager = NDManager.newBaseManager()) {
            double[] logits = {1000, 0, 0, 0};
            NDArray even = manager.create(logits, new Shape(2, 2));
            BinAccuracy accuracy = BinAccuracy.of(even, manager.create(new long[] {0, 0}), 4);
            assertThat(accuracy.counts()).containsExactly(0, 0, 1, 1);
        }
    }

    @Test
    void leavesNoArrayBehind() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray logits = manager.create(LOGITS, new Shape(5, 4));
            NDArray answers = manager.create(ANSWERS);
            int before = manager.getManagedArrays().size();
            BinAccuracy.of(logits, answers);
            assertThat(manager.getManagedArrays()).hasSize(before);
        }
    }

    @Test
    void doesNotChange() {
        double[] accuracies = {0.2, 0.9};
        long[] counts = {3, 4};
        BinAccuracy accuracy = BinAccuracy.of(accuracies, counts);
        accuracies[0] = 1;
        counts[0] = 9;
        accuracy.accuracies()[1] = 0;
        accuracy.counts()[1] = 0;
        assertThat(accuracy).hasToString("BinAccuracy{accuracies=[0.2, 0.9], counts=[3, 4]}");
    }

    @Test
    void refusesWhatDoesNotFit() {
        assertThatThrownBy(() -> BinAccuracy.of(new double[] {0.5}, new long[2]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("1 accuracies for 2 counts");
        assertThatThrownBy(() -> BinAccuracy.of(new double[] {0.5, 1.5}, new long[2]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("accuracies[1] = 1.5, expected 0.0..1.0");
        assertThatThrownBy(() -> BinAccuracy.of(new double[] {0.5}, new long[] {-1}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("counts[0] = -1");
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray logits = manager.create(LOGITS, new Shape(5, 4));
            NDArray outside = manager.create(new long[] {0, 1, 2, 3, 4});
            assertThatThrownBy(() -> BinAccuracy.of(logits, outside))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("labels[4] = 4, expected 0..3");
            NDArray answers = manager.create(ANSWERS);
            assertThatThrownBy(() -> BinAccuracy.of(logits, answers, 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("bins = 0, expected at least 1");
        }
    }
}
