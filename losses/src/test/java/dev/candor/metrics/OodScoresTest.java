package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class OodScoresTest {

    private static final OodScores SCORES =
            OodScores.of(
                    new double[] {.9, .8, .95, .7, .6, .99, .85, .75, .65, .97},
                    new double[] {.5, .62, .4, .72, .3});

    @Test
    void aurocIsTheChanceThatAFamiliarInputScoresHigher() {
        assertThat(OodAreaUnderRoc.of().measure(SCORES)).isCloseTo(.92, within(1e-15));
        assertThat(
                        OodAreaUnderRoc.of()
                                .measure(OodScores.of(new double[] {3, -1}, new double[] {3, -1})))
                .isEqualTo(.5);
    }

    @Test
    void falsePositivesDependOnWhichSideIsPositive() {
        assertThat(OodFalsePositiveRate.of().measure(SCORES)).isEqualTo(.4);
        assertThat(OodFalsePositiveRate.ofOutlierPositive().measure(SCORES)).isEqualTo(.3);
    }

    @Test
    void falsePositivesTakeTheStrictestThresholdThatFindsEnough() {
        assertThat(OodFalsePositiveRate.of(.8).measure(SCORES)).isEqualTo(.2);
        assertThat(OodFalsePositiveRate.of(0).measure(SCORES)).isZero();
        OodScores tied = OodScores.of(new double[] {1, 1}, new double[] {1, 0});
        assertThat(OodFalsePositiveRate.of().measure(tied)).isEqualTo(.5);
    }

    @Test
    void aBootstrapKeepsTheNumbersOfEitherSide() {
        OodScores drawn = SCORES.resample(new SplittableRandom(1));
        assertThat(drawn.ranking().positives()).isEqualTo(10);
        assertThat(drawn.size()).isEqualTo(15);
    }

    @Test
    void refusesScoresThatAreNone() {
        assertThatThrownBy(() -> OodScores.of(new double[0], new double[] {1}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("inDistribution has no scores, expected at least one");
        for (double value : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> OodScores.of(new double[] {1}, new double[] {1, value}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("outOfDistribution[1] = " + value + ", expected a finite value");
        }
    }

    @Test
    void refusesARateThatIsNone() {
        assertThatThrownBy(() -> OodFalsePositiveRate.of(1.5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("truePositiveRate = 1.5, expected 0.0..1.0");
    }
}
