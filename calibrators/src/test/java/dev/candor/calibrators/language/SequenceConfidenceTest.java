package dev.candor.calibrators.language;

import static dev.candor.calibrators.language.Refusal.refuses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SequenceConfidenceTest {

    private static final double ROUNDING = 1e-12;

    private final double[] answer = {Math.log(.9), Math.log(.4), Math.log(.8)};

    @Test
    void followsTheFormulas() {
        assertThat(SequenceConfidence.sum(answer)).isCloseTo(Math.log(.288), within(ROUNDING));
        assertThat(SequenceConfidence.product(answer)).isCloseTo(.288, within(ROUNDING));
        assertThat(SequenceConfidence.mean(answer)).isCloseTo(.7, within(ROUNDING));
        assertThat(SequenceConfidence.lengthNormalized(answer))
                .isCloseTo(Math.cbrt(.288), within(ROUNDING));
        assertThat(SequenceConfidence.weighted(answer, new double[] {1, 0, 3}))
                .isCloseTo(Math.pow(.9 * Math.pow(.8, 3), .25), within(ROUNDING));
        assertThat(SequenceConfidence.keyTokens(answer, 1)).isCloseTo(.4, within(ROUNDING));
        assertThat(SequenceConfidence.keyTokens(answer, 0, 2))
                .isCloseTo(Math.sqrt(.72), within(ROUNDING));
    }

    @Test
    void allAgreeOnAnswersOfOneToken() {
        double[] one = {Math.log(.35)};
        assertThat(
                        new double[] {
                            SequenceConfidence.product(one),
                            SequenceConfidence.mean(one),
                            SequenceConfidence.lengthNormalized(one),
                            SequenceConfidence.weighted(one, new double[] {7}),
                            SequenceConfidence.keyTokens(one, 0)
                        })
                .containsExactly(new double[] {.35, .35, .35, .35, .35}, within(ROUNDING));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void theProductIsLeastAndTheMeanIsGreatest(long seed) {
        Random random = new Random(seed);
        double[] l = random.doubles(2 + random.nextInt(20)).map(Math::log).toArray();
        double[] ones = new double[l.length];
        Arrays.fill(ones, .3);
        double normalized = SequenceConfidence.lengthNormalized(l);
        assertThat(SequenceConfidence.weighted(l, ones)).isCloseTo(normalized, within(ROUNDING));
        assertThat(normalized).isBetween(SequenceConfidence.product(l), SequenceConfidence.mean(l));
    }

    @Test
    void anImpossibleTokenMakesAnImpossibleAnswerUnlessItDoesNotCount() {
        double[] impossible = {Math.log(.5), Double.NEGATIVE_INFINITY};
        assertThat(SequenceConfidence.product(impossible)).isZero();
        assertThat(SequenceConfidence.keyTokens(impossible, 0)).isCloseTo(.5, within(ROUNDING));
    }

    @Test
    void refusesWhatIsNoAnswer() {
        refuses(SequenceConfidence::sum, "the answer has no tokens, expected at least one");
        refuses(
                () -> SequenceConfidence.mean(-1, .1),
                "logProbabilities[1] = 0.1, expected a value <= 0");
        refuses(
                () -> SequenceConfidence.product(Double.NaN),
                "logProbabilities[0] = NaN, expected a value <= 0");
        refuses(() -> SequenceConfidence.weighted(answer, new double[2]), "2 weights for 3 tokens");
        refuses(
                () -> SequenceConfidence.weighted(answer, new double[3]),
                "the sum of the weights = 0.0, expected a finite value > 0");
        refuses(
                () -> SequenceConfidence.weighted(answer, new double[] {1, -1, 1}),
                "weights[1] = -1.0, expected a finite value >= 0");
        refuses(() -> SequenceConfidence.keyTokens(answer, 3), "positions[0] = 3, expected 0..2");
        refuses(() -> SequenceConfidence.keyTokens(answer), "no key tokens, expected at least one");
    }
}
