package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import org.junit.jupiter.api.Test;

class BayesianBinningTest extends ProbabilityContract {

    /** The golden probability lies on an edge, and rounding by a softmax may push it off. */
    private static final double JUST_ABOVE_HALF = .5 + 1e-9;

    @Override
    BayesianBinning fit(NDArray logits, NDArray labels) {
        return BayesianBinning.fit(logits, labels);
    }

    @Override
    boolean hasGradient() {
        return false;
    }

    @Override
    Calibrator other() {
        return fit(DataSets.random(99, 50, CLASSES));
    }

    /** Expected values: scipy 1.17.1 from the formula. */
    @Test
    void reproducesTheGoldenFitOfAPriorPerBin() {
        Calibrator calibrator =
                BayesianBinning.builder()
                        .optLaplaceSmoothing(false)
                        .fit(binaryLogits(BINARY), binaryLabels());
        assertThat(binary(calibrator, .1, JUST_ABOVE_HALF, .9))
                .containsExactly(
                        new double[] {.3149949305, .6088735958, .6850050695},
                        within(GOLDEN_TOLERANCE));
    }

    /** Expected values: scipy 1.17.1 from the formula. */
    @Test
    void reproducesTheGoldenFitOfAPriorInAll() {
        Calibrator calibrator =
                BayesianBinning.builder()
                        .optLaplaceSmoothing(false)
                        .optEquivalentSampleSize(2)
                        .fit(binaryLogits(BINARY), binaryLabels());
        assertThat(binary(calibrator, .1, JUST_ABOVE_HALF, .9))
                .containsExactly(
                        new double[] {.3965989422, .5910989682, .6034010578},
                        within(GOLDEN_TOLERANCE));
    }

    @Test
    void oneSampleGivesItsLabel() {
        Calibrator calibrator =
                BayesianBinning.builder()
                        .optLaplaceSmoothing(false)
                        .fit(binaryLogits(.3), manager.create(new long[] {1}));
        assertThat(binary(calibrator, .1, .9)).containsExactly(1, 1);
    }

    @Test
    void refusesASampleSizeThatIsNotPositive() {
        assertThatThrownBy(() -> BayesianBinning.builder().optEquivalentSampleSize(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("equivalentSampleSize = 0.0, expected a finite value > 0");
    }
}
