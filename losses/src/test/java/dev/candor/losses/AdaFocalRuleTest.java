package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdaFocalRuleTest {

    private static final double TOLERANCE = 1e-10;

    /** Made with the authors' update. */
    @ParameterizedTest
    @CsvSource({
        "1, 0.1, 1.1051709181",
        "1, -0.3, 0.7408182207",
        "0.21, -0.1, -0.2",
        "-0.21, 0.1, 0.2",
        "-0.5, 0.2, -0.4093653765",
        "19.9, 0.5, 20",
        "-1.9, -0.4, -2"
    })
    void movesGammaByTheGap(double gamma, double gap, double next) {
        assertThat(AdaFocalRule.of().next(gamma, gap)).isCloseTo(next, within(TOLERANCE));
    }

    @Test
    void leavesAGammaWithoutAGapAlone() {
        assertThat(AdaFocalRule.of().next(1.5, 0)).isEqualTo(1.5);
        assertThat(AdaFocalRule.of().next(-0.7, 0)).isEqualTo(-0.7);
    }

    @Test
    void aHigherRateMovesGammaFurther() {
        AdaFocalRule rule = new AdaFocalRule(2, 0.2, -2, 20);
        assertThat(rule.next(1, 0.1)).isCloseTo(Math.exp(0.2), within(TOLERANCE));
    }

    @Test
    void refusesValuesOutOfRange() {
        assertThatThrownBy(() -> new AdaFocalRule(0, 0.2, -2, 20))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("rate = 0.0, expected a finite value > 0");
        assertThatThrownBy(() -> new AdaFocalRule(1, 0.2, 2, 20))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("smallest = 2.0");
        assertThatThrownBy(() -> AdaFocalRule.of().next(1, 1.5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("gap = 1.5, expected -1.0..1.0");
    }
}
