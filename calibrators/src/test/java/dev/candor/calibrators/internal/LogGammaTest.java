package dev.candor.calibrators.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LogGammaTest {

    private static final double RELATIVE_TOLERANCE = 4e-15;

    /** Expected values: scipy 1.17.1, scipy.special.gammaln. */
    @ParameterizedTest
    @CsvSource({
        "1e-08, 18.42068073818021",
        "0.005, 5.2954517999821284",
        "0.01, 4.599479878042022",
        "0.5, 0.5723649429247",
        "1, 0.0",
        "1.5, -0.12078223763524526",
        "2, 0.0",
        "3.3, 0.9870985778947343",
        "9.999, 12.799575780077413",
        "10, 12.801827480081469",
        "25, 54.78472939811232",
        "1234.5, 7550.550901077894",
        "1000000.0, 12815504.569147611"
    })
    void agreesWithScipy(double x, double expected) {
        assertThat(LogGamma.at(x))
                .isCloseTo(expected, within(RELATIVE_TOLERANCE * (1 + Math.abs(expected))));
    }
}
