package dev.candor.training.augmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.BatchSampler;
import ai.djl.training.dataset.Dataset;
import dev.candor.losses.CrossEntropyLoss;
import dev.candor.losses.LabelSmoothingLoss;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The augmentations of batches, and the sets and samplers that bring them in. */
class AugmentationTest {

    private static final double TOLERANCE = 1e-6;

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
    void betaVariatesHaveTheMomentsOfTheirDistribution() {
        for (double alpha : new double[] {0.05, 0.2, 1, 4}) {
            SplittableRandom random = new SplittableRandom(5);
            double[] draws = new double[20_000];
            Arrays.setAll(draws, i -> BetaDistribution.draw(alpha, random));
            double mean = Arrays.stream(draws).average().orElseThrow();
            double variance =
                    Arrays.stream(draws).map(x -> (x - 0.5) * (x - 0.5)).average().orElseThrow();
            assertThat(mean).isCloseTo(0.5, within(0.01));
            assertThat(variance).isCloseTo(1 / (4 * (2 * alpha + 1)), within(0.005));
            assertThat(Arrays.stream(draws).boxed())
                    .allSatisfy(x -> assertThat(x).isBetween(0.0, 1.0));
        }
    }

    @Test
    void mixupBlendsInputsAndLabelsWithOneWeight() {
        // The input of a sample is its label, one-hot: blended alike, they stay equal.
        NDArray labels = manager.create(new long[] {0, 1, 2, 1, 0});
        NDArray inputs = labels.oneHot(3, DataType.FLOAT32);
        LabelledBatch mixed = mix(Mixup.of(1, 3), inputs, labels, 3);
        assertThat(mixed.labels().head().toFloatArray())
                .containsExactly(mixed.data().head().toFloatArray(), within((float) TOLERANCE));
        assertThat(mixed.labels().head().sum(new int[] {1}).toFloatArray()).containsOnly(1f);
        float[] values = mixed.labels().head().toFloatArray();
        double weight = BetaDistribution.draw(1, new SplittableRandom(3));
        boolean blended = false;
        for (float value : values) {
            double distance =
                    List.of(0.0, 1.0, weight, 1 - weight).stream()
                            .mapToDouble(expected -> Math.abs(expected - value))
                            .min()
                            .orElseThrow();
            assertThat(distance).isLessThan(TOLERANCE);
            blended |= value > 0.01 && value < 0.99;
        }
        assertThat(blended).isTrue();
    }

    /** Golden value of both forms made with torch 2.13 in float64, weight 0.3. */
    @Test
    void crossEntropyOfBlendedLabelsIsTheBlendOfCrossEntropies() {
        double[] rows = {2.0, 0.5, -1.0, 0.1, 1.2, 0.3, -0.5, 0.2, 1.7, 1.5, 1.4, -0.3};
        NDArray logits = manager.create(rows, new Shape(4, 3));
        NDArray own = manager.create(new long[] {0, 1, 0, 1}).oneHot(3, DataType.FLOAT64);
        NDArray others = own.get(manager.create(new long[] {2, 3, 1, 0}));
        NDArray soft = own.mul(0.3).add(others.mul(0.7));
        double value =
                CrossEntropyLoss.of().evaluate(new NDList(soft), new NDList(logits)).getDouble();
        assertThat(value).isCloseTo(0.8876553400, within(1e-9));
    }

    @Test
    void cutMixTakesAsMuchOfTheLabelAsOfTheImage() {
        int side = 16;
        for (int seed = 0; seed < 20; seed++) {
            NDArray labels = manager.arange(8f).toType(DataType.INT64, false);
            NDArray images =
                    labels.toType(DataType.FLOAT32, false)
                            .reshape(8, 1, 1, 1)
                            .broadcast(new Shape(8, 2, side, side));
            LabelledBatch mixed = mix(CutMix.of(8), images, labels, seed);
            float[] pixels = mixed.data().head().toFloatArray();
            float[] targets = mixed.labels().head().toFloatArray();
            for (int image = 0; image < 8; image++) {
                for (int label = 0; label < 8; label++) {
                    double share = 0;
                    for (int i = 0; i < 2 * side * side; i++) {
                        share += pixels[image * 2 * side * side + i] == label ? 1 : 0;
                    }
                    assertThat((double) targets[image * 8 + label])
                            .isCloseTo(share / (2 * side * side), within(TOLERANCE));
                }
            }
            assertThat(images.get(0).max().getFloat()).isZero();
        }
    }

    @Test
    void smoothedLabelsAreLabelSmoothing() {
        NDArray labels = manager.create(new int[] {0, 2, 1});
        NDArray logits = manager.randomNormal(new Shape(3, 3));
        LabelledBatch smoothed = mix(SmoothedLabels.of(0.1, 3), logits, labels, 1);
        float value =
                CrossEntropyLoss.of().evaluate(smoothed.labels(), new NDList(logits)).getFloat();
        float expected =
                LabelSmoothingLoss.of(0.1)
                        .evaluate(new NDList(labels), new NDList(logits))
                        .getFloat();
        assertThat(value).isCloseTo(expected, within((float) TOLERANCE));
    }

    @Test
    void augmentationsTakeTurnsAndLeaveFurtherLabelsAlone() throws Exception {
        Dataset set =
                AugmentedDataset.of(
                        IndexedDataset.of(set(manager.zeros(new Shape(6)), 4)),
                        SmoothedLabels.of(0.3, 3),
                        Mixup.of(0.5, 3));
        for (Batch batch : set.getData(manager)) {
            assertThat(batch.getLabels().get(0).getShape())
                    .isEqualTo(new Shape(batch.getSize(), 3));
            assertThat(batch.getLabels().get(0).get(":, 0").toFloatArray()).containsOnly(0.8f);
            assertThat(batch.getLabels().get(1).getShape()).isEqualTo(new Shape(batch.getSize()));
            batch.close();
        }
    }

    @Test
    void theSeedOfTheEngineDeterminesAllBatches() throws Exception {
        NDArray labels = manager.create(new float[] {0, 1, 2, 0, 1, 2, 0, 1});
        List<float[]> first = epoch(labels, 6);
        List<float[]> again = epoch(labels, 6);
        List<float[]> other = epoch(labels, 7);
        for (int i = 0; i < first.size(); i++) {
            assertThat(again.get(i)).containsExactly(first.get(i));
        }
        assertThat(other.get(0)).isNotEqualTo(first.get(0));
    }

    private List<float[]> epoch(NDArray labels, int seed) throws Exception {
        Engine.getInstance().setRandomSeed(seed);
        List<float[]> seen = new ArrayList<>();
        Dataset mixed = AugmentedDataset.of(set(labels, 4), Mixup.of(0.4, 3));
        for (Batch batch : mixed.getData(manager)) {
            seen.add(batch.getData().head().toFloatArray());
            batch.close();
        }
        return seen;
    }

    @Test
    void closingABatchFreesItsArrays() throws Exception {
        Dataset mixed = AugmentedDataset.of(set(manager.zeros(new Shape(6)), 4), Mixup.of(0.4, 3));
        int held = manager.getManagedArrays().size();
        for (Batch batch : mixed.getData(manager)) {
            batch.close();
        }
        assertThat(manager.getManagedArrays()).hasSize(held);
    }

    @Test
    void balancedClassesAreEquallyFrequent() throws Exception {
        int[] labels = new int[400];
        Arrays.fill(labels, 0, 20, 1);
        Arrays.fill(labels, 20, 24, 2);
        ArrayDataset set =
                new ArrayDataset.Builder()
                        .setData(manager.zeros(new Shape(400, 2)))
                        .optLabels(manager.create(labels))
                        .setSampling(new BatchSampler(ClassBalancedSampler.of(labels), 100))
                        .build();
        Engine.getInstance().setRandomSeed(2);
        int[] counts = new int[3];
        for (Batch batch : set.getData(manager)) {
            Arrays.stream(batch.getLabels().head().toIntArray()).forEach(label -> counts[label]++);
            batch.close();
        }
        assertThat(Arrays.stream(counts).sum()).isEqualTo(400);
        assertThat(Arrays.stream(counts).boxed())
                .allSatisfy(count -> assertThat(count).isBetween(105, 162));
    }

    @Test
    void badArgumentsAreNamed() {
        assertThatThrownBy(() -> Mixup.of(0, 3)).hasMessageStartingWith("alpha = 0.0");
        assertThatThrownBy(() -> CutMix.of(1)).hasMessageStartingWith("classes = 1");
        assertThatThrownBy(() -> SmoothedLabels.of(1.5, 3)).hasMessageStartingWith("alpha = 1.5");
        assertThatThrownBy(() -> ClassBalancedSampler.of(0, -1))
                .hasMessage("labels[1] = -1, expected at least 0");
        NDArray tokens = manager.ones(new Shape(2, 4), DataType.INT64);
        assertThatThrownBy(() -> mix(Mixup.of(1, 3), tokens, manager.zeros(new Shape(2)), 1))
                .hasMessageContaining("inputs have type int64");
        assertThatThrownBy(() -> mix(CutMix.of(3), tokens, manager.zeros(new Shape(2)), 1))
                .hasMessageContaining("expected [N, channels, H, W]");
    }

    private static LabelledBatch mix(
            BatchAugmentation augmentation, NDArray inputs, NDArray labels, int seed) {
        return augmentation.apply(
                new LabelledBatch(new NDList(inputs), new NDList(labels)),
                new SplittableRandom(seed));
    }

    private ArrayDataset set(NDArray labels, int batch) {
        return new ArrayDataset.Builder()
                .setData(manager.randomNormal(new Shape(labels.size(), 2)))
                .optLabels(labels)
                .setSampling(batch, true)
                .build();
    }
}
