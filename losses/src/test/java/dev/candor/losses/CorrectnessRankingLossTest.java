package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import dev.candor.losses.CorrectnessRankingLoss.Confidence;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CorrectnessRankingLossTest extends LossContract {

    private static final GoldenLosses.Batch A = GoldenLosses.INSTANCE.batches().get("A");
    private static final CorrectnessHistory HISTORY =
            CorrectnessHistory.of(new int[] {3, 1, 4, 1, 5, 2, 0, 6, 3}, 6);

    @Override
    Map<String, Loss> goldens() {
        return Map.of();
    }

    @Override
    Loss loss() {
        return new Indexed(CorrectnessRankingLoss.of(HISTORY));
    }

    @Override
    boolean takesDistributions() {
        return true;
    }

    /** Each row's label stands for its sample too, so that rows keep their samples when moved. */
    private static final class Indexed extends Loss {

        private final Loss loss;

        Indexed(Loss loss) {
            super(loss.getName());
            this.loss = loss;
        }

        @Override
        public NDArray evaluate(NDList labels, NDList predictions) {
            NDArray label = labels.head();
            boolean rows = label.getShape().equals(predictions.head().getShape());
            try (NDManager scope = label.getManager().newSubManager()) {
                scope.tempAttachAll(labels);
                NDArray samples = rows ? label.argMax(-1) : label;
                samples = samples.toType(DataType.INT64, true);
                return loss.evaluate(new NDList(label, samples), predictions);
            }
        }
    }

    @Test
    void ranksGoldenBatchesByTheirHistory() {
        assertGolden("A", 0.3986994794, 6, 5, 3, 0, 3);
        assertGolden("B", 0.5869363050, 4, 2, 2, 4);
        assertGolden("C", 0.5233588727, 7, 1, 6, 3, 0, 2, 6);
    }

    private static void assertGolden(String name, double expected, int epochs, int... counts) {
        GoldenLosses.Batch batch = GoldenLosses.INSTANCE.batches().get(name);
        Loss loss = CorrectnessRankingLoss.of(CorrectnessHistory.of(counts, epochs));
        assertThat(probe(loss, batch, DataType.FLOAT64).value())
                .isCloseTo(expected, within(FLOAT64_TOLERANCE));
        assertThat(probe(loss, batch, DataType.FLOAT32).value())
                .isCloseTo(expected, within(FLOAT32_TOLERANCE));
    }

    @Test
    void theGradientMovesConfidencesTowardsTheirRanks() {
        assertGradient(
                Confidence.MAX_PROBABILITY,
                0.3986994794,
                -0.0842171669,
                0.0688538061,
                0.0153633608,
                0,
                0,
                0,
                -0.0311353609,
                -0.0626989172,
                0.0938342781,
                0,
                0,
                0);
    }

    /** Values of torch 2.13. */
    @Test
    void ranksMargins() {
        assertGradient(
                Confidence.MARGIN,
                0.4604595194,
                -0.0765354865,
                0.0705678207,
                0.0059676658,
                0,
                0,
                0,
                -0.0241881228,
                -0.1323450725,
                0.1565331953,
                -0.1152135203,
                0.1142958677,
                0.0009176525);
    }

    /** Values of torch 2.13. */
    @Test
    void ranksNegativeEntropies() {
        assertGradient(
                Confidence.NEGATIVE_ENTROPY,
                0.3710642009,
                -0.1359631538,
                0.0893296630,
                0.0466334908,
                0,
                0,
                0,
                -0.0667759329,
                -0.0811799669,
                0.1479558998,
                0,
                0,
                0);
    }

    private static void assertGradient(Confidence confidence, double expected, double... gradient) {
        Loss loss =
                CorrectnessRankingLoss.builder()
                        .setHistory(CorrectnessHistory.of(new int[] {5, 3, 0, 3}, 6))
                        .optConfidence(confidence)
                        .build();
        LossProbe probe = probe(loss, A, DataType.FLOAT64);
        assertThat(probe.value()).isCloseTo(expected, within(FLOAT64_TOLERANCE));
        assertThat(probe.gradient()).containsExactly(gradient, within(FLOAT64_TOLERANCE));
    }

    @Test
    void readsTheHistoryAtTheIndicesOfTheSamples() {
        Loss shifted =
                CorrectnessRankingLoss.of(CorrectnessHistory.of(new int[] {0, 0, 5, 3, 0, 3}, 6));
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList labels =
                    new NDList(manager.create(A.labels()), manager.create(new int[] {2, 3, 4, 5}));
            NDArray logits = manager.create(LossProbe.flat(A.logits()), new Shape(4, 3));
            assertThat(shifted.evaluate(labels, new NDList(logits)).getDouble())
                    .isCloseTo(0.3986994794, within(FLOAT64_TOLERANCE));
        }
    }

    @Test
    void sharesTheLabelsOfACompositeLoss() {
        CorrectnessRankingLoss loss =
                CorrectnessRankingLoss.of(CorrectnessHistory.of(new int[] {5, 3, 0, 3}, 6));
        CompositeLoss composite = CompositeLoss.of(CrossEntropyLoss.of()).plus(2, loss);
        assertThat(probe(composite, A, DataType.FLOAT64).value())
                .isCloseTo(1.0276553400 + 2 * 0.3986994794, within(FLOAT64_TOLERANCE));
    }

    @Test
    void isZeroWithoutIndicesOfSamples() {
        LossProbe probe = LossProbe.of(CorrectnessRankingLoss.of(HISTORY), A.logits(), A.labels());
        assertThat(probe.value()).isZero();
        assertThat(probe.gradient()).containsOnly(0);
    }

    @Test
    void isZeroBeforeTheFirstEpochEnds() {
        CorrectnessHistory history = CorrectnessHistory.of(4);
        history.update(new long[] {0, 2}, new boolean[] {true, true});
        assertThat(probe(CorrectnessRankingLoss.of(history), A, DataType.FLOAT64).value()).isZero();
    }

    @Test
    void observesWhichPredictionsWereRight() {
        CorrectnessRankingLoss loss = CorrectnessRankingLoss.of(CorrectnessHistory.of(9));
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList labels =
                    new NDList(manager.create(A.labels()), manager.create(new long[] {8, 3, 5, 0}));
            NDArray logits = manager.create(LossProbe.flat(A.logits()), new Shape(4, 3));
            int before = manager.getManagedArrays().size();
            loss.observe(labels, new NDList(logits));
            assertThat(manager.getManagedArrays()).hasSize(before);
        }
        assertThat(loss.history().counts()).containsExactly(0, 0, 0, 1, 0, 0, 0, 0, 1);
    }

    @Test
    void ignoredTokensAreNotCounted() {
        CorrectnessRankingLoss loss = CorrectnessRankingLoss.of(CorrectnessHistory.of(3));
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray logits = manager.create(new float[] {2, 0, 2, 0, 2, 0}, new Shape(1, 3, 2));
            NDArray labels = manager.create(new long[] {-100, 0, 1}, new Shape(1, 3));
            NDArray samples = manager.create(new long[] {0, 1, 2}, new Shape(1, 3));
            loss.observe(new NDList(labels, samples), new NDList(logits));
        }
        assertThat(loss.history().counts()).containsExactly(0, 1, 0);
    }

    @Test
    void needsIndicesToObserve() {
        CorrectnessRankingLoss loss = CorrectnessRankingLoss.of(HISTORY);
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList labels = new NDList(manager.create(A.labels()));
            NDList logits = new NDList(manager.zeros(new Shape(4, 3)));
            assertThatThrownBy(() -> loss.observe(labels, logits))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(
                            "1 arrays of labels, expected 2, the labels and the indices of the"
                                    + " samples");
        }
    }

    @Test
    void refusesIndicesOfAnotherNumber() {
        CorrectnessRankingLoss loss = CorrectnessRankingLoss.of(HISTORY);
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList labels =
                    new NDList(manager.create(A.labels()), manager.create(new long[] {1, 2}));
            NDList logits = new NDList(manager.zeros(new Shape(4, 3)));
            assertThatThrownBy(() -> loss.evaluate(labels, logits))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(
                            "indices of samples have shape (2), expected 4, one for each row of"
                                    + " logits");
        }
    }

    @Test
    void validationNamesAnIndexOutsideOfTheHistory() {
        Loss loss =
                CorrectnessRankingLoss.builder()
                        .setHistory(CorrectnessHistory.of(3))
                        .optValidate(true)
                        .build();
        assertThatThrownBy(() -> probe(loss, A, DataType.FLOAT64))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("samples[3] = 3, expected 0..2");
    }

    @Test
    void needsAHistory() {
        assertThatThrownBy(() -> CorrectnessRankingLoss.builder().build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no history, expected one by setHistory");
    }

    /** The batch with its rows as samples 0, 1, ... of the training set. */
    private static LossProbe probe(Loss loss, GoldenLosses.Batch batch, DataType type) {
        double[][] logits = batch.logits();
        Loss indexed =
                new Loss(loss.getName()) {
                    @Override
                    public NDArray evaluate(NDList labels, NDList predictions) {
                        NDArray samples = labels.head().getManager().arange(0, logits.length, 1);
                        return loss.evaluate(new NDList(labels.head(), samples), predictions);
                    }
                };
        return LossProbe.of(indexed, logits, batch.labels(), type);
    }
}
