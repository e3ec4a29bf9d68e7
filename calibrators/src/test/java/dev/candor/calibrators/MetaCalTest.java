package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.candor.calibrators.FitSummary.Status;
import dev.candor.calibrators.internal.HigherQuantile;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class MetaCalTest extends ProbabilityContract {

    @Override
    MetaCal fit(NDArray logits, NDArray labels) {
        return MetaCal.fit(logits, labels);
    }

    @Override
    boolean hasGradient() {
        return true;
    }

    @Override
    Calibrator other() {
        return fit(DataSets.random(99, 50, CLASSES));
    }

    /** Overconfident samples and no class without one. */
    private static DataSets many() {
        return DataSets.random(81, 20_000, 3);
    }

    /** Expected values: numpy 2.4.6 and scipy 1.17.1. */
    @Test
    void reproducesTheGoldenEntropiesAndTheirQuantile() {
        double[] entropies = values(MetaCal.entropy(logits(DataSets.b())));
        assertThat(Arrays.copyOf(entropies, 4))
                .containsExactly(
                        new double[] {.6859023580, .5800729686, .3167287500, .0746863628},
                        within(GOLDEN_TOLERANCE));
        double[] sorted = Arrays.stream(entropies, 0, 50).sorted().toArray();
        assertThat(HigherQuantile.of(sorted, .9))
                .isCloseTo(.921735829055, within(GOLDEN_TOLERANCE));
    }

    @Test
    void givesUpTheShareOfRightSamplesThatIsAskedFor() {
        DataSets data = many();
        MetaCal calibrator = MetaCal.builder().optMiscoverage(.2).fit(logits(data), labels(data));
        double[] entropies = entropies(data);
        int right = 0;
        int givenUp = 0;
        for (int i = 0; i < entropies.length; i++) {
            if (DataSets.argMax(data.logits()[i]) == data.labels()[i]) {
                right++;
                givenUp += entropies[i] >= calibrator.entropyThreshold() ? 1 : 0;
            }
        }
        double deviation = Math.sqrt(.2 * .8 / 500);
        assertThat(givenUp / (double) right).isCloseTo(.2, within(4 * deviation));
    }

    @Test
    void reachesTheAccuracyThatIsAskedFor() {
        DataSets data = many();
        MetaCal calibrator =
                MetaCal.builder().optCoverageAccuracy(.85).fit(logits(data), labels(data));
        double[] entropies = entropies(data);
        int kept = 0;
        int right = 0;
        for (int i = 0; i < entropies.length; i++) {
            if (entropies[i] < calibrator.entropyThreshold()) {
                kept++;
                right += DataSets.argMax(data.logits()[i]) == data.labels()[i] ? 1 : 0;
            }
        }
        assertThat(kept).isBetween(1, entropies.length - 1);
        assertThat(right / (double) kept).isCloseTo(.85, within(.04));
    }

    private double[] entropies(DataSets data) {
        NDArray p = logits(data).logSoftmax(1);
        return values(p.exp().mul(p).sum(new int[] {1}).neg());
    }

    @Test
    void uncertainRowsBecomeUniformAndOthersAreScaled() {
        DataSets data = many();
        MetaCal calibrator = fit(logits(data), labels(data));
        double[] entropies = entropies(data);
        double[] expected = values(logits(data).div(calibrator.temperature()).logSoftmax(1));
        double[] calibrated = values(calibrator.apply(logits(data)));
        for (int i = 0; i < calibrated.length; i++) {
            boolean uniform = entropies[i / 3] >= calibrator.entropyThreshold();
            assertThat(calibrated[i])
                    .isCloseTo(uniform ? -Math.log(3) : expected[i], within(ROUNDING));
        }
        assertThat(calibrator.summary().status()).isEqualTo(Status.CONVERGED);
    }

    @Test
    void anAccuracyThatAllSamplesReachGivesUpNone() {
        DataSets data = many();
        MetaCal calibrator =
                MetaCal.builder().optCoverageAccuracy(.1).fit(logits(data), labels(data));
        assertThat(calibrator.entropyThreshold()).isInfinite();
    }

    @Test
    void refusesAnAccuracyThatNoThresholdReaches() {
        DataSets data = DataSets.random(82, 2000, 3);
        for (int i = 0; i < data.labels().length; i++) {
            data.labels()[i] = i % 3;
        }
        assertThatThrownBy(
                        () ->
                                MetaCal.builder()
                                        .optCoverageAccuracy(1)
                                        .fit(logits(data), labels(data)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching(
                        "coverageAccuracy = 1.0, expected at most 0\\.\\d+, the accuracy of the"
                                + " samples of lowest entropy");
    }

    @Test
    void noSampleClassifiedRightIsDegenerate() {
        NDArray logits = array(new double[][] {{3, 0}, {0, 3}, {2, 1}});
        MetaCal calibrator = fit(logits, manager.create(new long[] {1, 0, 1}));
        assertThat(calibrator.summary().status()).isEqualTo(Status.DEGENERATE);
        assertThat(calibrator.entropyThreshold()).isInfinite();
    }

    @Test
    void refusesSharesOutOfRange() {
        assertThatThrownBy(() -> MetaCal.builder().optMiscoverage(1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("miscoverage = 1.0, expected more than 0.0 and less than 1.0");
        assertThatThrownBy(() -> MetaCal.builder().optCoverageAccuracy(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("coverageAccuracy = 0.0, expected more than 0 and at most 1");
    }
}
