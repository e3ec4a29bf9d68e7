package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class OodAreaUnderRocTest {

    @Test
    void isTheChanceThatAFamiliarInputScoresHigher() {
        assertThat(OodAreaUnderRoc.of().measure(OodScoresTest.SCORES))
                .isCloseTo(.92, within(1e-15));
        assertThat(
                        OodAreaUnderRoc.of()
                                .measure(OodScores.of(new double[] {3, -1}, new double[] {3, -1})))
                .isEqualTo(.5);
    }
}
