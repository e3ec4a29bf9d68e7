package dev.candor.calibrators.language;

import static dev.candor.calibrators.language.Refusal.refuses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EntropyRateTest {

    private static final double GOLDEN_TOLERANCE = 1e-11;
    private static final double ROUNDING = 1e-12;

    private final double[][] table = {{.7, .2, .1}, {.1, .1, .8}, {.3, .3, .4}};
    private final LanguageModel model = new TableModel(table);

    /** The formulas in float64, by numpy 2.4.6. */
    @Test
    void comparesDistributions() {
        double[] p = {.5, .25, .25};
        double[] q = {.4, .4, .2};
        assertThat(EntropyRate.divergence(p, q))
                .isCloseTo(.0498567561742, within(GOLDEN_TOLERANCE));
        assertThat(EntropyRate.crossEntropy(p, q))
                .isCloseTo(1.08957752701, within(GOLDEN_TOLERANCE));
        assertThat(EntropyRate.entropy(q)).isCloseTo(1.05492016799, within(GOLDEN_TOLERANCE));
        assertThat(EntropyRate.divergence(p, p)).isCloseTo(0, within(ROUNDING));
    }

    @Test
    void averagesOverTheTokensOfAllTexts() {
        double expected =
                (2 * Distributions.entropy(table[0]) + Distributions.entropy(table[2])) / 3;
        assertThat(EntropyRate.ofGenerations(model, List.of(new long[] {0, 0}, new long[] {2})))
                .isCloseTo(expected, within(ROUNDING));
        assertThat(
                        EntropyRate.crossEntropy(
                                model, List.of(new long[] {0, 1, 2}, new long[] {2, 2})))
                .isCloseTo(-Math.log(.2 * .8 * .4) / 3, within(ROUNDING));
    }

    @Test
    void aModelOfItsOwnTextsHasNoGap() {
        Random random = new Random(1);
        List<long[]> texts = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            long[] text = new long[200];
            for (int t = 1; t < text.length; t++) {
                double draw = random.nextDouble();
                double[] p = table[(int) text[t - 1]];
                text[t] = draw < p[0] ? 0 : draw < p[0] + p[1] ? 1 : 2;
            }
            texts.add(text);
        }
        double rate = EntropyRate.ofGenerations(model, texts);
        assertThat(EntropyRate.crossEntropy(model, texts)).isCloseTo(rate, within(.02));
    }

    @Test
    void refusesTextsThatAreTooShort() {
        refuses(
                () -> EntropyRate.ofGenerations(model, List.of()),
                "no texts, expected at least one");
        refuses(
                () -> EntropyRate.ofGenerations(model, List.of(new long[0])),
                "texts[0] has no tokens, expected at least one");
        refuses(
                () -> EntropyRate.crossEntropy(model, List.of(new long[] {0, 1}, new long[] {0})),
                "texts[1] has 1 tokens, expected at least 2");
        refuses(() -> EntropyRate.entropy(.5, .4), "p sums to 0.9, expected 1");
        refuses(
                () -> EntropyRate.divergence(new double[] {1, 0}, new double[] {1, 0, 0}),
                "2 and 3 probabilities");
    }
}
