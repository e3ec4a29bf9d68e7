package dev.candor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.candor.benchmarks.CriticalDifference.Group;
import dev.candor.benchmarks.CriticalDifference.Ranked;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CriticalDifferenceTest {

    private static final double TOLERANCE = 1e-6;

    private static final List<String> METHODS = List.of("a", "b", "c", "d");

    private static final double[][] VALUES = {
        {.1, .2, .3, .4},
        {.1, .2, .4, .3},
        {.2, .1, .3, .4},
        {.1, .3, .2, .4},
        {.1, .2, .3, .4}
    };

    /** Expected values: scipy 1.17.1, studentized_range.ppf(.95, k, 1e12) / sqrt(2). */
    @ParameterizedTest
    @CsvSource({
        "2, 1.959963985",
        "3, 2.343700586",
        "5, 2.727774371",
        "10, 3.163683577",
        "20, 3.543799132"
    })
    void knowsTheQuantileOfTheStudentisedRange(int methods, double expected) {
        assertThat(CriticalDifference.quantile(methods)).isCloseTo(expected, within(TOLERANCE));
    }

    /** Expected values: scipy 1.17.1, friedmanchisquare; the rest by hand from the formulas. */
    @Test
    void comparesMethodsOverSets() {
        CriticalDifference ranks = CriticalDifference.of(METHODS, VALUES);
        assertThat(ranks.ranked())
                .containsExactly(
                        new Ranked("a", 1.2),
                        new Ranked("b", 2.0),
                        new Ranked("c", 3.0),
                        new Ranked("d", 3.8));
        assertThat(ranks.chiSquare()).isCloseTo(11.64, within(TOLERANCE));
        assertThat(ranks.f()).isCloseTo(4 * 11.64 / (15 - 11.64), within(TOLERANCE));
        assertThat(ranks.difference())
                .isCloseTo(
                        CriticalDifference.quantile(4) * Math.sqrt(20 / 30.0), within(TOLERANCE));
        assertThat(ranks.p()).isBetween(0.0001, 0.01);
    }

    @Test
    void tiesWhatIsLessThanTheDifferenceApart() {
        CriticalDifference ranks = CriticalDifference.of(METHODS, VALUES);
        assertThat(ranks.difference()).isBetween(1.8, 2.6);
        assertThat(ranks.groups()).containsExactly(new Group(0, 2), new Group(1, 3));
    }

    @Test
    void equalValuesShareTheMeanOfTheirRanks() {
        assertThat(CriticalDifference.ranks(new double[] {.3, .1, .3, .2}))
                .containsExactly(3.5, 1, 3.5, 2);
    }

    @Test
    void findsNothingWhereMethodsAreTheSame() {
        CriticalDifference ranks =
                CriticalDifference.of(METHODS, new double[][] {{1, 1, 1, 1}, {2, 2, 2, 2}});
        assertThat(ranks.chiSquare()).isZero();
        assertThat(ranks.p()).isEqualTo(1);
        assertThat(ranks.groups()).containsExactly(new Group(0, 3));
    }

    @Test
    void isCertainWhereAllSetsAgree() {
        CriticalDifference ranks =
                CriticalDifference.of(METHODS, new double[][] {{1, 2, 3, 4}, {1, 2, 3, 4}});
        assertThat(ranks.f()).isInfinite();
    }

    @Test
    void refusesASingleSet() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CriticalDifference.of(METHODS, new double[][] {{1, 2, 3, 4}}))
                .withMessage("4 methods on 1 sets, expected two of each");
    }
}
