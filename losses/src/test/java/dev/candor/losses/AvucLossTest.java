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
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AvucLossTest extends LossContract {

    private static final GoldenLosses.Batch A = GoldenLosses.INSTANCE.batches().get("A");

    @Override
    Map<String, Loss> goldens() {
        return Map.of(
                "AvUC u_th=0.8",
                fixed().build(),
                "AvUC u_th=0.8 stop-grad conf",
                fixed().optStopConfidenceGradient(true).build());
    }

    private static AvucLoss.Builder fixed() {
        return AvucLoss.builder().optThreshold(0.8).optThresholdEpochs(0).optSmoothing(1e-5);
    }

    @Override
    Loss loss() {
        return AvucLoss.of(0.8);
    }

    @Override
    boolean takesDistributions() {
        return true;
    }

    /** The values of the first authors' code, whose guard of 1e-10 does not show. */
    @ParameterizedTest
    @CsvSource({"A, 0.5459982021", "B, 0", "C, 0.1081258085"})
    void withoutSmoothingTheEntropyIsExact(String name, double expected) {
        GoldenLosses.Batch batch = GoldenLosses.INSTANCE.batches().get(name);
        assertThat(LossProbe.of(loss(), batch.logits(), batch.labels()).value())
                .isCloseTo(expected, within(FLOAT64_TOLERANCE));
    }

    @Test
    void aSampleAtTheThresholdIsCertain() {
        double[][] uniform = {{0, 0}};
        double entropy = -2 * (0.5 * Math.log(0.5));
        assertThat(LossProbe.of(AvucLoss.of(entropy), uniform, new long[] {0}).value()).isZero();
        assertThat(LossProbe.of(AvucLoss.of(entropy * 0.999), uniform, new long[] {0}).value())
                .isPositive();
    }

    /** Three predictions for each sample of batch A; values of torch 2.13. */
    @Test
    void measuresMutualInformationOverSeveralPredictions() {
        Loss loss = AvucLoss.builder().optThreshold(0.05).optMutualInformation(3).build();
        MonteCarlo.assertReproduces(
                loss,
                0.2058217888,
                -0.0050477575,
                0.0046003486,
                0.0004474088,
                0.0042074474,
                -0.0078170631,
                0.0036096157,
                0.0139462667,
                0.0229252711,
                -0.0368715378,
                0.0092682461,
                -0.0099474789,
                0.0006792328,
                -0.0009988565,
                0.0005896179,
                0.0004092386,
                -0.0000725773,
                -0.0080768929,
                0.0081494702,
                0.0126272900,
                0.0166467580,
                -0.0292740481,
                0.0026515502,
                -0.0039451761,
                0.0012936259,
                -0.0131952461,
                0.0084838049,
                0.0047114413,
                0.0060627933,
                -0.0103266288,
                0.0042638355,
                0.0153658560,
                0.0196129827,
                -0.0349788387,
                0.0065883244,
                -0.0102836957,
                0.0036953713);
    }

    @Test
    void aSecondLossMayReadTheSamePredictions() {
        AvucLoss avuc = AvucLoss.builder().optThreshold(0.05).optMutualInformation(3).build();
        CompositeLoss composite = CompositeLoss.of(CrossEntropyLoss.of()).plus(3, avuc);
        LossProbe expected = MonteCarlo.probe(CrossEntropyLoss.of(), MonteCarlo::labelsOfEach);
        assertThat(MonteCarlo.probe(composite, MonteCarlo::labelsOfEach).value())
                .isCloseTo(expected.value() + 3 * 0.2058217888, within(FLOAT64_TOLERANCE));
    }

    @Test
    void saturatedPredictionsHaveNoMutualInformation() {
        Loss loss = AvucLoss.builder().optThreshold(0.05).optMutualInformation(2).build();
        LossProbe probe =
                LossProbe.of(
                        loss,
                        new double[] {1000, -1000, 0, 1000, -1000, 0},
                        new Shape(2, 1, 3),
                        DataType.FLOAT32,
                        manager -> manager.create(new long[] {1}));
        assertThat(probe.isFinite()).as("%s", probe).isTrue();
    }

    @Test
    void refusesAnotherNumberOfPredictions() {
        Loss loss = AvucLoss.builder().optMutualInformation(4).build();
        assertThatThrownBy(() -> MonteCarlo.probe(loss, MonteCarlo::labels))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("logits have shape (3, 4, 3), expected [S, N, C] with S = 4");
    }

    @Test
    void theThresholdRunsBetweenTheMeansOfBothSides() {
        AvucLoss loss = AvucLoss.of();
        assertThat(loss.threshold()).isEqualTo(1);
        observeInTwoBatches(loss);
        assertThat(loss.threshold()).as("before the update").isEqualTo(1);
        loss.updateThreshold();
        double[] entropies = Arrays.stream(A.logits()).mapToDouble(AvucLossTest::entropy).toArray();
        double right = (entropies[0] + entropies[1]) / 2;
        double wrong = (entropies[2] + entropies[3]) / 2;
        assertThat(loss.threshold()).isCloseTo((right + wrong) / 2, within(FLOAT64_TOLERANCE));
        assertThat(LossProbe.of(loss, A.logits(), A.labels()).value())
                .isEqualTo(
                        LossProbe.of(AvucLoss.of(loss.threshold()), A.logits(), A.labels())
                                .value());
    }

    @Test
    void theThresholdFreezesAfterItsLastEpoch() {
        AvucLoss loss = AvucLoss.builder().optThresholdEpochs(1).build();
        assertThat(loss.isThresholdFrozen()).isFalse();
        observeInTwoBatches(loss);
        loss.updateThreshold();
        double frozen = loss.threshold();
        assertThat(loss.isThresholdFrozen()).isTrue();
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray logits = manager.create(new double[] {9, 0, 0, 9}, new Shape(2, 2));
            loss.observe(new NDList(manager.create(new long[] {0, 0})), new NDList(logits));
        }
        loss.updateThreshold();
        assertThat(loss.threshold()).isEqualTo(frozen);
    }

    @Test
    void theThresholdStaysWhenOneSideIsEmpty() {
        AvucLoss loss = AvucLoss.of();
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray logits = manager.create(new double[] {2, 0, 0, 1}, new Shape(2, 2));
            loss.observe(new NDList(manager.create(new long[] {0, 1})), new NDList(logits));
        }
        loss.updateThreshold();
        assertThat(loss.threshold()).isEqualTo(1);
    }

    @Test
    void ignoredTokensDoNotMoveTheThreshold() {
        AvucLoss loss = AvucLoss.of();
        AvucLoss expected = AvucLoss.of();
        observeInTwoBatches(expected);
        try (NDManager manager = NDManager.newBaseManager()) {
            double[] rows = Arrays.copyOf(LossProbe.flat(A.logits()), 18);
            rows[12] = 7;
            NDArray labels = manager.create(new long[] {0, 1, 0, 1, -100, -100}, new Shape(2, 3));
            loss.observe(new NDList(labels), new NDList(manager.create(rows, new Shape(2, 3, 3))));
        }
        loss.updateThreshold();
        expected.updateThreshold();
        assertThat(loss.threshold()).isCloseTo(expected.threshold(), within(FLOAT64_TOLERANCE));
    }

    @Test
    void threadsMayObserveTogether() throws InterruptedException {
        AvucLoss loss = AvucLoss.of();
        AvucLoss expected = AvucLoss.of();
        observeInTwoBatches(expected);
        int threads = 4;
        CountDownLatch start = new CountDownLatch(1);
        Thread[] workers =
                IntStream.range(0, threads)
                        .mapToObj(
                                i ->
                                        new Thread(
                                                () -> {
                                                    awaitQuietly(start);
                                                    for (int k = 0; k < 20; k++) {
                                                        observeInTwoBatches(loss);
                                                    }
                                                }))
                        .toArray(Thread[]::new);
        for (Thread worker : workers) {
            worker.start();
        }
        start.countDown();
        for (Thread worker : workers) {
            worker.join();
        }
        loss.updateThreshold();
        expected.updateThreshold();
        assertThat(loss.threshold()).isCloseTo(expected.threshold(), within(FLOAT64_TOLERANCE));
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Batch A, whose first two samples are predicted correctly. */
    private static void observeInTwoBatches(AvucLoss loss) {
        try (NDManager manager = NDManager.newBaseManager()) {
            for (int half = 0; half < 2; half++) {
                double[][] rows = {A.logits()[2 * half], A.logits()[2 * half + 1]};
                long[] labels = {A.labels()[2 * half], A.labels()[2 * half + 1]};
                loss.observe(
                        new NDList(manager.create(labels)),
                        new NDList(manager.create(LossProbe.flat(rows), new Shape(2, 3))));
            }
        }
    }

    private static double entropy(double[] logits) {
        double sum = Arrays.stream(logits).map(Math::exp).sum();
        return Arrays.stream(logits).map(z -> Math.exp(z) / sum).map(p -> -p * Math.log(p)).sum();
    }

    @Test
    void refusesANegativeThreshold() {
        assertThatThrownBy(() -> AvucLoss.of(-0.1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("threshold = -0.1, expected a finite value >= 0");
    }

    @Test
    void theRunningThresholdGoesOnWhereAnEarlierRunLeft() {
        AvucLoss loss = AvucLoss.of();
        loss.resumeAt(0.3, 4);
        assertThat(loss.threshold()).isEqualTo(0.3);
        assertThat(loss.isThresholdFrozen()).isFalse();
        loss.updateThreshold();
        assertThat(loss.thresholdUpdates()).isEqualTo(5);
        assertThat(loss.isThresholdFrozen()).isTrue();
        assertThatThrownBy(() -> loss.resumeAt(-0.1, 0)).hasMessageStartingWith("threshold = -0.1");
    }
}
