package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import dev.candor.calibrators.FitSummary.Status;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What every calibrator that maps logits by {@code W x + b} promises. */
abstract class AffineContract extends CalibratorContract {

    static final double GOLDEN_TOLERANCE = 1e-8;
    static final double LIKELIHOOD_TOLERANCE = 1e-10;

    /** As many digits as the optimum of weights has, of which the objective is the square. */
    static final double WEIGHT_TOLERANCE = 1e-7;

    /** Two fits of one optimum from other sums agree as well as this. */
    static final double FIT_TOLERANCE = 1e-6;

    abstract AffineBuilder<?, ?> builder();

    @Override
    Calibrator fit(NDArray logits, NDArray labels) {
        return builder().fit(logits, labels);
    }

    @Test
    void samplesOfWeightZeroDoNotCount() {
        DataSets data = DataSets.random(31, 300, CLASSES);
        NDIndex head = new NDIndex(":200");
        NDArray weights = manager.zeros(new Shape(300, 1));
        weights.set(head, 0.5);
        Calibrator some = fit(logits(data).get(head), labels(data).get(head));
        Calibrator weighted = builder().fit(logits(data), labels(data), weights);
        assertThat(weighted.summary().objectiveAfter())
                .isCloseTo(some.summary().objectiveAfter(), within(LIKELIHOOD_TOLERANCE));
        assertThat(values(weighted.apply(unseen()).softmax(1)))
                .containsExactly(values(some.apply(unseen()).softmax(1)), within(FIT_TOLERANCE));
    }

    @Test
    void refusesWeightsThatAreNoWeights() {
        DataSets data = DataSets.random(32, 3, CLASSES);
        for (double bad : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
            NDArray weights = manager.create(new double[] {1, bad, 1});
            assertThatThrownBy(() -> builder().fit(logits(data), labels(data), weights))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("weights[1] = %s, expected a finite value >= 0", bad);
        }
    }

    @Test
    void theBrierScoreCanBeTheObjective() {
        DataSets data = DataSets.b();
        Calibrator likely = fit(data);
        Calibrator sharp = builder().optObjective(Objective.BRIER).fit(logits(data), labels(data));
        double before = data.brier(values(logits(data).softmax(1)));
        assertThat(sharp.summary().objectiveBefore()).isCloseTo(before, within(ROUNDING));
        assertThat(sharp.summary().objectiveAfter())
                .isLessThan(sharp.summary().objectiveBefore())
                .isGreaterThanOrEqualTo(brier(sharp, data) - ROUNDING);
        assertThat(brier(sharp, data)).isLessThan(brier(likely, data));
    }

    private double brier(Calibrator calibrator, DataSets data) {
        return data.brier(values(calibrator.apply(logits(data)).softmax(1)));
    }

    @Test
    void theLimitOfIterationsKeepsTheBestThatWasSeen() {
        DataSets data = DataSets.b();
        Calibrator calibrator = builder().optMaxIterations(1).fit(logits(data), labels(data));
        assertThat(calibrator.summary().status()).isEqualTo(Status.MAX_ITERATIONS);
        assertThat(calibrator.summary().iterations()).isOne();
        assertThat(calibrator.summary().objectiveAfter())
                .isGreaterThan(fit(data).summary().objectiveAfter())
                .isLessThan(calibrator.summary().objectiveBefore());
        assertThatThrownBy(() -> builder().optMaxIterations(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("maxIterations = 0, expected at least 1");
    }

    @Test
    void aFitOverManyChunksEqualsOneOverFew() {
        DataSets data = DataSets.random(33, 700, 8);
        int repeats = 60;
        NDArray logits = float32(logits(data)).tile(new long[] {repeats, 1});
        NDArray labels = labels(data).tile(new long[] {repeats});
        assumeTrue(!dependsOnTheNumberOfSamples(), "more samples mean a smaller penalty");
        NDArray unseen = logits(DataSets.random(34, 20, 8));
        double[] large = values(fit(logits, labels).apply(unseen).softmax(1));
        double[] small = values(fit(data).apply(unseen).softmax(1));
        assertThat(large).containsExactly(small, within(FIT_TOLERANCE));
    }

    boolean dependsOnTheNumberOfSamples() {
        return false;
    }

    boolean dependsOnTheScaleOfLogits() {
        return false;
    }

    @Test
    void logitsOfAnyScaleFitAlike() {
        assumeTrue(!dependsOnTheScaleOfLogits(), "so does the penalty");
        DataSets data = DataSets.random(35, 200, 3);
        double expected = fit(data).summary().objectiveAfter();
        for (double scale : new double[] {1e-30, 1e-3, 1e3, 1e37}) {
            NDArray logits = logits(data.scaled(scale));
            Calibrator calibrator = fit(logits, labels(data));
            assertThat(calibrator.summary().objectiveAfter())
                    .as("scale %s", scale)
                    .isCloseTo(expected, within(FIT_TOLERANCE));
            assertFinite(values(calibrator.apply(logits)));
        }
    }

    void assertRow(Calibrator calibrator, DataSets data, int row, double... expected) {
        assertThat(values(calibrator.apply(logits(data)).softmax(1).get(row)))
                .containsExactly(expected, within(GOLDEN_TOLERANCE));
    }

    static void assertFinite(double[] values) {
        assertThat(Arrays.stream(values).allMatch(Double::isFinite))
                .as(() -> Arrays.toString(values))
                .isTrue();
    }
}
