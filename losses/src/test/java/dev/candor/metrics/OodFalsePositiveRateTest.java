package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class OodFalsePositiveRateTest {

    @Test
    void dependsOnWhichSideIsPositive() {
        assertThat(OodFalsePositiveRate.of().measure(OodScoresTest.SCORES)).isEqualTo(.4);
        assertThat(OodFalsePositiveRate.ofOutlierPositive().measure(OodScoresTest.SCORES))
                .isEqualTo(.3);
    }

    @Test
    void takesTheStrictestThresholdThatFindsEnough() {
        assertThat(OodFalsePositiveRate.of(.8).measure(OodScoresTest.SCORES)).isEqualTo(.2);
        assertThat(OodFalsePositiveRate.of(0).measure(OodScoresTest.SCORES)).isZero();
        OodScores tied = OodScores.of(new double[] {1, 1}, new double[] {1, 0});
        assertThat(OodFalsePositiveRate.of().measure(tied)).isEqualTo(.5);
    }

    @Test
    void refusesARateThatIsNone() {
        assertThatThrownBy(() -> OodFalsePositiveRate.of(1.5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("truePositiveRate = 1.5, expected 0.0..1.0");
    }
}
