package dev.candor.training.augmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SmoteTest {

    private NDManager manager;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void fillsUpRareClassesBehindTheGivenSamples() {
        NDArray features = manager.randomNormal(new Shape(16, 3));
        NDArray labels = manager.create(new int[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 4, 4});
        NDList filled = Smote.of().resample(features, labels, new SplittableRandom(1));
        assertThat(filled.get(0).get(":16")).isEqualTo(features);
        long[] classes = filled.get(1).toLongArray();
        assertThat(classes).hasSize(27).startsWith(0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 4, 4);
        for (long label : new long[] {0, 1, 4}) {
            assertThat(Arrays.stream(classes).filter(l -> l == label).count()).isEqualTo(9);
        }
    }

    @Test
    void newSamplesLieBetweenNeighbours() {
        // Two pairs far from each other: with one neighbour nothing lies between the pairs.
        NDArray features =
                manager.create(
                        new float[] {
                            0, 0, 1, 1, 100, 100, 101, 101, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
                            7, 7, 7, 7, 7, 7, 7, 7, 7
                        },
                        new Shape(15, 2));
        NDArray labels = manager.create(new long[] {1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
        NDList filled = Smote.of(1).resample(features, labels, new SplittableRandom(2));
        float[] fresh = filled.get(0).get("15:").toFloatArray();
        assertThat(fresh).hasSize(2 * 7);
        for (int i = 0; i < fresh.length; i += 2) {
            assertThat(fresh[i]).isCloseTo(fresh[i + 1], within(1e-5f));
            assertThat(fresh[i] % 100).isBetween(0f, 1f);
        }
    }

    @Test
    void theSeedDeterminesTheSamples() {
        NDArray features = manager.randomNormal(new Shape(6, 2));
        NDArray labels = manager.create(new long[] {0, 0, 0, 0, 1, 1});
        float[] first = fresh(features, labels, 4);
        assertThat(fresh(features, labels, 4)).containsExactly(first);
        assertThat(fresh(features, labels, 5)).isNotEqualTo(first);
    }

    private static float[] fresh(NDArray features, NDArray labels, int seed) {
        return Smote.of()
                .resample(features, labels, new SplittableRandom(seed))
                .get(0)
                .get("6:")
                .toFloatArray();
    }

    @Test
    void refusesAClassOfOneSample() {
        NDArray features = manager.randomNormal(new Shape(3, 2));
        assertThatThrownBy(
                        () ->
                                Smote.of()
                                        .resample(
                                                features,
                                                manager.create(new long[] {0, 0, 3}),
                                                new SplittableRandom(1)))
                .hasMessage("class 3 has 1 sample, expected at least 2");
        assertThatThrownBy(
                        () ->
                                Smote.of()
                                        .resample(
                                                features,
                                                manager.create(new long[] {0, 0}),
                                                new SplittableRandom(1)))
                .hasMessageContaining("expected [N]");
    }
}
