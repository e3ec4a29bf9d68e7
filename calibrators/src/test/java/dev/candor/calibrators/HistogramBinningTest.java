package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.candor.metrics.Binning;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class HistogramBinningTest extends ProbabilityContract {

    @Override
    HistogramBinning fit(NDArray logits, NDArray labels) {
        return HistogramBinning.fit(logits, labels);
    }

    @Override
    boolean hasGradient() {
        return false;
    }

    @Override
    Calibrator other() {
        return fit(DataSets.random(99, 50, CLASSES));
    }

    private HistogramBinning binary(int bins, Binning binning) {
        return HistogramBinning.builder()
                .optLaplaceSmoothing(false)
                .optBins(bins)
                .optBinning(binning)
                .fit(binaryLogits(BINARY), binaryLabels());
    }

    /** Expected values: the frequencies, counted by numpy 2.4.6. */
    @Test
    void reproducesTheGoldenBinsOfEqualWidth() {
        assertThat(binary(binary(5, Binning.EQUAL_WIDTH), .1, .3, .5, .7, .9))
                .containsExactly(
                        new double[] {1.0 / 3, .25, .4, .75, .75}, within(GOLDEN_TOLERANCE));
        double[] middles = {.05, .15, .25, .35, .45, .55, .65, .75, .85, .95};
        assertThat(binary(binary(10, Binning.EQUAL_WIDTH), middles))
                .containsExactly(
                        new double[] {0, .5, 0, .5, 1.0 / 3, .5, 1, .5, .5, 1},
                        within(GOLDEN_TOLERANCE));
    }

    /** Expected values: the bins of verified_calibration, commit ee81c34. */
    @Test
    void reproducesTheGoldenBinsOfEqualMass() {
        HistogramBinning calibrator = binary(5, Binning.EQUAL_MASS);
        double[] edges = calibrator.summary().parameters().get("thresholds");
        assertThat(Arrays.copyOf(edges, 4))
                .containsExactly(new double[] {.245, .425, .59, .805}, within(GOLDEN_TOLERANCE));
        assertThat(binary(calibrator, .1, .3, .5, .7, .9))
                .containsExactly(new double[] {.25, .25, .5, .75, .75}, within(GOLDEN_TOLERANCE));
    }

    /** Expected values: netcal, commit 2a3db8d, each class on its own, then divided by the sum. */
    @Test
    void reproducesTheGoldenFitOfTwoHundredSamples() {
        Calibrator calibrator =
                HistogramBinning.builder()
                        .optLaplaceSmoothing(false)
                        .fit(logits(DataSets.b()), labels(DataSets.b()));
        assertThat(values(calibrator.apply(logits(DataSets.b())).exp().get(0)))
                .containsExactly(
                        new double[] {0, .1034248129, .1338171921, .762757995},
                        within(GOLDEN_TOLERANCE));
    }

    @Test
    void anEmptyBinTakesItsMidpoint() {
        Calibrator calibrator =
                HistogramBinning.builder()
                        .optLaplaceSmoothing(false)
                        .optBins(4)
                        .fit(binaryLogits(.1, .9), manager.create(new long[] {0, 1}));
        assertThat(binary(calibrator, .1, .3, .6, .9))
                .containsExactly(new double[] {0, .375, .625, 1}, within(GOLDEN_TOLERANCE));
    }

    @Test
    void aSampleOnAnEdgeBelongsToTheUpperBinInTheFitAndInUse() {
        NDArray half = manager.zeros(new Shape(1, 2));
        NDArray logits = half.concat(float32(binaryLogits(.3, .8)));
        Calibrator calibrator =
                HistogramBinning.builder()
                        .optLaplaceSmoothing(false)
                        .optBins(2)
                        .fit(logits, manager.create(new long[] {1, 0, 0}));
        assertThat(values(calibrator.apply(half).exp().get(":, 1")))
                .containsExactly(new double[] {.5}, within(1e-6));
        assertThat(binary(calibrator, .499)).containsExactly(new double[] {0});
    }

    @Test
    void equalSamplesStayInOneBinOfEqualMass() {
        NDArray logits = binaryLogits(.2, .5, .5, .5, .5, .5, .5, .8);
        NDArray labels = manager.create(new long[] {0, 1, 0, 1, 0, 1, 1, 1});
        Calibrator calibrator =
                HistogramBinning.builder()
                        .optLaplaceSmoothing(false)
                        .optBins(4)
                        .optBinning(Binning.EQUAL_MASS)
                        .fit(logits, labels);
        assertThat(binary(calibrator, .5)[0]).isCloseTo(5.0 / 7, within(GOLDEN_TOLERANCE));
    }

    @Test
    void refusesLessThanOneBin() {
        assertThatThrownBy(() -> HistogramBinning.builder().optBins(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("bins = 0, expected at least 1");
    }
}
