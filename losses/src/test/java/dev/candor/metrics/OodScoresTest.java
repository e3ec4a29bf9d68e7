package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class OodScoresTest {

    static final OodScores SCORES =
            OodScores.of(
                    new double[] {.9, .8, .95, .7, .6, .99, .85, .75, .65, .97},
                    new double[] {.5, .62, .4, .72, .3});

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
}
