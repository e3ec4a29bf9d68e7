package dev.candor.calibrators.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class LogisticLineTest {

    private static final double TOLERANCE = 1e-9;
    private static final double CERTAIN = 1 - 1e-6;
    private static final double[] PROBABILITIES = {
        .05, .12, .15, .22, .27, .31, .35, .41, .44, .48, .52, .57, .61, .66, .71, .78, .83, .88,
        .93, .97
    };
    private static final double[] HITS = {
        0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1
    };

    /** Expected values: scipy 1.17.1, on the log-odds of the probabilities. */
    @Test
    void reproducesTheGoldenFit() {
        double[] x = Arrays.stream(PROBABILITIES).map(p -> Math.log(p / (1 - p))).toArray();
        LogisticLine line = LogisticLine.of(x, HITS);
        assertThat(line.slope()).isCloseTo(.6455942698, within(TOLERANCE));
        assertThat(line.intercept()).isCloseTo(-.0587985938, within(TOLERANCE));
        assertThat(line.at(x[19])).isCloseTo(.8989262731, within(TOLERANCE));
    }

    @Test
    void staysFiniteWhereTheClassesSeparate() {
        LogisticLine line = LogisticLine.of(new double[] {-2, -1, 1, 2}, new double[] {0, 0, 1, 1});
        assertThat(line.slope()).isFinite().isPositive();
        assertThat(line.at(1)).isGreaterThan(CERTAIN);
    }

    @Test
    void staysFiniteWithOneClass() {
        LogisticLine line = LogisticLine.of(new double[] {-2, 0, 2}, new double[] {1, 1, 1});
        assertThat(line.slope()).isFinite();
        assertThat(line.at(0)).isGreaterThan(CERTAIN);
    }

    @Test
    void aConstantGivesTheFrequency() {
        LogisticLine line = LogisticLine.of(new double[] {3, 3, 3, 3}, new double[] {1, 0, 0, 0});
        assertThat(line.at(3)).isCloseTo(.25, within(TOLERANCE));
    }
}
