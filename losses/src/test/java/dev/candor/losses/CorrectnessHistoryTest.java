package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CorrectnessHistoryTest {

    @Test
    void countsComeIntoForceWhenTheEpochEnds() {
        CorrectnessHistory history = CorrectnessHistory.of(3);
        history.update(new long[] {2, 0}, new boolean[] {true, false});
        assertThat(history.counts()).containsExactly(0, 0, 1);
        assertThat(frequencies(history)).containsExactly(0, 0, 0);
        history.nextEpoch();
        assertThat(history.epochs()).isEqualTo(1);
        assertThat(frequencies(history)).containsExactly(0, 0, 1);
    }

    @Test
    void normalisesBetweenTheLeastCountAndTheNumberOfEpochs() {
        assertThat(frequencies(CorrectnessHistory.of(new int[] {5, 3, 1, 3}, 6)))
                .containsExactly(0.8, 0.4, 0, 0.4);
    }

    @Test
    void aHistoryWithoutContrastIsZero() {
        assertThat(frequencies(CorrectnessHistory.of(new int[] {1, 1}, 1))).containsExactly(0, 0);
        assertThat(frequencies(CorrectnessHistory.of(2))).containsExactly(0, 0);
    }

    @Test
    void aRestoredHistoryContinues() {
        CorrectnessHistory original = CorrectnessHistory.of(2);
        original.update(new long[] {0, 1}, new boolean[] {true, false});
        original.nextEpoch();
        CorrectnessHistory restored = CorrectnessHistory.of(original.counts(), original.epochs());
        assertThat(frequencies(restored)).containsExactly(frequencies(original));
        assertThat(restored.size()).isEqualTo(2);
    }

    @Test
    void threadsMayUpdateTogether() {
        CorrectnessHistory history = CorrectnessHistory.of(2);
        IntStream.range(0, 1000)
                .parallel()
                .forEach(i -> history.update(new long[] {1}, new boolean[] {true}));
        assertThat(history.counts()).containsExactly(0, 1000);
    }

    @Test
    void anIndexOutsideIsNamedAndNothingCounted() {
        CorrectnessHistory history = CorrectnessHistory.of(4);
        assertThatThrownBy(() -> history.update(new long[] {3, 4}, new boolean[] {true, true}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("samples[1] = 4, expected 0..3");
        assertThat(history.counts()).containsOnly(0);
    }

    @Test
    void refusesPredictionsOfAnotherNumber() {
        assertThatThrownBy(() -> CorrectnessHistory.of(4).update(new long[] {3}, new boolean[] {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("1 samples, expected 0, one for each prediction");
    }

    @Test
    void refusesNegativeCounts() {
        assertThatThrownBy(() -> CorrectnessHistory.of(new int[] {0, -1}, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("counts[1] = -1, expected at least 0");
    }

    private static double[] frequencies(CorrectnessHistory history) {
        try (NDManager manager = NDManager.newBaseManager()) {
            return history.frequencies(
                            manager,
                            DataType.FLOAT64,
                            manager.arange(0, history.size(), 1, DataType.INT64))
                    .toDoubleArray();
        }
    }

    @Test
    void takesThePastOfAnother() {
        CorrectnessHistory past = CorrectnessHistory.of(new int[] {2, 0, 1}, 2);
        CorrectnessHistory history = CorrectnessHistory.of(3);
        history.resumeAt(past);
        assertThat(history.counts()).containsExactly(2, 0, 1);
        assertThat(history.epochs()).isEqualTo(2);
        past.update(new long[] {1}, new boolean[] {true});
        assertThat(history.counts()).containsExactly(2, 0, 1);
        assertThatThrownBy(() -> history.resumeAt(CorrectnessHistory.of(4)))
                .hasMessage("a history of 4 samples, expected 3");
    }
}
