package dev.candor.calibrators.language;

import static dev.candor.calibrators.language.Refusal.refuses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.candor.calibrators.FitSummary.Status;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LceNlceTest {

    private static final double GOLDEN_TOLERANCE = 1e-12;
    private static final double SCORE_TOLERANCE = 1e-9;

    /** The formula in float64, by numpy 2.4.6. */
    @Test
    void combinesInLogOdds() {
        assertThat(LceNlce.of(2, 1.5, -1).confidence(.8, .6))
                .isCloseTo(.817574476194, within(GOLDEN_TOLERANCE));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void theFitHasNoSlope(long seed) {
        Random random = new Random(seed);
        int size = 300;
        double[] l = random.doubles(size).toArray();
        double[] v = random.doubles(size).toArray();
        boolean[] correct = new boolean[size];
        for (int i = 0; i < size; i++) {
            correct[i] = random.nextDouble() < LceNlce.of(3, -1, -.5).confidence(l[i], v[i]);
        }
        LceNlce fitted = LceNlce.fit(l, v, correct);
        assertThat(fitted.status()).isEqualTo(Status.CONVERGED);
        double[] slope = new double[3];
        for (int i = 0; i < size; i++) {
            double residual = fitted.confidence(l[i], v[i]) - (correct[i] ? 1 : 0);
            slope[0] += residual * l[i] / size;
            slope[1] += residual * v[i] / size;
            slope[2] += residual / size;
        }
        assertThat(slope).containsExactly(new double[3], within(SCORE_TOLERANCE));
        assertThat(fitted.logitWeight()).isPositive();
    }

    @Test
    void staysFiniteWhereNothingIsLeftToLearn() {
        LceNlce separable =
                LceNlce.fit(
                        new double[] {.1, .2, .8, .9},
                        new double[] {.5, .5, .5, .5},
                        new boolean[] {false, false, true, true});
        assertThat(separable.status()).isEqualTo(Status.SEPARABLE);
        assertThat(separable.confidence(.9, .5)).isBetween(.5, 1.0);
        LceNlce right =
                LceNlce.fit(
                        new double[] {.1, .2}, new double[] {.5, .4}, new boolean[] {true, true});
        assertThat(right.status()).isEqualTo(Status.CLASS_WITHOUT_SAMPLES);
        assertThat(right.bias()).isFinite();
    }

    @Test
    void refusesWhatDoesNotFit() {
        refuses(
                () -> LceNlce.fit(new double[1], new double[1], new boolean[1]),
                "1 answers, expected at least 2");
        refuses(
                () -> LceNlce.fit(new double[2], new double[3], new boolean[2]),
                "2 and 3 confidences for 2 answers");
        refuses(
                () -> LceNlce.fit(new double[] {0, 2}, new double[2], new boolean[2]),
                "fromLogits[1] = 2.0, expected 0.0..1.0");
        refuses(() -> LceNlce.of(1, Double.NaN, 0), "answerWeight = NaN, expected a finite value");
        refuses(
                () -> LceNlce.of(1, 1, 0).confidence(.5, 50),
                "fromAnswer = 50.0, expected 0.0..1.0");
    }
}
