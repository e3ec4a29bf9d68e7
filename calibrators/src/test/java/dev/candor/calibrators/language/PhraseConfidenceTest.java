package dev.candor.calibrators.language;

import static dev.candor.calibrators.language.Refusal.refuses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PhraseConfidenceTest {

    private static final double ROUNDING = 1e-12;

    private final PhraseConfidence given =
            PhraseConfidence.of(
                    Map.of(
                            "likely",
                            .7,
                            "very likely",
                            .9,
                            "unlikely",
                            .2,
                            "probably not",
                            .1,
                            "很可能",
                            .85,
                            "不太可能",
                            .15,
                            "可能",
                            .5));

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "It is likely Paris.|0.7",
                "VERY  LIKELY|0.9",
                "That is unlikely.|0.2",
                "Probably not.|0.1",
                "很可能是北京|0.85",
                "不太可能|0.15",
                "可能是上海|0.5"
            })
    void understands(String answer, double confidence) {
        assertThat(given.parse(answer).orElse(-1)).as(answer).isEqualTo(confidence);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "no idea",
                "likely, or very likely",
                "almost certain",
                "not very likely",
                "it isn't likely",
                "很不可能",
                "没可能"
            })
    void guessesNothing(String answer) {
        assertThat(given.parse(answer)).as(answer).isEmpty();
    }

    @Test
    void aPhraseIsAsRightAsItWas() {
        PhraseConfidence fitted =
                PhraseConfidence.fit(
                        List.of("likely", "Likely A", "likely b", "几乎肯定", "几乎肯定", "hm"),
                        true,
                        false,
                        true,
                        true,
                        true,
                        false);
        assertThat(fitted.unparsed()).isEqualTo(1);
        assertThat(fitted.probabilities()).containsOnlyKeys("likely", "几乎肯定");
        assertThat(fitted.parse("likely").getAsDouble()).isCloseTo(2 / 3., within(ROUNDING));
        assertThat(fitted.parse("几乎肯定").getAsDouble()).isEqualTo(1);
        assertThat(fitted.parse("unlikely")).isEmpty();
        assertThat(fitted.parseAll(List.of("likely", "maybe", "x")).unparsed()).isEqualTo(2);
    }

    @Test
    void fitsPhrasesOfOnesOwn() {
        PhraseConfidence fitted =
                PhraseConfidence.fit(
                        List.of("bet the house", "a coin flip"),
                        List.of("I'd bet the house", "A coin flip", "likely"),
                        true,
                        false,
                        true);
        assertThat(fitted.parse("bet the house").getAsDouble()).isEqualTo(1);
        assertThat(fitted.unparsed()).isEqualTo(1);
    }

    @Test
    void refusesWhatDoesNotFit() {
        refuses(() -> PhraseConfidence.of(Map.of()), "no phrases, expected at least one");
        refuses(
                () -> PhraseConfidence.of(Map.of("likely", 70.0)),
                "the confidence of 'likely' = 70.0, expected 0.0..1.0");
        refuses(
                () -> PhraseConfidence.fit(List.of("likely"), true),
                "1 answers, expected at least 2");
        refuses(
                () -> PhraseConfidence.fit(List.of("likely", "b"), true),
                "1 outcomes for 2 answers");
        refuses(
                () -> PhraseConfidence.fit(List.of("a", "b"), true, false),
                "none of 2 answers holds a phrase");
    }
}
