package dev.candor.calibrators.language;

import static dev.candor.calibrators.language.Refusal.refuses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.candor.calibrators.language.VerbalizedConfidence.Guess;
import dev.candor.metrics.Forecasts;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VerbalizedConfidenceTest {

    private static final double ROUNDING = 1e-12;

    private final VerbalizedConfidence parser = VerbalizedConfidence.of();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "85%|0.85",
                "I am 85 % sure.|0.85",
                "Confidence: 85 percent|0.85",
                "The answer is 42. Confidence: 0.9|0.9",
                "The answer is 42. My confidence in that is 90%.|0.9",
                "I am confident that it is 7, probability .35.|0.35",
                "Confidence (0 to 1): 0.7|0.7",
                "8/10|0.8",
                "I would say 8 out of 10|0.8",
                "1|1",
                "0.0|0",
                "Certainty: 99.5%|0.995",
                "In 1969, with 80%|0.8",
                "Probability 0.4. On reflection, probability 0.6.|0.6",
                "I say 0.8, yes, 0.8|0.8",
                "置信度：85％|0.85",
                "置信度： ０．８５|0.85",
                "我有八成把握|0.8",
                "把握有八成五|0.85",
                "九成半|0.95",
                "9成|0.9",
                "百分之八十五|0.85",
                "百分之85|0.85",
                "百分之百|1",
                "十分之八|0.8",
                "答案是北京。信心：百分之九十|0.9",
                "概率约为0.75。|0.75"
            })
    void understands(String answer, double confidence) {
        OptionalDouble parsed = parser.parse(answer);
        assertThat(parsed).as(answer).isPresent();
        assertThat(parsed.getAsDouble()).as(answer).isCloseTo(confidence, within(ROUNDING));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "I am quite sure.",
                "Confidence: high",
                "85",
                "120%",
                "-0.5",
                "Confidence: -20%",
                "80-90%",
                "between 0.7 and 0.8",
                "70% or maybe 80%",
                "0.3 0.4",
                "8成到9成",
                "Confidence: 0.8 to 0.9",
                "11/10",
                "置信度：很高",
                "v1.5beta"
            })
    void guessesNothing(String answer) {
        assertThat(parser.parse(answer)).as(answer).isEmpty();
    }

    @Test
    void takesNumbersOfAnotherScaleIfToldSo() {
        VerbalizedConfidence hundred = VerbalizedConfidence.of(100);
        assertThat(hundred.parse("Confidence: 85").getAsDouble()).isCloseTo(.85, within(ROUNDING));
        assertThat(hundred.parse("85%").getAsDouble()).isCloseTo(.85, within(ROUNDING));
        assertThat(hundred.parse("101")).isEmpty();
        refuses(() -> VerbalizedConfidence.of(0), "scale = 0.0, expected a finite value > 0");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void readsBackWhatItIsTold(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 100; i++) {
            int percent = random.nextInt(101);
            double p = percent / 100.0;
            for (String format :
                    new String[] {"It is X. Confidence: %.2f", "置信度为%.2f。", "(%.2f)"}) {
                String answer = String.format(Locale.ROOT, format, p);
                assertThat(parser.parse(answer).orElse(-1)).as(answer).isEqualTo(p);
            }
            for (String format : new String[] {"%d%%", "%d percent sure", "百分之%d", "%d/100"}) {
                String answer = String.format(Locale.ROOT, format, percent);
                assertThat(parser.parse(answer).orElse(-1))
                        .as(answer)
                        .isCloseTo(p, within(ROUNDING));
            }
        }
    }

    @Test
    void countsAnswersThatCannotBeParsed() {
        ParsedConfidences parsed = parser.parseAll(List.of("90%", "no idea", "", "0.4"));
        assertThat(parsed.size()).isEqualTo(4);
        assertThat(parsed.unparsed()).isEqualTo(2);
        assertThat(parsed.rows()).containsExactly(0, 3);
        assertThat(parsed.values()).containsExactly(.9, .4);
        Forecasts forecasts = parsed.forecasts(true, true, true, false);
        assertThat(forecasts.outcomes()).containsExactly(true, false);
        assertThat(parsed).hasToString("4 answers, 2 of them not parsed");
        refuses(() -> parsed.forecasts(true), "1 outcomes for 4 answers");
        refuses(
                () -> parser.parseAll(List.of("?")).forecasts(true),
                "none of 1 answers could be parsed");
    }

    @Test
    void readsSeveralGuesses() {
        assertThat(parser.parseGuesses("G1: Lyon\nP1: 0.2\nG2: Paris\nP2: 70%\n"))
                .containsExactly(new Guess("paris", .7), new Guess("lyon", .2));
        assertThat(parser.parseGuesses("答案1：巴黎\n概率1：八成\n答案2：里昂\n概率2：0.1"))
                .containsExactly(new Guess("巴黎", .8), new Guess("里昂", .1));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Paris",
                "G1: Paris",
                "G1: Paris\nP1: high",
                "G1: Paris\nP1: 0.7\nG2: Lyon",
                "G1: Paris\nP2: 0.7"
            })
    void givesNoGuessesWhereOneIsIncomplete(String answer) {
        assertThat(parser.parseGuesses(answer)).isEmpty();
    }
}
