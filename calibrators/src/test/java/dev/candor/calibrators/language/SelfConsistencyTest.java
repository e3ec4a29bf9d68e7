package dev.candor.calibrators.language;

import static dev.candor.calibrators.language.Refusal.refuses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SelfConsistencyTest {

    private static final double ROUNDING = 1e-12;

    private final List<Optional<String>> answers =
            List.of(
                    Optional.of("paris"),
                    Optional.of("lyon"),
                    Optional.empty(),
                    Optional.of("paris"),
                    Optional.of("nice"));

    @Test
    void countsTheSamplesThatAgree() {
        SelfConsistency samples = SelfConsistency.of(answers);
        assertThat(samples.answer()).contains("paris");
        assertThat(samples.agreement("paris")).isCloseTo(.4, within(ROUNDING));
        assertThat(samples.agreement("lyon")).isCloseTo(.2, within(ROUNDING));
        assertThat(samples.agreement("rome")).isZero();
        assertThat(samples.averageConfidence("paris")).isCloseTo(.5, within(ROUNDING));
    }

    @Test
    void weighsThemByWhatTheModelSays() {
        SelfConsistency samples = SelfConsistency.of(answers, .9, .4, 1, .5, .2);
        assertThat(samples.averageConfidence("paris")).isCloseTo(.7, within(ROUNDING));
        assertThat(samples.averageConfidence("nice")).isCloseTo(.1, within(ROUNDING));
        assertThat(samples.answer()).contains("paris");
    }

    @Test
    void countsAnswersThatCannotBeParsedAndGuessesNone() {
        SelfConsistency samples = SelfConsistency.of(answers);
        assertThat(samples.unparsed()).isEqualTo(1);
        assertThat(samples.size()).isEqualTo(5);
        SelfConsistency silent = SelfConsistency.of(List.of(Optional.empty(), Optional.empty()));
        assertThat(silent.answer()).isEmpty();
        assertThat(silent.averageConfidence("paris")).isZero();
    }

    @Test
    void theFirstOfEquallyFrequentAnswersIsTaken() {
        assertThat(SelfConsistency.of(List.of(Optional.of("b"), Optional.of("a"))).answer())
                .contains("b");
    }

    @Test
    void refusesFewerThanTwoSamples() {
        refuses(
                () -> SelfConsistency.of(List.of(Optional.of("a"))),
                "1 samples, expected at least 2");
        refuses(() -> SelfConsistency.of(answers, .5), "1 confidences for 5 samples");
        refuses(
                () -> SelfConsistency.of(answers, .5, .5, .5, 1.5, 0),
                "confidences[3] = 1.5, expected 0.0..1.0");
    }
}
